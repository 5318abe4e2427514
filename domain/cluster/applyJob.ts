/** What happens to jobs, applied to the rows under edit. */
import { EXITS } from '../events/inputs.ts'
import { OUTCOMES, STOP_REASONS, type Task } from '../events/decisions.ts'
import type { EventOf } from '../events/event.ts'
import { at } from '../kernel/shelf.ts'
import { append, drop, PAGE_ROWS, type Rows } from '../kernel/table.ts'
import type { Edit } from './edit.ts'
import { remember } from './ids.ts'
import { memberHold } from './memberHold.ts'
import { CANCEL_REQUESTED, Gpus, HOLD, Holds, Jobs, Nodes, NONE, PHASE, Shapes, STOP_ORDERED } from './tables.ts'

const job = Jobs.column
const hold = Holds.column
const node = Nodes.column
const gpu = Gpus.column
const shapeRow = Shapes.column

export const applySubmitted = (edit: Edit, event: EventOf<'JobSubmitted'>): void => {
  const { jobs } = edit
  if (event.job !== jobs.size || event.shape >= edit.shapes.size) return
  const row = append(jobs)
  job.phase.set(jobs, row, PHASE.pending)
  job.tenant.set(jobs, row, event.tenant)
  job.shape.set(jobs, row, event.shape)
  job.priority.set(jobs, row, event.priority)
  job.retries.set(jobs, row, event.retries)
  job.firstHold.set(jobs, row, -1)
  job.submittedAtMs.set(jobs, row, edit.atMs)
  job.sinceMs.set(jobs, row, edit.atMs)
  job.maxRuntimeMs.set(jobs, row, event.maxRuntimeMs)
  job.position.set(jobs, row, edit.events)
  edit.submitted += 1
  addPending(edit, event.shape, 1)
  shapeRow.submitted.set(edit.shapes, event.shape, shapeRow.submitted.get(edit.shapes, event.shape) + 1)
  remember(edit.ids, event.cause, event.job, edit.atMs)
}

export const applyAllocated = (edit: Edit, event: EventOf<'JobAllocated'>): void => {
  const { jobs } = edit
  const row = event.job
  if (row >= jobs.size || job.phase.get(jobs, row) !== PHASE.pending) return
  if (event.attempt !== job.attempt.get(jobs, row) + 1) return
  for (const task of event.tasks) if (!isThere(edit.nodes, task)) return
  let previous = -1
  for (let member = 0; member < event.tasks.length; member++) {
    const holdRow = takeHold(edit, row, member, event.tasks[member]!)
    if (previous < 0) job.firstHold.set(jobs, row, holdRow)
    else hold.next.set(edit.holds, previous, holdRow)
    previous = holdRow
  }
  addPending(edit, job.shape.get(jobs, row), -1)
  edit.live += 1
  job.phase.set(jobs, row, PHASE.allocated)
  job.attempt.set(jobs, row, event.attempt)
  job.living.set(jobs, row, event.tasks.length)
  job.failure.set(jobs, row, NONE)
  job.stopReason.set(jobs, row, NONE)
  job.flags.set(jobs, row, job.flags.get(jobs, row) & ~STOP_ORDERED)
  job.sinceMs.set(jobs, row, edit.atMs)
}

export const applyStarted = (edit: Edit, event: EventOf<'RunStarted'>): void => {
  const { jobs, holds } = edit
  const row = event.job
  const holdRow = holdOf(edit, row, event.attempt, event.member)
  if (holdRow < 0 || hold.stage.get(holds, holdRow) !== HOLD.allocated) return
  hold.stage.set(holds, holdRow, HOLD.running)
  if (job.phase.get(jobs, row) !== PHASE.allocated) return
  job.phase.set(jobs, row, PHASE.running)
  job.sinceMs.set(jobs, row, edit.atMs)
}

