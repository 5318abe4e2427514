/**
 * Jobs that ended long ago leave the state, a whole page at a time, the oldest first. A mark moves up over the ended jobs of the
 * oldest page, so that each job is looked at once.
 */
import { Jobs, PHASE } from '../cluster/tables.ts'
import type { Decision } from '../events/decisions.ts'
import { jobNo } from '../kernel/ids.ts'
import { PAGE_ROWS } from '../kernel/table.ts'
import type { View } from './view.ts'

export interface Forgetting {
  /** From when on the oldest page can be forgotten; -1: one of its jobs has not ended. */
  readonly dueMs: (view: View) => number
  /** The decision to forget that page; once it was taken, the next page is the oldest. */
  readonly next: () => Decision
  readonly took: () => void
}

const column = Jobs.column

export const forgetting = (forgottenTo: number): Forgetting => {
  let from = forgottenTo
  let mark = forgottenTo
  let lastEndedMs = 0
  return {
    dueMs: (view) => {
      const end = from + PAGE_ROWS
      if (view.jobs.size < end) return -1
      for (; mark < end && column.phase.get(view.jobs, mark) === PHASE.ended; mark++)
        lastEndedMs = Math.max(lastEndedMs, column.sinceMs.get(view.jobs, mark))
      // Later than the time itself, so that what ends in this round is never forgotten in it.
      return mark === end ? lastEndedMs + view.state.policy.keepEndedMs + 1 : -1
    },
    next: () => ({ type: 'JobsForgotten', from: jobNo(from), to: jobNo(from + PAGE_ROWS) }),
    took: () => {
      from += PAGE_ROWS
      lastEndedMs = 0
    }
  }
}
