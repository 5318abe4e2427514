/** The golden ledgers: every core's history is still read, and folds to the same state; today's core still decides as it did. */
import { describe, expect, test } from 'vitest'
import { breaches } from '../../domain/cluster/invariants.ts'
import { decisionCodecs } from '../../domain/events/decisions.ts'
import { CORE_VERSION } from '../../domain/events/round.ts'
import { accepted, digestOf, firstDifference, nameOf, stateAfter, storedDigests, storedNames, storedRounds } from './ledger.ts'

test('there is a golden ledger of this core (node test/golden/ledger.ts writes it)', () => {
  expect(storedNames()).toContain(nameOf(CORE_VERSION))
  expect(Object.keys(storedDigests()).toSorted()).toEqual(storedNames())
})

describe.each(storedNames())('%s', (name) => {
  const rounds = accepted(storedRounds(name))

  test('folds to the state that it folded to when it was written', () => {
    const state = stateAfter(rounds)
    expect(breaches(state)).toEqual([])
    expect(digestOf(state)).toBe(storedDigests()[name])
  })

  test('holds every kind of decision but the forgetting of a thousand jobs', () => {
    const made = new Set(rounds.flatMap((round) => round.decisions.map((decision) => decision.type)))
    expect([...made, 'JobsForgotten'].toSorted()).toEqual(Object.keys(decisionCodecs).toSorted())
  })
})

test('today the core decides as it did: where it does not, CORE_VERSION must be raised', () => {
  expect(firstDifference(accepted(storedRounds(nameOf(CORE_VERSION))))).toBe(-1)
})

test('another decision would be noticed', () => {
  const rounds = accepted(storedRounds(nameOf(CORE_VERSION)))
  const at = rounds.findIndex((round) => round.decisions.some((decision) => decision.type === 'JobAllocated'))
  const other = rounds.with(at, { ...rounds[at]!, decisions: rounds[at]!.decisions.filter((decision) => decision.type !== 'JobAllocated') })
  expect(firstDifference(other)).toBe(rounds[at]!.number)
})