export const applyFinished = (edit: Edit, event: EventOf<'RunFinished'>): void => {
  const { jobs, holds } = edit
  const row = event.job
  const holdRow = holdOf(edit, row, event.attempt, event.member)
  if (holdRow < 0 || hold.stage.get(holds, holdRow) === HOLD.finished) return
  hold.stage.set(holds, holdRow, HOLD.finished)
  account(edit, holdRow, 1)
  job.living.set(jobs, row, job.living.get(jobs, row) - 1)
  const succeeded = event.exit === 'exited' && event.code === 0
  if (!succeeded && job.failure.get(jobs, row) === NONE) job.failure.set(jobs, row, 1 + EXITS.indexOf(event.exit))
}

export const applyStopOrdered = (edit: Edit, event: EventOf<'StopOrdered'>): void => {
  const { jobs } = edit
  const row = event.job
  if (!isLive(jobs, row) || job.attempt.get(jobs, row) !== event.attempt) return
  job.flags.set(jobs, row, job.flags.get(jobs, row) | STOP_ORDERED)
  job.stopReason.set(jobs, row, 1 + STOP_REASONS.indexOf(event.reason))
}

export const applyRequeued = (edit: Edit, event: EventOf<'JobRequeued'>): void => {
  const { jobs } = edit
  const row = event.job
  if (!isLive(jobs, row) || job.attempt.get(jobs, row) !== event.attempt) return
  releaseHolds(edit, row)
  edit.live -= 1
  addPending(edit, job.shape.get(jobs, row), 1)
  job.phase.set(jobs, row, PHASE.pending)
  // What was ordered of the attempt that is over says nothing about the next one.
  job.flags.set(jobs, row, job.flags.get(jobs, row) & ~STOP_ORDERED)
  job.stopReason.set(jobs, row, NONE)
  job.sinceMs.set(jobs, row, event.notBeforeMs)
  if (event.reason === 'failed') job.retriesUsed.set(jobs, row, job.retriesUsed.get(jobs, row) + 1)
  if (event.reason === 'lost') job.lostUsed.set(jobs, row, job.lostUsed.get(jobs, row) + 1)
}

export const applyEnded = (edit: Edit, event: EventOf<'JobEnded'>): void => {
  const { jobs } = edit
  const row = event.job
  if (row >= jobs.size) return
  const phase = job.phase.get(jobs, row)
  if (phase === PHASE.pending) addPending(edit, job.shape.get(jobs, row), -1)
  else if (isLive(jobs, row)) {
    releaseHolds(edit, row)
    edit.live -= 1
  } else return
  job.phase.set(jobs, row, PHASE.ended)
  job.outcome.set(jobs, row, 1 + OUTCOMES.indexOf(event.outcome))
  job.sinceMs.set(jobs, row, edit.atMs)
}

export const applyCancelRequested = (edit: Edit, event: EventOf<'CancelRequested'>): void => {
  remember(edit.ids, event.cause, -1, edit.atMs)
  // A forgotten job has no row any more: writing to it would bring its page back.
  if (event.job >= edit.jobs.size || job.phase.get(edit.jobs, event.job) === PHASE.forgotten) return
  job.flags.set(edit.jobs, event.job, job.flags.get(edit.jobs, event.job) | CANCEL_REQUESTED)
}

/** Jobs are forgotten by whole pages, from the oldest on, once all of them have ended. */
export const applyForgotten = (edit: Edit, event: EventOf<'JobsForgotten'>): void => {
  if (event.from !== edit.forgottenTo || event.to <= event.from || event.to > edit.jobs.size || event.to % PAGE_ROWS !== 0) return
  for (let row: number = event.from; row < event.to; row++) if (job.phase.get(edit.jobs, row) !== PHASE.ended) return
  drop(edit.jobs, event.from, event.to)
  edit.forgottenTo = event.to
}

