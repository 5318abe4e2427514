/**
 * Who waits for what became of an input. Each accepted round is looked through once, as it comes; a repetition of an input that an
 * earlier round took in leaves no trace in its own round, and is asked of the backend.
 */
import * as E from 'fp-ts/lib/Either.js'
import { refusal } from '../../domain/events/errors.ts'
import type { Event } from '../../domain/events/event.ts'
import type { Cause } from '../../domain/events/cause.ts'
import { STREAMS, type Stream } from '../../domain/events/inputs.ts'
import type { AcceptedRound, Backend, Outcome } from './backend.ts'

export interface Waiting {
  /** Where the input stands in its stream, as soon as that is known. */
  readonly appendedAt: (position: number) => void
  /** undefined: it is not known yet. */
  readonly outcome: Promise<Outcome | undefined>
  readonly giveUp: () => void
}

export interface Outcomes {
  /** Called before the input is appended, so that no round is missed. */
  readonly expect: (stream: Stream, cause: Cause) => Waiting
  readonly close: () => void
}

interface Expected {
  readonly stream: Stream
  readonly cause: Cause
  readonly settle: (outcome: Outcome | undefined) => void
  position: number
}

export const outcomesOf = (backend: Pick<Backend, 'watchRounds' | 'outcomeOf'>): Outcomes => {
  const byCause = new Map<string, Set<Expected>>()
  const next: Record<Stream, number> = { jobs: 0, orders: 0, heartbeats: 0 }

  const forget = (expected: Expected): void => {
    const name = nameOf(expected.cause)
    const others = byCause.get(name)
    others?.delete(expected)
    if (others?.size === 0) byCause.delete(name)
  }
  const settle = (expected: Expected, outcome: Outcome | undefined): void => {
    forget(expected)
    expected.settle(outcome)
  }
  const lookUp = async (expected: Expected): Promise<void> => {
    const found = await backend.outcomeOf(expected.stream, expected.cause)()
    if (E.isRight(found) && found.right !== undefined) settle(expected, found.right)
  }

  const seen = ({ round, firstPosition }: AcceptedRound): void => {
    const before = { ...next }
    for (const stream of STREAMS) next[stream] = round.consumed[stream].next
    if (byCause.size === 0) return
    round.facts.forEach((fact, index) => {
      const outcome = outcomeIn(fact, firstPosition + index)
      if (outcome === undefined || !('cause' in fact)) return
      for (const expected of byCause.get(nameOf(fact.cause)) ?? []) settle(expected, outcome)
    })
    for (const fact of round.facts)
      if (fact.type === 'InputQuarantined')
        for (const expected of [...byCause.values()].flatMap((all) => [...all]))
          if (expected.stream === fact.stream && expected.position === fact.position)
            settle(expected, { type: 'Refused', position: firstPosition, reasons: [refusal('FG_INPUT_MALFORMED', fact.reason)] })
    // Consumed by this round, and no fact speaks of it: it was taken in before.
    for (const all of byCause.values())
      for (const expected of all)
        if (expected.position >= before[expected.stream] && expected.position < next[expected.stream]) void lookUp(expected)
  }

  const stop = backend.watchRounds(seen)
  return {
    expect: (stream, cause) => {
      let answer: (outcome: Outcome | undefined) => void = () => undefined
      const outcome = new Promise<Outcome | undefined>((resolve) => (answer = resolve))
      const expected: Expected = { stream, cause, settle: answer, position: -1 }
      const name = nameOf(cause)
      const others = byCause.get(name)
      if (others === undefined) byCause.set(name, new Set([expected]))
      else others.add(expected)
      return {
        outcome,
        appendedAt: (position) => {
          expected.position = position
          // The round may have been accepted before the append was acknowledged to us.
          if (position < next[stream] && byCause.get(name)?.has(expected)) void lookUp(expected)
        },
        giveUp: () => settle(expected, undefined)
      }
    },
    close: () => {
      stop()
      for (const all of [...byCause.values()]) for (const expected of [...all]) settle(expected, undefined)
    }
  }
}

/** The digest tells the repetition of an input from another one under the same id. */
const nameOf = (cause: Cause): string => cause.key + cause.digest

/** What a fact says about the input that it came from. */
export const outcomeIn = (fact: Event, position: number): Outcome | undefined => {
  switch (fact.type) {
    case 'JobSubmitted':
      return { type: 'JobTaken', position, job: fact.job }
    case 'CancelRequested':
    case 'NodeCordoned':
    case 'NodeUncordoned':
    case 'NodeDrained':
    case 'PolicySet':
    case 'PriceSet':
      return { type: 'OrderTaken', position, changed: true }
    case 'InputNoted':
      return { type: 'OrderTaken', position, changed: false }
    case 'InputRefused':
      return { type: 'Refused', position, reasons: fact.reasons }
    default:
      return undefined
  }
}
