/**
 * What becomes of a job whose last process has ended. Why it was stopped comes first; then how it went; and a job that somebody wants
 * cancelled is not tried again, whatever its retries.
 */
import { Jobs, NONE } from '../cluster/tables.ts'
import { STOP_REASONS, type Decision, type Outcome } from '../events/decisions.ts'
import { EXITS } from '../events/inputs.ts'
import type { Policy } from '../events/policy.ts'
import { jobNo } from '../kernel/ids.ts'
import { isLive, wantsCancel, type View } from './view.ts'

const column = Jobs.column

export const finishedAttempts = (view: View, job: number): Decision | undefined => {
  const { jobs } = view
  if (!isLive(jobs, job) || column.living.get(jobs, job) > 0) return undefined
  const stopCode = column.stopReason.get(jobs, job)
  const stopReason = stopCode === NONE ? undefined : STOP_REASONS[stopCode - 1]
  const failed = column.failure.get(jobs, job) !== NONE
  if (stopReason === 'cancelled') return ended(job, 'cancelled')
  if (stopReason === 'maxRuntime') return ended(job, 'timedOut')
  if (stopReason === undefined && !failed) return ended(job, 'succeeded')
  if (wantsCancel(jobs, job)) return ended(job, 'cancelled')
  if (stopReason === 'drained') return requeued(view, job, 'drained', view.atMs)
  return tryAgain(view, job)
}

/** A process that was lost with its agent is the fleet's fault and has tries of its own; any other failure uses up the job's retries. */
const tryAgain = (view: View, job: number): Decision => {
  const { jobs } = view
  const { policy } = view.state
  if (EXITS[column.failure.get(jobs, job) - 1] === 'lost')
    return column.lostUsed.get(jobs, job) < policy.lostRetriesMax ? requeued(view, job, 'lost', view.atMs) : ended(job, 'failed')
  const used = column.retriesUsed.get(jobs, job)
  if (used >= column.retries.get(jobs, job)) return ended(job, 'failed')
  return requeued(view, job, 'failed', view.atMs + retryDelayMs(policy, used))
}

/** Doubles with each retry that was used, up to the policy's limit. */
const retryDelayMs = (policy: Policy, used: number): number => {
  let delayMs = policy.retryDelayMs
  for (let turn = 0; turn < used && delayMs < policy.retryDelayMsMax; turn++) delayMs *= 2
  return Math.min(delayMs, policy.retryDelayMsMax)
}

const ended = (job: number, outcome: Outcome): Decision => ({ type: 'JobEnded', job: jobNo(job), outcome })

const requeued = (view: View, job: number, reason: 'failed' | 'lost' | 'drained', notBeforeMs: number): Decision => ({
  type: 'JobRequeued',
  job: jobNo(job),
  attempt: column.attempt.get(view.jobs, job),
  reason,
  notBeforeMs
})
