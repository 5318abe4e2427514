/**
 * The view `jobs`: what became of each job, with the ledger position of everything that happened to it. Jobs stay here when the state
 * of the pool has long forgotten them. An event that contradicts what is known changes nothing, as in the fold of the state.
 */
import type { EventOf } from '../domain/events/event.ts'
import { attempts, bodies, jobs, LIVE_STATES, tasks, type JobRow, type TaskRow } from './jobRows.ts'
import { machines, modelName, names, shapes, tenantName, type MachineRow } from './names.ts'
import { eachEvent, type Rows, type View } from './view.ts'

/** When and where in the ledger an event stands. */
interface Moment {
  readonly rows: Rows
  readonly atMs: number
  readonly position: number
}

export const jobsView: View = {
  name: 'jobs',
  // What names say goes into the rows.
  version: 1 + 1000 * names.version,
  tables: [jobs.schema, bodies.schema, attempts.schema, tasks.schema],
  project: (rows, round, firstPosition) =>
    eachEvent(round, firstPosition, (event, position) => {
      const moment: Moment = { rows, atMs: round.at, position }
      switch (event.type) {
        case 'JobSubmitted':
          return submitted(moment, event)
        case 'CancelRequested':
          return cancelRequested(moment, event)
        case 'JobAllocated':
          return allocated(moment, event)
        case 'RunStarted':
          return started(moment, event)
        case 'RunFinished':
          return finished(moment, event)
        case 'StopOrdered':
          return stopOrdered(moment, event)
        case 'JobRequeued':
          return requeued(moment, event)
        case 'JobEnded':
          return ended(moment, event)
        default:
          return
      }
    })
}

const submitted = ({ rows, atMs, position }: Moment, event: EventOf<'JobSubmitted'>): void => {
  const shape = shapes.get(rows, event.shape)
  if (shape === undefined) return
  jobs.put(rows, {
    job: event.job,
    name: event.name,
    tenant: tenantName(rows, event.tenant),
    state: 'pending',
    priority: event.priority,
    shape: event.shape,
    request: shape.request,
    model: modelName(rows, shape.model),
    members: shape.nodes,
    gpus: shape.gpus,
    wantedMilli: shape.wantedMilli,
    maxRuntimeMs: event.maxRuntimeMs,
    retries: event.retries,
    by: event.by ?? null,
    source: event.cause.source,
    id: event.cause.id,
    submittedMs: atMs,
    position,
    sinceMs: atMs,
    attempt: 0,
    cancelReason: null,
    cancelBy: null,
    cancelMs: null,
    cancelPosition: null,
    ...noAttempt,
    living: 0,
    nodes: []
  })
  bodies.put(rows, { job: event.job, body: event.body })
}

/** A job that no attempt has touched, or that begins a new one. */
const noAttempt = {
  notBeforeMs: null,
  startedMs: null,
  endedMs: null,
  exit: null,
  code: null,
  failedMember: null,
  stopReason: null,
  endedPosition: null
} as const

const cancelRequested = ({ rows, atMs, position }: Moment, event: EventOf<'CancelRequested'>): void => {
  const job = jobs.get(rows, event.job)
  if (job === undefined || job.cancelPosition !== null || job.endedPosition !== null) return
  jobs.put(rows, { ...job, cancelReason: event.reason, cancelBy: event.by ?? null, cancelMs: atMs, cancelPosition: position })
}

const allocated = ({ rows, atMs, position }: Moment, event: EventOf<'JobAllocated'>): void => {
  const job = jobs.get(rows, event.job)
  if (job === undefined || job.state !== 'pending' || event.attempt !== job.attempt + 1) return
  const placed = event.tasks.map((task) => machines.get(rows, task.node)).filter((machine) => machine !== undefined)
  if (placed.length < event.tasks.length) return
  const shape = shapes.get(rows, job.shape)
  const each = { gpuMilli: shape?.gpuMilli ?? 0, cpuMilli: shape?.cpuMilli ?? 0, memoryMib: shape?.memoryMib ?? 0 }
  placed.forEach((machine, member) =>
    tasks.put(rows, {
      job: event.job,
      attempt: event.attempt,
      member,
      node: machine.node,
      nodeName: machine.name,
      gpus: gpusOf(machine, event.tasks[member]!.gpus),
      ...each,
      ...notStarted
    })
  )
  attempts.put(rows, {
    job: event.job,
    attempt: event.attempt,
    members: placed.length,
    allocatedMs: atMs,
    allocatedPosition: position,
    ...underWay
  })
  const nodes = placed.map((machine) => machine.name)
  jobs.put(rows, { ...job, ...noAttempt, state: 'allocated', sinceMs: atMs, attempt: event.attempt, living: placed.length, nodes })
}

const notStarted = {
  live: 1,
  startedMs: null,
  startedPosition: null,
  endedMs: null,
  exit: null,
  code: null,
  detail: null,
  freedMs: null,
  freedPosition: null
} as const

