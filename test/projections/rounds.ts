/** Rounds for views to project: plain ones of given events, and arbitrary legal histories cut into rounds at arbitrary times. */
import fc from 'fast-check'
import { isDecision, type Decision, type Event, type Fact } from '../../domain/events/event.ts'
import { CORE_VERSION, nothingConsumed, NO_HASH, type Round } from '../../domain/events/round.ts'
import type { StoredRound } from '../../domain/ports/ledger.ts'
import { hashOf } from '../../infra/ledger/hash.ts'
import { encodeRound } from '../../infra/ledger/roundJson.ts'
import { decoded } from '../domain/arbitraries/events.ts'
import { histories } from '../domain/arbitraries/histories.ts'

export interface Step {
  readonly atMs: number
  readonly events: ReadonlyArray<Event>
}

/** 2026-01-05, a Monday, at 00:00 UTC. */
export const START_MS = 1_767_571_200_000

const isFact = (event: Event): event is Fact => !isDecision(event)

/** A step becomes as many rounds of its time as it needs: in each, facts come before decisions. */
export const roundsOf = (steps: ReadonlyArray<Step>): ReadonlyArray<StoredRound> => {
  const rounds: Array<StoredRound> = []
  let position = 0
  const add = (atMs: number, facts: ReadonlyArray<Fact>, decisions: ReadonlyArray<Decision>): void => {
    const round: Round = {
      pool: 'default',
      number: rounds.length,
      prev: rounds.at(-1)?.hash ?? NO_HASH,
      epoch: 1,
      leader: 'test',
      core: CORE_VERSION,
      at: atMs,
      heardFrom: 0,
      consumed: nothingConsumed,
      facts,
      decisions
    }
    const bytes = encodeRound(round)
    rounds.push({ number: round.number, hash: hashOf(bytes), firstPosition: position, bytes })
    position += facts.length + decisions.length
  }
  for (const { atMs, events } of steps) {
    let from = 0
    for (let index = 1; index <= events.length; index++) {
      const ends = index === events.length || (isFact(events[index]!) && isDecision(events[index - 1]!))
      if (!ends) continue
      const part = events.slice(from, index)
      add(atMs, part.filter(isFact), part.filter(isDecision))
      from = index
    }
    if (events.length === 0) add(atMs, [], [])
  }
  return rounds
}

const stepMs = fc.oneof(fc.constant(0), fc.nat(50), fc.nat(3_600_000), fc.constantFrom(3_600_000, 7_200_000, 100_000_000))
const price = fc.record({ model: fc.nat(2), microPerGpuHour: fc.oneof(fc.nat(10_000_000), fc.nat(10 ** 12)) })

/** The price of a model changes now and then. */
const priced = (price: { readonly model: number; readonly microPerGpuHour: number }, number: number): Event =>
  decoded({ type: 'PriceSet', cause: { source: 'test', id: `p${number}`, key: 'f'.repeat(32), digest: '0'.repeat(16) }, ...price })

/** Names are known before the first price. */
const HEAD_EVENTS = 12

export const steps: fc.Arbitrary<ReadonlyArray<Step>> = fc
  .tuple(
    histories,
    fc.array(fc.tuple(stepMs, fc.integer({ min: 1, max: 12 }), fc.option(price, { freq: 5 })), { minLength: 40, maxLength: 40 })
  )
  .map(([events, cuts]) => {
    const made: Array<Step> = []
    let from = 0
    let atMs = START_MS
    for (let number = 0; from < events.length; number++) {
      const [waitMs, count, set] = cuts[number % cuts.length]!
      atMs += waitMs
      const to = number === 0 ? HEAD_EVENTS : from + count
      made.push({ atMs, events: [...events.slice(from, to), ...(set === null ? [] : [priced(set, number)])] })
      from = to
    }
    return made
  })

/** Those in which somebody holds a GPU at some time. */
export const busySteps = steps.filter((history) =>
  history.some(({ events }) => events.some((event) => event.type === 'JobAllocated' && event.tasks.some((task) => task.gpus.length > 0)))
)
