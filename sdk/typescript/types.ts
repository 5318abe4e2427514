/**
 * What goes over the wire of the HTTP API, as the client and the gateway both see it. Numbers of things are printed (J12) beside the
 * plain number; times are ms since 1970; what is not known yet is null. A reader must bear keys and words that it does not know.
 */
import type { Outcome, WaitCode } from '../../domain/events/decisions.ts'
import type { RefusalReason } from '../../domain/events/facts.ts'
import type { Exit, SubmitJob } from '../../domain/events/inputs.ts'
import type { Policy } from '../../domain/events/policy.ts'
import type { Request } from '../../domain/events/request.ts'

export type { Exit, Outcome, Policy, RefusalReason, Request, WaitCode }

/** A job as its submitter describes it. The server says itself who asked. */
export type JobInput = Omit<SubmitJob, 'by'>

/** J12 or 12. */
export type JobId = string | number

/** An accepted round has taken the job in. */
export interface Accepted {
  readonly outcome: 'accepted'
  readonly job: string
  readonly number: number
  /** Of the event that took it in, in the ledger. */
  readonly position: number
  readonly id: string
  /** Such as that no present node could ever hold it. */
  readonly warnings: ReadonlyArray<RefusalReason>
}

/** The job is on disk, and nobody waited for what became of it; send the same id again to hear. */
export interface Durable {
  readonly outcome: 'durable'
  readonly id: string
  readonly source: string
  /** In the stream of inputs, not in the ledger. */
  readonly position: number
}

export interface Refused {
  readonly outcome: 'refused'
  readonly id: string
  readonly error: ErrorBody
}

/** An order that was taken; `changed` is false where nothing was left to change. */
export interface Ordered {
  readonly outcome: 'accepted'
  readonly id: string
  readonly position: number
  readonly changed: boolean
}

export interface ErrorBody {
  readonly code: string
  readonly message: string
  readonly next: string
  readonly reasons?: ReadonlyArray<RefusalReason>
}

export const JOB_STATES = ['pending', 'allocated', 'running', 'stopping', 'succeeded', 'failed', 'cancelled', 'timedOut'] as const
export type JobState = (typeof JOB_STATES)[number]

export interface Job {
  readonly job: string
  readonly number: number
  readonly name: string
  readonly tenant: string
  readonly state: JobState
  readonly priority: number
  readonly request: Request
  /** 0 before the first. */
  readonly attempt: number
  readonly submittedMs: number
  /** Since when it is in its state. */
  readonly sinceMs: number
  readonly startedMs: number | null
  readonly endedMs: number | null
  readonly exit: Exit | null
  /** Of the first member that failed, or 0. */
  readonly exitCode: number | null
  /** Names, in member order; empty while it waits. */
  readonly nodes: ReadonlyArray<string>
  /** How many it wants in all. */
  readonly gpus: number
  readonly stopReason: string | null
  /** Why jobs like it wait; empty unless it waits. */
  readonly waits: ReadonlyArray<WaitCode>
  readonly waitsSinceMs: number | null
}

export interface Member {
  readonly member: number
  readonly node: string
  /** UUIDs, in the order of their index on the node. */
  readonly gpus: ReadonlyArray<string>
  readonly gpuIndexes: ReadonlyArray<number>
  readonly startedMs: number | null
  readonly endedMs: number | null
  readonly exit: Exit | null
  readonly code: number | null
  readonly detail: string | null
}

/** One thing that happened to a job, and the event in the ledger that says so. */
export interface Episode {
  readonly type: 'submitted' | 'allocated' | 'started' | 'cancelRequested' | 'stopOrdered' | 'requeued' | 'ended'
  readonly position: number
  readonly atMs: number | null
  readonly attempt: number | null
  readonly detail: string
}

