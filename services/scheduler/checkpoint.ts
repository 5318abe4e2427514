/** A kept state and the rounds since: what a scheduler goes back to when a round of its own did not come to be. */
import { foldRound } from '../../domain/cluster/fold.ts'
import { keep, type State } from '../../domain/cluster/state.ts'
import type { Round } from '../../domain/events/round.ts'

/** design.md 3: a `keep` every round would copy too much. */
const ROUNDS_PER_KEEP = 64

export interface Checkpoint {
  /** `state` is the one right after the accepted round. */
  readonly accepted: (round: Round, state: State) => void
  /** The state after the last accepted round, folded again. */
  readonly restore: () => State
}

export const checkpoint = (start: State): Checkpoint => {
  let kept = keep(start)
  let since: Array<Round> = []
  return {
    accepted: (round, state) => {
      since.push(round)
      if (since.length < ROUNDS_PER_KEEP) return
      kept = keep(state)
      since = []
    },
    restore: () => since.reduce(foldRound, keep(kept))
  }
}
