/** The laws of the fold, over legal histories and over contradictory junk alike. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { evolve, fold } from '../../../domain/cluster/fold.ts'
import { breaches, breachesOf } from '../../../domain/cluster/invariants.ts'
import { initial, keep, type State } from '../../../domain/cluster/state.ts'
import { inRounds, junk, withJunk, type Folded } from '../arbitraries/events.ts'
import { histories } from '../arbitraries/histories.ts'
import { foldReference } from '../reference/fold.ts'
import { emptyReference } from '../reference/model.ts'
import { rowsOfReference } from '../reference/rows.ts'
import { rowsOf } from '../reference/rowsOf.ts'

/** So small that the tests see it from both ends. */
const window = { windowMs: 400, idsMax: 9 }
const empty = (): State => initial(window)
const foldAll = (state: State, rounds: ReadonlyArray<Folded>): State =>
  rounds.reduce((before, round) => fold(before, round.events, round.atMs), state)

const sources = {
  'a legal history': histories,
  'contradictory junk': junk,
  'a legal history with junk in it': withJunk(histories)
} as const

describe.each(Object.entries(sources))('the fold of %s', (_, source) => {
  const rounds = inRounds(source)

  test('in two batches equals the fold in one', () => {
    fc.assert(
      fc.property(source, fc.nat(), (events, at) => {
        const cut = at % (events.length + 1)
        const two = fold(fold(empty(), events.slice(0, cut), 7), events.slice(cut), 7)
        expect(rowsOf(two)).toEqual(rowsOf(fold(empty(), events, 7)))
      })
    )
  })

  test('is evolve, one event at a time', () => {
    fc.assert(
      fc.property(source, (events) => {
        const stepped = events.reduce((state, event) => evolve(state, event, 7), fold(empty(), [], 7))
        expect(rowsOf(stepped)).toEqual(rowsOf(fold(empty(), events, 7)))
      })
    )
  })

  test('leaves a kept state as it was, and two branches do not see each other', () => {
    fc.assert(
      fc.property(rounds, rounds, rounds, (before, left, right) => {
        const state = foldAll(empty(), before)
        const kept = keep(state)
        const was = rowsOf(kept)
        const leftRows = rowsOf(foldAll(state, left))
        const branch = keep(kept)
        const rightState = foldAll(branch, right)
        expect(rowsOf(kept)).toEqual(was)
        expect(rowsOf(rightState)).toEqual(rowsOf(foldAll(foldAll(empty(), before), right)))
        expect(rowsOf(foldAll(kept, left))).toEqual(leftRows)
      })
    )
  })

  test('spends the state that it was given', () => {
    fc.assert(
      fc.property(rounds, (before) => {
        const state = foldAll(empty(), before)
        fold(state, [], 0)
        expect(() => rowsOf(state)).toThrow('spent')
        expect(() => fold(state, [], 0)).toThrow('spent')
        expect(() => keep(state)).toThrow('spent')
      })
    )
  })

  test('equals the reference model', () => {
    fc.assert(
      fc.property(rounds, (all) => {
        const model = all.reduce((before, round) => foldReference(before, round.events, round.atMs), emptyReference(window))
        expect(rowsOf(foldAll(empty(), all))).toEqual(rowsOfReference(model))
      }),
      { numRuns: 400 }
    )
  })
})

test('a legal history breaks no invariant, and each of its events took effect', () => {
  fc.assert(
    fc.property(inRounds(histories), (all) => {
      let state = empty()
      for (const round of all) {
        state = fold(state, round.events, round.atMs)
        expect(breachesOf(state, round.events)).toEqual([])
        expect(breaches(state)).toEqual([])
      }
    })
  )
})

test('whatever is folded, the invariants answer and do not throw', () => {
  fc.assert(
    fc.property(inRounds(withJunk(histories)), (all) => {
      let state = empty()
      for (const round of all) {
        state = fold(state, round.events, round.atMs)
        breachesOf(state, round.events)
        breaches(state)
      }
    })
  )
})
