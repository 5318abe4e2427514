/** A state as plain values: of the production fold and of the reference model in the same form, so that they can be compared. */
import type { Policy, TargetShape } from '../../../domain/events/policy.ts'
import type { Shape } from '../../../domain/events/request.ts'
import { isLive, type Reference, type RefHold, type RefJob } from './model.ts'

export interface JobRow {
  readonly phase: string
  readonly tenant: number
  readonly shape: number
  readonly priority: number
  readonly retries: number
  readonly maxRuntimeMs: number
  readonly submittedAtMs: number
  readonly position: number
  readonly cancelRequested: boolean
  readonly stopOrdered: boolean
  readonly attempt: number
  readonly retriesUsed: number
  readonly lostUsed: number
  readonly failure: string
  readonly stopReason: string
  readonly outcome: string
  readonly sinceMs: number
  readonly living: number
  readonly holds: ReadonlyArray<RefHold>
}
export interface NodeRow {
  readonly name: string
  readonly boot: string
  readonly labels: ReadonlyArray<number>
  readonly cpuMilli: number
  readonly memoryMib: number
  readonly cpuFree: number
  readonly memoryFree: number
  readonly firstGpu: number
  readonly gpuCount: number
  readonly uuids: ReadonlyArray<string>
  readonly flags: ReadonlyArray<string>
  readonly holds: number
  readonly stopAtMs: number
  readonly reason: string
}
export interface Rows {
  /** A forgotten job has no row. */
  readonly jobs: ReadonlyArray<JobRow | null>
  readonly nodes: ReadonlyArray<NodeRow>
  readonly gpus: ReadonlyArray<{ readonly node: number; readonly model: number; readonly memoryMib: number; readonly freeMilli: number }>
  readonly shapes: ReadonlyArray<{
    readonly request: Shape
    readonly submitted: number
    readonly pending: number
    readonly waits: ReadonlyArray<string>
  }>
  readonly tenants: ReadonlyArray<string>
  readonly models: ReadonlyArray<string>
  readonly labels: ReadonlyArray<string>
  /** The newest node of each name that a node ever had. */
  readonly newest: Readonly<Record<string, number>>
  readonly ids: ReadonlyArray<{ readonly key: string; readonly digest: string; readonly job: number; readonly atMs: number }>
  readonly windowStartMs: number
  readonly policy: Policy
  readonly targets: ReadonlyArray<TargetShape>
  readonly targetsSubmitted: number
  readonly submitted: number
  readonly pending: number
  readonly live: number
  readonly forgottenTo: number
  readonly events: number
  readonly atMs: number
}

/** The rows of the reference model: whatever is a count or a remainder is worked out here, from the holds and the jobs. */
export const rowsOfReference = (model: Reference): Rows => {
  const held = model.jobs.flatMap((job) => job.holds.filter((hold) => hold.stage !== 'finished').map((hold) => ({ hold, job })))
  const shapeOf = (job: RefJob): Shape => model.shapes[job.shape]!.request
  const gpuNode = model.nodes.flatMap((node, number) => node.gpus.map((facts) => ({ facts, number })))
  return {
    jobs: model.jobs.map(jobRow),
    nodes: model.nodes.map((node, number) => {
      const here = held.filter((entry) => entry.hold.node === number)
      return {
        name: node.name,
        boot: node.boot,
        labels: node.labels,
        cpuMilli: node.cpuMilli,
        memoryMib: node.memoryMib,
        // Contradictory events may hold more than 32 bits can say, and the table wraps then; the invariants find it before that.
        cpuFree: here.reduce((free, { job }) => (free - shapeOf(job).cpuMilli) | 0, node.cpuMilli),
        memoryFree: here.reduce((free, { job }) => (free - shapeOf(job).memoryMib) | 0, node.memoryMib),
        firstGpu: node.firstGpu,
        gpuCount: node.gpus.length,
        uuids: node.gpus.map((gpu) => gpu.uuid),
        flags: [...node.flags].sort(),
        holds: here.length,
        stopAtMs: node.stopAtMs,
        reason: node.reason
      }
    }),
    gpus: gpuNode.map(({ facts, number }, gpu) => ({
      node: number,
      model: facts.model,
      memoryMib: facts.memoryMib,
      freeMilli: held.reduce((free, { hold, job }) => (hold.gpus.includes(gpu) ? free - shapeOf(job).gpuMilli : free), 1000)
    })),
    shapes: model.shapes.map((shape, number) => ({
      request: shape.request,
      submitted: shape.submitted,
      pending: model.jobs.filter((job) => job.phase === 'pending' && job.shape === number).length,
      waits: shape.waits
    })),
    tenants: model.tenants,
    models: model.models,
    labels: model.labels,
    newest: Object.fromEntries(model.nodes.map((node, number) => [node.name, number])),
    ids: model.ids,
    windowStartMs: model.windowStartMs,
    policy: model.policy,
    targets: model.targets,
    targetsSubmitted: model.targetsSubmitted,
    submitted: model.jobs.length,
    pending: model.jobs.filter((job) => job.phase === 'pending').length,
    live: model.jobs.filter(isLive).length,
    forgottenTo: model.forgottenTo,
    events: model.events,
    atMs: model.atMs
  }
}

const jobRow = (job: RefJob): JobRow | null => {
  if (job.phase === 'forgotten') return null
  const living = isLive(job) ? job.holds.filter((hold) => hold.stage !== 'finished').length : 0
  return { ...job, holds: job.holds.map((hold) => ({ ...hold })), living }
}
