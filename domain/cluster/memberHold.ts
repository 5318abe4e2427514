/** Where a member of a live job holds what it has. */
import type { Rows } from '../kernel/table.ts'
import { HOLD, Holds, Jobs } from './tables.ts'

const hold = Holds.column

/**
 * The hold of a member of a live job, or -1. The holds of an attempt mostly stand one after another, so the row that the member would
 * have then is tried first; else a wide gang would walk its list once for each member.
 */
export const memberHold = (jobs: Rows, holds: Rows, job: number, member: number): number => {
  const first = Jobs.column.firstHold.get(jobs, job)
  const guess = first + member
  if (guess < holds.size && hold.job.get(holds, guess) === job && hold.member.get(holds, guess) === member)
    if (hold.stage.get(holds, guess) !== HOLD.free) return guess
  let row = first
  for (let skip = member; skip > 0 && row >= 0; skip--) row = hold.next.get(holds, row)
  return row
}
