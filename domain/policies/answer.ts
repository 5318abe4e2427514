/** The decisions of one plan, up to the bounds of a round: a number of decisions, and bytes as they will be stored. */
import type { Decision } from '../events/decisions.ts'
import { DECISION_BYTES_MAX, DECISIONS_MAX } from '../events/round.ts'
import { encodedBytes } from '../events/size.ts'

export interface Answer {
  readonly decisions: ReadonlyArray<Decision>
  /** False where the round has no room for it: then it is not taken, and the round is full. */
  readonly add: (decision: Decision) => boolean
  readonly isFull: () => boolean
}

export const answer = (): Answer => {
  const decisions: Array<Decision> = []
  let bytes = 0
  let full = false
  return {
    decisions,
    add: (decision) => {
      if (full) return false
      const more = encodedBytes(decision) + 1
      if (decisions.length >= DECISIONS_MAX || bytes + more > DECISION_BYTES_MAX) {
        // One that no round has room for is not a reason to try again at once.
        full = decisions.length > 0
        return false
      }
      decisions.push(decision)
      bytes += more
      return true
    },
    isFull: () => full
  }
}
