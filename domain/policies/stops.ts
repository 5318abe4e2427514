/**
 * Attempts that must not go on: a member failed, the job's time is up, or its node is being emptied. The agents are told once; what
 * becomes of the job is decided when the last process has ended.
 */
import { DRAINING, Holds, HOLD, Jobs, Nodes, NONE, PHASE, STOP_ORDERED } from '../cluster/tables.ts'
import type { Decision, StopReason } from '../events/decisions.ts'
import { jobNo } from '../kernel/ids.ts'
import type { Rows } from '../kernel/table.ts'
import { isLive, type View } from './view.ts'

const column = Jobs.column
const hold = Holds.column
const node = Nodes.column

/** An order to stop, unless the attempt was told already or has no process left. */
export const stop = (view: View, job: number, reason: StopReason): Decision | undefined => {
  const { jobs } = view
  if (!isLive(jobs, job) || column.living.get(jobs, job) === 0) return undefined
  if ((column.flags.get(jobs, job) & STOP_ORDERED) !== 0) return undefined
  const attempt = column.attempt.get(jobs, job)
  return { type: 'StopOrdered', job: jobNo(job), attempt, reason, graceMs: view.state.policy.stopGraceMs }
}

/** A gang whose member failed cannot finish any more. */
export const failedMembers = (view: View, job: number): Decision | undefined =>
  column.failure.get(view.jobs, job) === NONE ? undefined : stop(view, job, 'memberFailed')

export const overdue = (view: View, job: number): Decision | undefined => {
  const deadline = deadlineMs(view.jobs, job)
  return deadline >= 0 && deadline <= view.atMs ? stop(view, job, 'maxRuntime') : undefined
}

/** When a running job's time is up; -1: never. */
export const deadlineMs = (jobs: Rows, job: number): number => {
  const maxRuntimeMs = column.maxRuntimeMs.get(jobs, job)
  return maxRuntimeMs > 0 && column.phase.get(jobs, job) === PHASE.running ? column.sinceMs.get(jobs, job) + maxRuntimeMs : -1
}

/** A draining node waits for its jobs until the time that the operator gave. */
export const drains = (view: View, job: number): Decision | undefined => {
  const { jobs, holds } = view
  if (!isLive(jobs, job)) return undefined
  for (let row = column.firstHold.get(jobs, job); row >= 0; row = hold.next.get(holds, row)) {
    if (hold.stage.get(holds, row) === HOLD.finished) continue
    const stopAtMs = drainMs(view.nodes, hold.node.get(holds, row))
    if (stopAtMs >= 0 && stopAtMs <= view.atMs) return stop(view, job, 'drained')
  }
  return undefined
}

/** When the jobs of a draining node are stopped; -1: never. */
export const drainMs = (nodes: Rows, row: number): number =>
  (node.flags.get(nodes, row) & DRAINING) !== 0 ? node.stopAtMs.get(nodes, row) : -1

/** The jobs that hold something on a node. */
export const jobsOn = (view: View, row: number): ReadonlyArray<number> => {
  const { holds } = view
  const found: Array<number> = []
  for (let one = 0; one < holds.size; one++) {
    if (hold.node.get(holds, one) !== row) continue
    const stage = hold.stage.get(holds, one)
    if (stage === HOLD.allocated || stage === HOLD.running) found.push(hold.job.get(holds, one))
  }
  return found
}