export interface JobDetail extends Job {
  readonly maxRuntimeMs: number
  readonly retries: number
  readonly by: string | null
  /** Who sent the submission, and its idempotency key. */
  readonly source: string
  readonly id: string
  /** As it was submitted: what the agent runs. */
  readonly body: string
  /** The event that submitted it, in the ledger. */
  readonly position: number
  /** Of a job that waits for its next attempt. */
  readonly notBeforeMs: number | null
  readonly story: ReadonlyArray<Episode>
  /** Of the attempt under way or the last one, in member order. */
  readonly members: ReadonlyArray<Member>
}

export interface JobFilter {
  readonly state?: JobState
  readonly tenant?: string
  readonly name?: string
  readonly limit?: number
  /** The `next` of the page before. */
  readonly after?: JobId
}

export interface JobPage {
  readonly jobs: ReadonlyArray<Job>
  /** Pass it as `after` to get the next page; null on the last one. */
  readonly next: string | null
}

export type WaitClass = 'never' | 'policy' | 'capacity' | 'order' | 'transient'

export interface WaitReason {
  readonly code: WaitCode
  readonly class: WaitClass
  readonly needed: number
  readonly available: number
  /** How many nodes this reason rules out. */
  readonly nodes: number
  readonly detail: string
}

export interface Explanation {
  readonly job: string
  readonly number: number
  readonly phase: string
  readonly sinceMs: number
  readonly reasons: ReadonlyArray<WaitReason>
  /** No present node could hold it even if all were empty. */
  readonly never: boolean
  readonly nodesTotal: number
  readonly nodesFeasible: number
  /** Jobs that come before it. */
  readonly ahead: number
}

export interface Gpu {
  readonly index: number
  readonly uuid: string
  readonly model: string
  readonly memoryMib: number
  /** Thousandths of it that nobody holds. */
  readonly freeMilli: number
  /** Printed numbers of the jobs that hold a share of it. */
  readonly jobs: ReadonlyArray<string>
}

export interface Node {
  readonly node: string
  readonly number: number
  readonly state: 'ready' | 'cordoned' | 'draining' | 'retired'
  readonly reason: string
  readonly cpuMilli: number
  readonly cpuFreeMilli: number
  readonly memoryMib: number
  readonly memoryFreeMib: number
  readonly labels: Readonly<Record<string, string>>
  readonly gpus: ReadonlyArray<Gpu>
  /** Of a node that is drained: when its jobs are stopped; null: never. */
  readonly stopAtMs: number | null
  readonly sinceMs: number
}

export interface QueueRow {
  readonly tenant: string
  readonly model: string
  readonly pending: number
  readonly live: number
  readonly gpusWanted: number
  readonly gpusHeld: number
  /** When the job that waits longest was submitted. */
  readonly oldestMs: number | null
  readonly waits: ReadonlyArray<{ readonly code: WaitCode; readonly sinceMs: number; readonly pending: number }>
}

export interface Queue {
  readonly rows: ReadonlyArray<QueueRow>
  readonly pending: number
  readonly live: number
}

export interface Status {
  readonly pool: string
  readonly head: { readonly number: number; readonly hash: string; readonly epoch: number; readonly at: number; readonly events: number }
  readonly pending: number
  readonly live: number
  readonly nodes: number
  readonly version: string
  readonly stateDir: string
  readonly simulated: boolean
}

/** One event of a pool's ledger for the public: CloudEvents 1.0, with names beside the numbers. Its id is its position. */
export interface PublicEvent {
  readonly specversion: '1.0'
  readonly id: string
  readonly source: string
  /** fastgpu.JobAllocated and so on. */
  readonly type: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly data: Readonly<Record<string, unknown>>
}

export interface LogOptions {
  readonly member?: number
  /** The one under way, or the last, where it is left out. */
  readonly attempt?: number
  readonly stream?: 'stdout' | 'stderr' | 'all'
  /** Go on until the process has ended. */
  readonly follow?: boolean
  /** Begin with the last lines only. */
  readonly tail?: number
  readonly signal?: AbortSignal
}

export * from './reports.ts'
