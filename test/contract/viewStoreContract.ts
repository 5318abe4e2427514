/** What every store of views promises: rows and mark change together, only from where they are, and rows come back as they were put. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  BEGINNING,
  type Change,
  type Json,
  type Mark,
  type Row,
  type Select,
  type TableSchema,
  type ViewSchema,
  type ViewStore
} from '../../domain/ports/viewStore.ts'
import { valueOf, type Place } from './place.ts'

const fruits: TableSchema = {
  name: 'fruits',
  columns: { name: 'text', place: 'integer', ripe: 'integer', facts: 'json' },
  key: ['name', 'place'],
  indexes: [['ripe']]
}
const counts: TableSchema = { name: 'counts', columns: { number: 'integer', order: 'text' }, key: ['number'] }
const garden: ViewSchema = { name: 'garden', version: 1, tables: [fruits] }
const ledger: ViewSchema = { name: 'ledger', version: 1, tables: [counts] }

const mark = (round: number): Mark => ({ round, hash: String(round).padStart(64, '0') })
const apple = (place: number, ripe: number | null = 1, facts: Json = null): Row => ({ name: 'apple', place, ripe, facts })
const putting = (table: TableSchema, ...put: ReadonlyArray<Row>): Change => ({ table: table.name, put, remove: [] })

export const viewStoreContract = (name: string, makePlace: () => Promise<Place<ViewStore>>): void => {
  describe(`a store of views: ${name}`, () => {
    let place: Place<ViewStore>
    let store: ViewStore
    beforeEach(async () => {
      place = await makePlace()
      store = await place.open()
      valueOf(store.open(garden))
      valueOf(store.open(ledger))
    })
    afterEach(() => place.remove())

    const commit = (view: ViewSchema, from: Mark, to: Mark, ...changes: ReadonlyArray<Change>) =>
      valueOf(store.commit([{ view: view.name, from, to, changes }]))
    const find = (select: Select): ReadonlyArray<Row> => valueOf(store.select(select))
    const get = (table: TableSchema, ...key: ReadonlyArray<string | number>): Row | undefined =>
      valueOf(store.reading((read) => read(table.name, key)))

    test('a view begins at the beginning, and stands where its last commit left it', () => {
      expect(valueOf(store.open(garden))).toEqual(BEGINNING)
      expect(commit(garden, BEGINNING, mark(3), putting(fruits, apple(1)))).toEqual({ type: 'Committed' })
      expect(valueOf(store.open(garden))).toEqual(mark(3))
      expect(get(fruits, 'apple', 1)).toEqual(apple(1))
    })

    test('a commit from elsewhere than where the view stands is refused and changes nothing, not even in other views', () => {
      commit(garden, BEGINNING, mark(3), putting(fruits, apple(1)))
      const wrong = [BEGINNING, mark(4), { ...mark(3), hash: mark(9).hash }]
      for (const from of wrong) {
        const both = [
          { view: 'ledger', from: BEGINNING, to: mark(5), changes: [putting(counts, { number: 1, order: 'x' })] },
          { view: 'garden', from, to: mark(5), changes: [putting(fruits, apple(2))] }
        ]
        expect(valueOf(store.commit(both))).toEqual({ type: 'Refused', view: 'garden', stored: mark(3) })
      }
      expect(find({ table: 'fruits' })).toEqual([apple(1)])
      expect(find({ table: 'counts' })).toEqual([])
      expect(valueOf(store.open(ledger))).toEqual(BEGINNING)
    })

    test('rows are replaced and removed by their whole key', () => {
      commit(garden, BEGINNING, mark(1), putting(fruits, apple(1), apple(2), apple(3)))
      commit(garden, mark(1), mark(2), {
        table: 'fruits',
        put: [apple(2, null, { sweet: true })],
        remove: [
          ['apple', 3],
          ['pear', 3]
        ]
      })
      expect(find({ table: 'fruits' })).toEqual([apple(1), apple(2, null, { sweet: true })])
    })

    test('a view of another version or with other tables begins anew, and leaves the others alone', () => {
      commit(garden, BEGINNING, mark(1), putting(fruits, apple(1)))
      commit(ledger, BEGINNING, mark(2), putting(counts, { number: 1, order: 'x' }))
      expect(valueOf(store.open({ ...garden, version: 2 }))).toEqual(BEGINNING)
      expect(find({ table: 'fruits' })).toEqual([])
      commit({ ...garden, version: 2 }, BEGINNING, mark(1), putting(fruits, apple(1)))
      const renamed = { ...garden, version: 2, tables: [{ ...fruits, name: 'berries' }] }
      expect(valueOf(store.open(renamed))).toEqual(BEGINNING)
      expect(find({ table: 'berries' })).toEqual([])
      expect(valueOf(store.open(ledger))).toEqual(mark(2))
      expect(find({ table: 'counts' })).toEqual([{ number: 1, order: 'x' }])
    })

    test('a view that is reset begins anew', () => {
      commit(garden, BEGINNING, mark(1), putting(fruits, apple(1)))
      expect(valueOf(store.reset(garden))).toEqual(BEGINNING)
      expect(find({ table: 'fruits' })).toEqual([])
      expect(commit(garden, BEGINNING, mark(1), putting(fruits, apple(1)))).toEqual({ type: 'Committed' })
    })

    test('what is thrown while rows are read is thrown on', () => {
      expect(() =>
        store.reading(() => {
          throw new Error('a bug')
        })
      ).toThrow('a bug')
    })

    test('any row comes back as it was put', () => {
      const text = fc.string({ unit: 'grapheme', maxLength: 20 })
      const integer = fc.maxSafeInteger()
      const rows = fc.uniqueArray(
        fc.record({
          name: text,
          place: integer,
          ripe: fc.option(integer),
          facts: fc.jsonValue().filter((value) => value !== null)
        }),
        { selector: (row) => `${row.place} ${row.name}`, maxLength: 8 }
      )
      fc.assert(
        fc.property(rows, (put) => {
          valueOf(store.reset(garden))
          // As JSON has it: -0 is 0.
          const plain = put.map((row) => JSON.parse(JSON.stringify(row)) as Row)
          commit(garden, BEGINNING, mark(1), putting(fruits, ...plain))
          for (const row of plain) expect(get(fruits, row['name'] as string, row['place'] as number)).toEqual(row)
          expect(find({ table: 'fruits' })).toHaveLength(plain.length)
        }),
        { numRuns: 50 }
      )
    })

    describe('selects', () => {
      const rows = [apple(3, 1), apple(1, 2), { ...apple(2, 2), name: 'pear' }, { ...apple(9, null), name: 'fig' }]
      beforeEach(() => commit(garden, BEGINNING, mark(1), putting(fruits, ...rows)))
      const places = (select: Omit<Select, 'table'>): ReadonlyArray<Json | undefined> =>
        find({ ...select, table: 'fruits' }).map((row) => row['place'])

      test('all rows in the order of their key', () => expect(places({})).toEqual([1, 3, 9, 2]))
      test('by conditions, all of which must hold; nothing holds of a null', () => {
        expect(places({ where: [{ column: 'name', op: '=', value: 'apple' }] })).toEqual([1, 3])
        expect(
          places({
            where: [
              { column: 'ripe', op: '>=', value: 2 },
              { column: 'place', op: '<', value: 2 }
            ]
          })
        ).toEqual([1])
        expect(places({ where: [{ column: 'ripe', op: '!=', value: 1 }] })).toEqual([1, 2])
      })
      test('among values, of which there may be none', () => {
        expect(places({ among: { column: 'name', values: ['fig', 'pear', 'plum'] } })).toEqual([9, 2])
        expect(places({ among: { column: 'place', values: [3, 9] } })).toEqual([3, 9])
        expect(places({ among: { column: 'place', values: [] } })).toEqual([])
      })
      test('in a given order, at most so many', () => {
        expect(places({ order: [{ column: 'place', descending: true }], limit: 3 })).toEqual([9, 3, 2])
        expect(places({ order: [{ column: 'ripe' }, { column: 'place', descending: true }] })).toEqual([9, 3, 2, 1])
      })
      test('by groups, with counts, sums and least values', () => {
        const group = { by: ['name'], sum: ['place'], min: ['place'] }
        expect(find({ table: 'fruits', group: { by: ['name'], min: ['place'] } })).toEqual([
          { name: 'apple', count: 2, place: 1 },
          { name: 'fig', count: 1, place: 9 },
          { name: 'pear', count: 1, place: 2 }
        ])
        expect(
          find({ table: 'fruits', where: [{ column: 'name', op: '=', value: 'apple' }], group: { by: group.by, sum: group.sum } })
        ).toEqual([{ name: 'apple', count: 2, place: 4 }])
        expect(find({ table: 'fruits', where: [{ column: 'place', op: '>', value: 99 }], group })).toEqual([])
      })
    })
  })
}
