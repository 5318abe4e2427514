/**
 * Who waits and who holds what, and when that changes: the part of the ledger that all counting of GPU time is made from. A view that
 * counts follows it with tables of its own, which hold only jobs that have not ended. What contradicts them changes nothing.
 */
import type { Event, EventOf } from '../domain/events/event.ts'
import { machines, shapes, type ShapeRow } from './names.ts'
import { tableOf, type Rows, type TableOf, type TableSchema } from './view.ts'

type LiveJobRow = {
  readonly job: number
  readonly tenant: number
  readonly shape: number
  readonly attempt: number
  readonly members: number
  /** Members that hold something; 0 while the job waits. */
  readonly living: number
  readonly waitsSinceMs: number
}

type HoldRow = { readonly job: number; readonly member: number; readonly node: number; readonly gpus: ReadonlyArray<number> }

/** What one member holds, or held. */
export interface Hold {
  readonly job: number
  readonly tenant: number
  readonly attempt: number
  readonly member: number
  readonly node: number
  /** GPUs by model, with the thousandths that are held of them together. */
  readonly parts: ReadonlyArray<{ readonly model: number; readonly gpus: number; readonly milli: number }>
}

export interface Waiting {
  readonly job: number
  readonly tenant: number
  readonly shape: ShapeRow
  readonly sinceMs: number
}

export type Turn =
  | { readonly type: 'Waits'; readonly waiting: Waiting; readonly isNew: boolean }
  | { readonly type: 'StopsWaiting'; readonly waiting: Waiting; readonly allocated: boolean }
  | { readonly type: 'Takes'; readonly hold: Hold }
  | { readonly type: 'Frees'; readonly hold: Hold }

export interface Life {
  readonly tables: ReadonlyArray<TableSchema>
  /** Tells the turns that an event brings, in order; most events bring none. */
  readonly follow: (rows: Rows, event: Event, atMs: number, turn: (turn: Turn) => void) => void
}

/** `prefix` keeps the tables of one view apart from those of another. */
export const lifeOf = (prefix: string): Life => {
  const kept: Kept = {
    jobs: tableOf<LiveJobRow>({
      name: `${prefix}_jobs`,
      columns: {
        job: 'integer',
        tenant: 'integer',
        shape: 'integer',
        attempt: 'integer',
        members: 'integer',
        living: 'integer',
        waitsSinceMs: 'integer'
      },
      key: ['job']
    }),
    holds: tableOf<HoldRow>({
      name: `${prefix}_holds`,
      columns: { job: 'integer', member: 'integer', node: 'integer', gpus: 'json' },
      key: ['job', 'member']
    })
  }
  return {
    tables: [kept.jobs.schema, kept.holds.schema],
    follow: (rows, event, atMs, turn) => {
      const scene: Scene = { ...kept, rows, atMs, turn }
      switch (event.type) {
        case 'JobSubmitted':
          return submitted(scene, event)
        case 'JobAllocated':
          return allocated(scene, event)
        case 'RunFinished':
          return finished(scene, event)
        case 'JobRequeued':
          return requeued(scene, event)
        case 'JobEnded':
          return ended(scene, event)
        default:
          return
      }
    }
  }
}

interface Kept {
  readonly jobs: TableOf<LiveJobRow>
  readonly holds: TableOf<HoldRow>
}

interface Scene extends Kept {
  readonly rows: Rows
  readonly atMs: number
  readonly turn: (turn: Turn) => void
}

const submitted = (scene: Scene, event: EventOf<'JobSubmitted'>): void => {
  const { rows, jobs, atMs } = scene
  // No look whether there is such a job already: a number is given once, and the look would cost more than all the rest.
  if (shapes.get(rows, event.shape) === undefined) return
  const job = { job: event.job, tenant: event.tenant, shape: event.shape, attempt: 0, members: 0, living: 0, waitsSinceMs: atMs }
  jobs.put(rows, job)
  scene.turn({ type: 'Waits', waiting: waitingOf(rows, job), isNew: true })
}

