/** A job of a public trace. Times count in ms from the trace's own beginning. */
import type { RegisterNode } from '../../domain/events/inputs.ts'
import type { Request } from '../../domain/events/request.ts'

/** A job that really was. The scheduler is told all of it but `durationMs` and `cancelAtMs`. */
export interface TraceJob {
  readonly id: string
  readonly tenant: string
  readonly submitMs: number
  /** How long its processes ran; undefined where the trace's own scheduler never started it. */
  readonly durationMs: number | undefined
  /** When its owner gave it up, if it had not ended by then. */
  readonly cancelAtMs: number | undefined
  readonly request: Request
}

/** What a row of a trace is read with: the widest job that one node of the fleet can hold. */
export interface TraceFleet {
  readonly gpusPerNode: number
}

/** The widest node decides how a job that is wider than a node is cut. */
export const fleetOf = (nodes: ReadonlyArray<RegisterNode>): TraceFleet => ({
  gpusPerNode: Math.max(1, ...nodes.map((node) => node.gpus.length))
})

/** A job that fits one node, or a gang of whole nodes. */
export const requestOf = (gpus: number, fleet: TraceFleet): Request =>
  gpus <= fleet.gpusPerNode ? { gpus } : { gpus: fleet.gpusPerNode, nodes: Math.ceil(gpus / fleet.gpusPerNode) }
