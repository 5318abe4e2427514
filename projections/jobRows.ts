/** The tables of the view `jobs`: each job as it stands, its attempts, what each member of an attempt held and how it ended. */
import type { Exit } from '../domain/events/inputs.ts'
import type { Request } from '../domain/events/request.ts'
import { tableOf } from './view.ts'

export const LIVE_STATES = ['allocated', 'running', 'stopping'] as const
export const JOB_STATES = ['pending', ...LIVE_STATES, 'succeeded', 'failed', 'cancelled', 'timedOut'] as const
export type JobState = (typeof JOB_STATES)[number]

/** Times are those of the ledger. What is null has not happened. */
export type JobRow = {
  readonly job: number
  readonly name: string
  readonly tenant: string
  readonly state: JobState
  readonly priority: number
  readonly shape: number
  readonly request: Request
  /** The model that it likes best, or `any`. */
  readonly model: string
  /** How many nodes, GPUs and thousandths of GPUs it wants in all. */
  readonly members: number
  readonly gpus: number
  readonly wantedMilli: number
  readonly maxRuntimeMs: number
  readonly retries: number
  readonly by: string | null
  readonly source: string
  readonly id: string
  readonly submittedMs: number
  readonly position: number
  /** Since when it is in its state. */
  readonly sinceMs: number
  /** Of a job that waits for its next attempt. */
  readonly notBeforeMs: number | null
  /** The attempt under way or the last one; 0 before the first. */
  readonly attempt: number
  /** Members whose process has not ended. */
  readonly living: number
  readonly nodes: ReadonlyArray<string>
  readonly startedMs: number | null
  readonly endedMs: number | null
  /** Of the first member that failed, or of one that succeeded. */
  readonly exit: Exit | null
  readonly code: number | null
  readonly failedMember: number | null
  readonly stopReason: string | null
  readonly cancelReason: string | null
  readonly cancelBy: string | null
  readonly cancelMs: number | null
  readonly cancelPosition: number | null
  readonly endedPosition: number | null
}

export const jobs = tableOf<JobRow>({
  name: 'jobs',
  columns: {
    job: 'integer',
    name: 'text',
    tenant: 'text',
    state: 'text',
    priority: 'integer',
    shape: 'integer',
    request: 'json',
    model: 'text',
    members: 'integer',
    gpus: 'integer',
    wantedMilli: 'integer',
    maxRuntimeMs: 'integer',
    retries: 'integer',
    by: 'text',
    source: 'text',
    id: 'text',
    submittedMs: 'integer',
    position: 'integer',
    sinceMs: 'integer',
    notBeforeMs: 'integer',
    attempt: 'integer',
    living: 'integer',
    nodes: 'json',
    startedMs: 'integer',
    endedMs: 'integer',
    exit: 'text',
    code: 'integer',
    failedMember: 'integer',
    stopReason: 'text',
    cancelReason: 'text',
    cancelBy: 'text',
    cancelMs: 'integer',
    cancelPosition: 'integer',
    endedPosition: 'integer'
  },
  key: ['job'],
  indexes: [['state'], ['tenant'], ['name']]
})

/** Apart from the job's row, since it is large and never changes. */
export type BodyRow = { readonly job: number; readonly body: string }
export const bodies = tableOf<BodyRow>({ name: 'job_bodies', columns: { job: 'integer', body: 'text' }, key: ['job'] })

export type AttemptRow = {
  readonly job: number
  readonly attempt: number
  readonly members: number
  readonly allocatedMs: number
  readonly allocatedPosition: number
  readonly startedMs: number | null
  readonly startedPosition: number | null
  readonly stopReason: string | null
  readonly stopMs: number | null
  readonly stopPosition: number | null
  readonly graceMs: number | null
  readonly endedMs: number | null
  readonly endedPosition: number | null
  /** The job's outcome, or why it was queued again. */
  readonly result: string | null
  readonly notBeforeMs: number | null
}

export const attempts = tableOf<AttemptRow>({
  name: 'attempts',
  columns: {
    job: 'integer',
    attempt: 'integer',
    members: 'integer',
    allocatedMs: 'integer',
    allocatedPosition: 'integer',
    startedMs: 'integer',
    startedPosition: 'integer',
    stopReason: 'text',
    stopMs: 'integer',
    stopPosition: 'integer',
    graceMs: 'integer',
    endedMs: 'integer',
    endedPosition: 'integer',
    result: 'text',
    notBeforeMs: 'integer'
  },
  key: ['job', 'attempt']
})

export type TaskRow = {
  readonly job: number
  readonly attempt: number
  readonly member: number
  readonly node: number
  readonly nodeName: string
  readonly gpus: ReadonlyArray<{ readonly index: number; readonly uuid: string }>
  /** What it holds of each of its GPUs, and of its node. */
  readonly gpuMilli: number
  readonly cpuMilli: number
  readonly memoryMib: number
  /** 1 while it holds that, else 0. */
  readonly live: number
  /** The agent's clock. */
  readonly startedMs: number | null
  readonly startedPosition: number | null
  readonly endedMs: number | null
  readonly exit: Exit | null
  readonly code: number | null
  readonly detail: string | null
  /** When and by which event what it held was given back. */
  readonly freedMs: number | null
  readonly freedPosition: number | null
}

export const tasks = tableOf<TaskRow>({
  name: 'tasks',
  columns: {
    job: 'integer',
    attempt: 'integer',
    member: 'integer',
    node: 'integer',
    nodeName: 'text',
    gpus: 'json',
    gpuMilli: 'integer',
    cpuMilli: 'integer',
    memoryMib: 'integer',
    live: 'integer',
    startedMs: 'integer',
    startedPosition: 'integer',
    endedMs: 'integer',
    exit: 'text',
    code: 'integer',
    detail: 'text',
    freedMs: 'integer',
    freedPosition: 'integer'
  },
  key: ['job', 'attempt', 'member'],
  indexes: [['live', 'node']]
})