const underWay = {
  startedMs: null,
  startedPosition: null,
  stopReason: null,
  stopMs: null,
  stopPosition: null,
  graceMs: null,
  endedMs: null,
  endedPosition: null,
  result: null,
  notBeforeMs: null
} as const

const gpusOf = (machine: MachineRow, gpus: ReadonlyArray<number>): TaskRow['gpus'] =>
  gpus.map((gpu) => ({ index: gpu - machine.firstGpu, uuid: machine.gpus[gpu - machine.firstGpu]?.uuid ?? '' }))

const started = ({ rows, atMs, position }: Moment, event: EventOf<'RunStarted'>): void => {
  const job = liveJob(rows, event)
  const task = job === undefined ? undefined : tasks.get(rows, event.job, event.attempt, event.member)
  if (job === undefined || task === undefined || task.live === 0 || task.startedPosition !== null) return
  tasks.put(rows, { ...task, startedMs: event.startedMs, startedPosition: position })
  if (job.startedMs !== null) return
  const running = job.state === 'allocated'
  jobs.put(rows, { ...job, startedMs: atMs, ...(running ? { state: 'running', sinceMs: atMs } : {}) })
  const attempt = attempts.get(rows, event.job, event.attempt)
  if (attempt !== undefined) attempts.put(rows, { ...attempt, startedMs: atMs, startedPosition: position })
}

const finished = ({ rows, atMs, position }: Moment, event: EventOf<'RunFinished'>): void => {
  const job = liveJob(rows, event)
  const task = job === undefined ? undefined : tasks.get(rows, event.job, event.attempt, event.member)
  if (job === undefined || task === undefined || task.live === 0) return
  tasks.put(rows, {
    ...task,
    live: 0,
    endedMs: event.endedMs,
    exit: event.exit,
    code: event.code,
    detail: event.detail ?? null,
    freedMs: atMs,
    freedPosition: position
  })
  const succeeded = event.exit === 'exited' && event.code === 0
  const said = succeeded ? job.exit === null : job.failedMember === null
  jobs.put(rows, {
    ...job,
    living: job.living - 1,
    ...(said ? { exit: event.exit, code: event.code } : {}),
    ...(said && !succeeded ? { failedMember: event.member } : {})
  })
}

const stopOrdered = ({ rows, atMs, position }: Moment, event: EventOf<'StopOrdered'>): void => {
  const job = liveJob(rows, event)
  const attempt = attempts.get(rows, event.job, event.attempt)
  if (job === undefined || attempt === undefined) return
  jobs.put(rows, { ...job, state: 'stopping', sinceMs: atMs, stopReason: event.reason })
  attempts.put(rows, { ...attempt, stopReason: event.reason, stopMs: atMs, stopPosition: position, graceMs: event.graceMs })
}

const requeued = (moment: Moment, event: EventOf<'JobRequeued'>): void => {
  const job = liveJob(moment.rows, event)
  if (job === undefined) return
  endAttempt(moment, job, event.reason, event.notBeforeMs)
  jobs.put(moment.rows, {
    ...job,
    ...noAttempt,
    state: 'pending',
    sinceMs: moment.atMs,
    notBeforeMs: event.notBeforeMs,
    // How the attempt went stays to be seen until the next one begins.
    exit: job.exit,
    code: job.code,
    failedMember: job.failedMember,
    living: 0,
    nodes: []
  })
}

const ended = (moment: Moment, event: EventOf<'JobEnded'>): void => {
  const job = jobs.get(moment.rows, event.job)
  if (job === undefined || job.endedPosition !== null) return
  if (isLive(job)) endAttempt(moment, job, event.outcome, null)
  jobs.put(moment.rows, {
    ...job,
    state: event.outcome,
    sinceMs: moment.atMs,
    endedMs: moment.atMs,
    endedPosition: moment.position,
    living: 0,
    notBeforeMs: null
  })
}

/** Members whose end nobody reported give back what they hold with their attempt. */
const endAttempt = ({ rows, atMs, position }: Moment, job: JobRow, result: string, notBeforeMs: number | null): void => {
  const attempt = attempts.get(rows, job.job, job.attempt)
  if (attempt === undefined) return
  attempts.put(rows, { ...attempt, endedMs: atMs, endedPosition: position, result, notBeforeMs })
  for (let member = 0; job.living > 0 && member < attempt.members; member++) {
    const task = tasks.get(rows, job.job, job.attempt, member)
    if (task !== undefined && task.live === 1) tasks.put(rows, { ...task, live: 0, freedMs: atMs, freedPosition: position })
  }
}

const isLive = (job: JobRow): boolean => LIVE_STATES.some((state) => state === job.state)

const liveJob = (rows: Rows, run: { readonly job: number; readonly attempt: number }): JobRow | undefined => {
  const job = jobs.get(rows, run.job)
  return job !== undefined && isLive(job) && job.attempt === run.attempt ? job : undefined
}
