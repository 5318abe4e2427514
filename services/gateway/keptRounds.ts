/** The newest rounds, for those who follow at the end of the feed: each is rendered once, when the first of them asks for it. */
import type { Round } from '../../domain/events/round.ts'
import type { AcceptedRound } from './backend.ts'

const ROUNDS_MAX = 256
const EVENTS_MAX = 16_384

export interface KeptRound<R> {
  readonly round: Round
  readonly firstPosition: number
  /** The position after its last event. */
  readonly end: number
  rendered: R | undefined
}

export interface KeptRounds<R> {
  readonly add: (accepted: AcceptedRound) => void
  /** The round that holds the position. */
  readonly at: (position: number) => KeptRound<R> | undefined
  /** The position after the newest event; undefined before the first round. */
  readonly end: () => number | undefined
}

export const keptRounds = <R>(): KeptRounds<R> => {
  const kept: Array<KeptRound<R>> = []
  let events = 0
  const dropFirst = (): void => {
    const first = kept.shift()
    if (first !== undefined) events -= first.end - first.firstPosition
  }
  return {
    add: ({ round, firstPosition }) => {
      const count = round.facts.length + round.decisions.length
      kept.push({ round, firstPosition, end: firstPosition + count, rendered: undefined })
      events += count
      while (kept.length > 1 && (kept.length > ROUNDS_MAX || events > EVENTS_MAX)) dropFirst()
    },
    at: (position) => kept.find((one) => position >= one.firstPosition && position < one.end),
    end: () => kept.at(-1)?.end
  }
}
