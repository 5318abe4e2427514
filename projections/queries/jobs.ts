/** Questions about jobs: a page of them, or one with everything that happened to it. */
import { jobNo, printJob } from '../../domain/kernel/ids.ts'
import type { Request } from '../../domain/events/request.ts'
import type { WaitCode } from '../../domain/events/decisions.ts'
import type { Exit } from '../../domain/events/inputs.ts'
import type { Condition } from '../../domain/ports/viewStore.ts'
import { attempts, bodies, jobs, tasks, type AttemptRow, type JobRow, type JobState, type TaskRow } from '../jobRows.ts'
import { answered, wanting, type Question } from '../question.ts'
import { waits, type WaitRow } from '../queue.ts'

export const JOBS_MAX = 10_000

export interface JobsAsked {
  readonly states?: ReadonlyArray<JobState> | undefined
  readonly tenant?: string | undefined
  readonly name?: string | undefined
  readonly limit: number
  /** Only jobs older than this one. */
  readonly after?: number | undefined
}

/** A job as lists show it. */
export interface Job {
  readonly job: string
  readonly number: number
  readonly name: string
  readonly tenant: string
  readonly state: JobState
  readonly priority: number
  readonly request: Request
  readonly attempt: number
  readonly submittedMs: number
  /** Since when it is in its state. */
  readonly sinceMs: number
  readonly startedMs: number | null
  readonly endedMs: number | null
  readonly exit: Exit | null
  readonly exitCode: number | null
  readonly nodes: ReadonlyArray<string>
  readonly gpus: number
  readonly stopReason: string | null
  /** Why jobs of its shape wait; empty unless it waits. */
  readonly waits: ReadonlyArray<WaitCode>
  readonly waitsSinceMs: number | null
}

/** The newest first. */
export const askJobs = (asked: JobsAsked): Question<ReadonlyArray<Job>> => {
  const where: Array<Condition> = []
  if (asked.tenant !== undefined) where.push({ column: 'tenant', op: '=', value: asked.tenant })
  if (asked.name !== undefined) where.push({ column: 'name', op: '=', value: asked.name })
  if (asked.after !== undefined) where.push({ column: 'job', op: '<', value: asked.after })
  const page = jobs.select({
    where,
    ...(asked.states === undefined ? {} : { among: { column: 'state', values: asked.states } }),
    order: [{ column: 'job', descending: true }],
    limit: Math.min(asked.limit, JOBS_MAX)
  })
  return wanting([page], (found) => withWaits(found, (why) => answered(found.map((job) => jobOf(job, why)))))
}

type Why = ReadonlyMap<number, WaitRow>

const withWaits = <A>(found: ReadonlyArray<JobRow>, then: (why: Why) => Question<A>): Question<A> => {
  const shapes = [...new Set(found.filter((job) => job.state === 'pending').map((job) => job.shape))]
  if (shapes.length === 0) return then(new Map())
  const why = waits.select({ among: { column: 'shape', values: shapes } })
  return wanting([why], (rows) => then(new Map(rows.map((row) => [row.shape, row]))))
}

const jobOf = (job: JobRow, why: Why): Job => {
  const wait = job.state === 'pending' ? why.get(job.shape) : undefined
  return {
    job: printJob(jobNo(job.job)),
    number: job.job,
    name: job.name,
    tenant: job.tenant,
    state: job.state,
    priority: job.priority,
    request: job.request,
    attempt: job.attempt,
    submittedMs: job.submittedMs,
    sinceMs: job.sinceMs,
    startedMs: job.startedMs,
    endedMs: job.endedMs,
    exit: job.exit,
    exitCode: job.code,
    nodes: job.nodes,
    gpus: job.gpus,
    stopReason: job.stopReason,
    waits: wait?.codes ?? [],
    waitsSinceMs: wait?.sinceMs ?? null
  }
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
  readonly startedPosition: number | null
  /** The event by which what it held was given back. */
  readonly freedPosition: number | null
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
  readonly source: string
  readonly id: string
  readonly body: string
  readonly position: number
  readonly notBeforeMs: number | null
  /** Of the attempt under way or the last one, in member order. */
  readonly members: ReadonlyArray<Member>
  readonly story: ReadonlyArray<Episode>
}

export const askJob = ({ job }: { readonly job: number }): Question<JobDetail | undefined> => {
  const where: ReadonlyArray<Condition> = [{ column: 'job', op: '=', value: job }]
  return wanting([jobs.select({ where }), bodies.select({ where }), attempts.select({ where })], ([row], [body], tried) => {
    if (row === undefined) return answered(undefined)
    const last = tasks.select({ where: [...where, { column: 'attempt', op: '=', value: row.attempt }] })
    return wanting([last], (members) =>
      withWaits([row], (why) =>
        answered({
          ...jobOf(row, why),
          maxRuntimeMs: row.maxRuntimeMs,
          retries: row.retries,
          by: row.by,
          source: row.source,
          id: row.id,
          body: body?.body ?? '',
          position: row.position,
          notBeforeMs: row.notBeforeMs,
          members: members.map(memberOf),
          story: storyOf(row, tried)
        })
      )
    )
  })
}

const memberOf = (task: TaskRow): Member => ({
  member: task.member,
  node: task.nodeName,
  gpus: task.gpus.map((gpu) => gpu.uuid),
  gpuIndexes: task.gpus.map((gpu) => gpu.index),
  startedMs: task.startedMs,
  endedMs: task.endedMs,
  exit: task.exit,
  code: task.code,
  detail: task.detail,
  startedPosition: task.startedPosition,
  freedPosition: task.freedPosition
})

const storyOf = (job: JobRow, tried: ReadonlyArray<AttemptRow>): ReadonlyArray<Episode> => {
  const told: Array<Episode> = [{ type: 'submitted', position: job.position, atMs: job.submittedMs, attempt: null, detail: job.by ?? '' }]
  const tell = (type: Episode['type'], position: number | null, rest: Omit<Episode, 'type' | 'position'>): void => {
    if (position !== null) told.push({ type, position, ...rest })
  }
  for (const one of tried) {
    const { attempt } = one
    const ends = one.endedPosition !== null && one.endedPosition !== job.endedPosition
    tell('allocated', one.allocatedPosition, { atMs: one.allocatedMs, attempt, detail: one.members === 1 ? '' : `${one.members} members` })
    tell('started', one.startedPosition, { atMs: one.startedMs, attempt, detail: '' })
    tell('stopOrdered', one.stopPosition, { atMs: one.stopMs, attempt, detail: one.stopReason ?? '' })
    if (ends) tell('requeued', one.endedPosition, { atMs: one.endedMs, attempt, detail: one.result ?? '' })
  }
  tell('cancelRequested', job.cancelPosition, { atMs: job.cancelMs, attempt: null, detail: job.cancelReason ?? '' })
  tell('ended', job.endedPosition, { atMs: job.endedMs, attempt: null, detail: job.state })
  return told.sort((a, b) => a.position - b.position)
}