const allocated = (scene: Scene, event: EventOf<'JobAllocated'>): void => {
  const { rows, jobs, holds } = scene
  const job = jobs.get(rows, event.job)
  if (job === undefined || job.members > 0 || event.attempt !== job.attempt + 1) return
  if (event.tasks.some((task) => machines.get(rows, task.node) === undefined)) return
  scene.turn({ type: 'StopsWaiting', waiting: waitingOf(rows, job), allocated: true })
  const live = { ...job, attempt: event.attempt, members: event.tasks.length, living: event.tasks.length }
  jobs.put(rows, live)
  event.tasks.forEach((task, member) => {
    const hold = { job: event.job, member, node: task.node, gpus: task.gpus }
    holds.put(rows, hold)
    scene.turn({ type: 'Takes', hold: holdOf(rows, live, hold) })
  })
}

const finished = (scene: Scene, event: EventOf<'RunFinished'>): void => {
  const { rows, jobs } = scene
  const job = jobs.get(rows, event.job)
  if (job === undefined || job.members === 0 || job.attempt !== event.attempt) return
  if (frees(scene, job, event.member)) jobs.put(rows, { ...job, living: job.living - 1 })
}

const requeued = (scene: Scene, event: EventOf<'JobRequeued'>): void => {
  const { rows, jobs } = scene
  const job = jobs.get(rows, event.job)
  if (job === undefined || job.members === 0 || job.attempt !== event.attempt) return
  freesRest(scene, job)
  const waits = { ...job, members: 0, living: 0, waitsSinceMs: scene.atMs }
  jobs.put(rows, waits)
  scene.turn({ type: 'Waits', waiting: waitingOf(rows, waits), isNew: false })
}

const ended = (scene: Scene, event: EventOf<'JobEnded'>): void => {
  const { rows, jobs } = scene
  const job = jobs.get(rows, event.job)
  if (job === undefined) return
  if (job.members === 0) scene.turn({ type: 'StopsWaiting', waiting: waitingOf(rows, job), allocated: false })
  else freesRest(scene, job)
  jobs.remove(rows, event.job)
}

/** Members whose end nobody reported give back what they hold with their attempt. */
const freesRest = (scene: Scene, job: LiveJobRow): void => {
  if (job.living > 0) for (let member = 0; member < job.members; member++) frees(scene, job, member)
}

const frees = (scene: Scene, job: LiveJobRow, member: number): boolean => {
  const hold = scene.holds.get(scene.rows, job.job, member)
  if (hold === undefined) return false
  scene.holds.remove(scene.rows, job.job, member)
  scene.turn({ type: 'Frees', hold: holdOf(scene.rows, job, hold) })
  return true
}

const waitingOf = (rows: Rows, job: LiveJobRow): Waiting => ({
  job: job.job,
  tenant: job.tenant,
  shape: shapeOf(rows, job),
  sinceMs: job.waitsSinceMs
})

/** No job is followed whose shape is not known. */
const shapeOf = (rows: Rows, job: LiveJobRow): ShapeRow => {
  const shape = shapes.get(rows, job.shape)
  if (shape === undefined) throw new Error(`the shape ${job.shape} of J${job.job} is not known`)
  return shape
}

const holdOf = (rows: Rows, job: LiveJobRow, hold: HoldRow): Hold => ({
  job: job.job,
  tenant: job.tenant,
  attempt: job.attempt,
  member: hold.member,
  node: hold.node,
  parts: partsOf(rows, hold, shapeOf(rows, job).gpuMilli)
})

/** The GPUs of a node are nearly always of one model, but nothing says that they must be. */
const partsOf = (rows: Rows, hold: HoldRow, gpuMilli: number): Hold['parts'] => {
  const machine = machines.get(rows, hold.node)
  const parts: Array<{ readonly model: number; gpus: number; milli: number }> = []
  for (const gpu of hold.gpus) {
    const model = machine?.gpus[gpu - machine.firstGpu]?.model
    if (model === undefined) continue
    let part = parts.find((known) => known.model === model)
    if (part === undefined) {
      part = { model, gpus: 0, milli: 0 }
      parts.push(part)
    }
    part.gpus += 1
    part.milli += gpuMilli
  }
  return parts
}