const isLive = (jobs: Rows, row: number): boolean => {
  if (row >= jobs.size) return false
  const phase = job.phase.get(jobs, row)
  return phase === PHASE.allocated || phase === PHASE.running
}

const addPending = (edit: Edit, shape: number, change: number): void => {
  edit.pending += change
  shapeRow.pending.set(edit.shapes, shape, shapeRow.pending.get(edit.shapes, shape) + change)
}

/** Whether the node of a task is known and has all the GPUs that the task names. */
const isThere = (nodes: Rows, task: Task): boolean => {
  if (task.node >= nodes.size) return false
  const first = node.firstGpu.get(nodes, task.node)
  const end = first + node.gpuCount.get(nodes, task.node)
  for (const number of task.gpus) if (number < first || number >= end) return false
  return true
}

/** The hold of a member of the attempt under way, or -1. */
const holdOf = (edit: Edit, row: number, attempt: number, member: number): number => {
  const { jobs, holds } = edit
  if (!isLive(jobs, row) || job.attempt.get(jobs, row) !== attempt) return -1
  return memberHold(jobs, holds, row, member)
}

/** Takes (-1) or gives back (1) what a hold says. */
const account = (edit: Edit, holdRow: number, sign: 1 | -1): void => {
  const { nodes, gpus, holds } = edit
  const onNode = hold.node.get(holds, holdRow)
  const shape = at(edit.shapeFacts, job.shape.get(edit.jobs, hold.job.get(holds, holdRow)))
  node.cpuFree.set(nodes, onNode, node.cpuFree.get(nodes, onNode) + sign * shape.cpuMilli)
  node.memoryFree.set(nodes, onNode, node.memoryFree.get(nodes, onNode) + sign * shape.memoryMib)
  node.holds.set(nodes, onNode, node.holds.get(nodes, onNode) - sign)
  const firstGpu = node.firstGpu.get(nodes, onNode)
  for (let mask = hold.gpuMask.get(holds, holdRow); mask !== 0; mask &= mask - 1) {
    const number = firstGpu + (31 - Math.clz32(mask & -mask))
    gpu.freeMilli.set(gpus, number, gpu.freeMilli.get(gpus, number) + sign * shape.gpuMilli)
  }
}

/** A hold for one member, on a row that is free or new. */
const takeHold = (edit: Edit, row: number, member: number, task: Task): number => {
  const { holds } = edit
  const firstGpu = node.firstGpu.get(edit.nodes, task.node)
  let mask = 0
  for (const number of task.gpus) mask |= 1 << (number - firstGpu)
  const holdRow = edit.freeHold < 0 ? append(holds) : edit.freeHold
  if (holdRow === edit.freeHold) edit.freeHold = hold.next.get(holds, holdRow)
  hold.stage.set(holds, holdRow, HOLD.allocated)
  hold.job.set(holds, holdRow, row)
  hold.node.set(holds, holdRow, task.node)
  hold.gpuMask.set(holds, holdRow, mask)
  hold.member.set(holds, holdRow, member)
  hold.next.set(holds, holdRow, -1)
  account(edit, holdRow, -1)
  return holdRow
}

/**
 * Ends the holds of the attempt; what a member still held is given back. The list goes to the free rows as it is, so that a gang of
 * the same width finds its holds one after another again.
 */
const releaseHolds = (edit: Edit, row: number): void => {
  const { jobs, holds } = edit
  const first = job.firstHold.get(jobs, row)
  let last = -1
  for (let holdRow = first; holdRow >= 0; holdRow = hold.next.get(holds, holdRow)) {
    if (hold.stage.get(holds, holdRow) !== HOLD.finished) account(edit, holdRow, 1)
    hold.stage.set(holds, holdRow, HOLD.free)
    last = holdRow
  }
  if (last >= 0) {
    hold.next.set(holds, last, edit.freeHold)
    edit.freeHold = first
  }
  job.firstHold.set(jobs, row, -1)
  job.living.set(jobs, row, 0)
}
