/** A cancelled job ends at once while it waits; a live one is stopped, and ends when its processes have. */
import type { Decision } from '../events/decisions.ts'
import { jobNo } from '../kernel/ids.ts'
import { isPending, wantsCancel, type View } from './view.ts'
import { stop } from './stops.ts'

export const cancels = (view: View, job: number): Decision | undefined => {
  if (!wantsCancel(view.jobs, job)) return undefined
  if (isPending(view.jobs, job)) return { type: 'JobEnded', job: jobNo(job), outcome: 'cancelled' }
  return stop(view, job, 'cancelled')
}
