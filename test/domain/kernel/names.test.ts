/** The dictionary of names and the shelf that it stands on, against a plain list. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addName,
  countOf,
  editNames,
  emptyNames,
  keepNames,
  nameOf,
  numberOf,
  sealNames,
  type Names
} from '../../../domain/kernel/names.ts'
import { at, editShelf, emptyShelf, keepShelf, push, put, readShelf, sealShelf, type Shelf } from '../../../domain/kernel/shelf.ts'

const listOf = (names: Names): ReadonlyArray<string> => Array.from({ length: countOf(names) }, (_, number) => nameOf(names, number))
const added = (names: Names, all: ReadonlyArray<string>): Names => {
  const edit = editNames(names)
  for (const name of all) addName(edit, name)
  return sealNames(edit)
}

test('names get the next number in the order of their coming, once, in every branch for itself', () => {
  const some = fc.array(fc.oneof(fc.string(), fc.nat(400).map(String)), { maxLength: 300, size: 'max' })
  fc.assert(
    fc.property(some, some, some, (first, left, right) => {
      const names = added(emptyNames(), first)
      const kept = keepNames(names)
      const [a, b] = [added(names, left), added(keepNames(kept), right)]
      const expected: ReadonlyArray<readonly [Names, ReadonlyArray<string>]> = [
        [a, [...new Set([...first, ...left])]],
        [b, [...new Set([...first, ...right])]],
        [kept, [...new Set(first)]]
      ]
      for (const [branch, list] of expected) {
        expect(listOf(branch)).toEqual(list)
        expect(list.map((name) => numberOf(branch, name))).toEqual(list.map((_, number) => number))
      }
      for (const name of left) if (!first.includes(name)) expect(numberOf(kept, name)).toBe(-1)
    }),
    { numRuns: 60 }
  )
})

test('a spent dictionary says so', () => {
  const names = added(emptyNames(), ['a'])
  added(names, ['b'])
  expect(() => nameOf(names, 0)).toThrow('spent')
  expect(() => numberOf(names, 'a')).toThrow('spent')
})

describe('a shelf', () => {
  const filled = (count: number): Shelf<number> => {
    const slots = editShelf(emptyShelf<number>())
    for (let index = 0; index < count; index++) expect(push(slots, index)).toBe(index)
    return sealShelf(slots)
  }

  test('keeps what was kept, over the edge of a page', () => {
    const shelf = filled(300)
    const kept = keepShelf(shelf)
    const slots = editShelf(shelf)
    put(slots, 299, -1)
    put(slots, 3, -1)
    push(slots, 300)
    expect([at(readShelf(kept), 3), at(readShelf(kept), 299), kept.size]).toEqual([3, 299, 300])
    expect([at(slots, 3), at(slots, 299), at(slots, 300)]).toEqual([-1, -1, 300])
    expect(() => at(readShelf(kept), 300)).toThrow('no value 300')
  })

  test('throws on a number that it did not give out, and when it is spent', () => {
    const shelf = filled(1)
    const slots = editShelf(shelf)
    expect(() => put(slots, 1, 0)).toThrow('no value 1')
    expect(() => at(slots, -1)).toThrow('no value -1')
    expect(() => readShelf(shelf)).toThrow('spent')
  })
})
