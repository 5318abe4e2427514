/** However the rounds reach a view, its rows are the same: they are a fold of the ledger, and nothing else. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { memoryViewStore } from '../../infra/memory/viewStore.ts'
import { sqliteViewStore } from '../../infra/sqlite/viewStore.ts'
import { names } from '../../projections/names.ts'
import { memoryRows } from '../../projections/overlay.ts'
import { views } from '../../projections/index.ts'
import { engineOf } from '../../services/projector/engine.ts'
import { readRound } from '../../services/projector/readRound.ts'
import { valueOf } from '../contract/place.ts'
import { roundsOf, steps } from './rounds.ts'
import { dump, runInBatches } from './views.ts'

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
const stores = [
  ['memory', memoryViewStore],
  ['SQLite', () => valueOf(sqliteViewStore(':memory:'))]
] as const

describe.each(stores)('views in %s', (_, makeStore) => {
  test('rebuilt from zero in one go equal those that ran in any batches and were started again after each', () => {
    fc.assert(
      fc.property(steps, sizes, (history, batches) => {
        const rounds = roundsOf(history)
        const [whole, pieces] = [makeStore(), makeStore()]
        runInBatches(whole, rounds, [rounds.length])
        runInBatches(pieces, rounds, batches)
        expect(dump(pieces)).toEqual(dump(whole))
        for (const store of [whole, pieces]) store.close()
      }),
      { numRuns: 60 }
    )
  })

  test('rounds that come again, before the mark, change nothing', () => {
    fc.assert(
      fc.property(steps, sizes, (history, batches) => {
        const rounds = roundsOf(history)
        const store = makeStore()
        runInBatches(store, rounds, batches)
        const before = dump(store)
        valueOf(valueOf(engineOf(store, views)).take(rounds))
        expect(dump(store)).toEqual(before)
        store.close()
      }),
      { numRuns: 15 }
    )
  })

  test('a view that begins again alone, while the others stand at the end, comes out as it was', () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(...views), sizes, (history, view, batches) => {
        const rounds = roundsOf(history)
        const store = makeStore()
        runInBatches(store, rounds, batches)
        const before = dump(store)
        const engine = valueOf(engineOf(store, views))
        valueOf(engine.reset([view.name]))
        expect(engine.marks().get(view.name)?.round).toBe(0)
        runInBatches(store, rounds, batches)
        expect(dump(store)).toEqual(before)
        store.close()
      }),
      { numRuns: 40 }
    )
  })
})

test('the rows are the same in SQLite, in memory and over plain rows', () => {
  fc.assert(
    fc.property(steps, sizes, (history, batches) => {
      const rounds = roundsOf(history)
      const dumps = stores.map(([, makeStore]) => {
        const store = makeStore()
        runInBatches(store, rounds, batches)
        const rows = dump(store)
        store.close()
        return rows
      })
      expect(dumps[1]).toEqual(dumps[0])
      const rows = memoryRows()
      for (const stored of rounds) {
        const { round, firstPosition } = valueOf(readRound(stored, () => undefined))
        for (const view of views) view.project(rows, round, firstPosition)
      }
      for (const [table, stored] of Object.entries(dumps[0]!)) {
        const plain = rows.all(table)
        expect(plain).toHaveLength(stored.length)
        expect(plain).toEqual(expect.arrayContaining([...stored]))
      }
    }),
    { numRuns: 25 }
  )
})

test('every table belongs to one view, and names are projected first', () => {
  const tables = views.flatMap((view) => view.tables.map((table) => table.name))
  expect(new Set(tables).size).toBe(tables.length)
  expect(views[0]).toBe(names)
})
