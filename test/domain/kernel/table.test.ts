/** Tables against plain arrays: whatever is written, kept and branched, every version reads as its own array does. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { append, define, drop, edit, keep, PAGE_ROWS, read, seal, type Table } from '../../../domain/kernel/table.ts'

const Things = define({ small: 'int32', large: 'wide' })
const { small, large } = Things.column

interface Branch {
  table: Table
  rows: Array<{ small: number; large: number }>
}
const plain = (table: Table): Branch['rows'] => {
  const rows = read(table)
  return Array.from({ length: table.size }, (_, row) => ({ small: small.get(rows, row), large: large.get(rows, row) }))
}

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const wide = fc.oneof(
  fc.maxSafeInteger(),
  fc.constantFrom(-1, 0, 2 ** 31, 2 ** 32 - 1, 2 ** 32, -(2 ** 32), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER)
)
type Step =
  | { kind: 'append'; branch: number; count: number }
  | { kind: 'write'; branch: number; row: number; small: number; large: number }
  | { kind: 'keep'; branch: number }
const branch = fc.nat(9)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), branch, count: fc.constantFrom(1, 3, PAGE_ROWS - 1, PAGE_ROWS + 1) }),
  fc.record({ kind: fc.constant('write' as const), branch, row: fc.nat(), small: int32, large: wide }),
  fc.record({ kind: fc.constant('keep' as const), branch })
)

const apply = (to: Branch, wanted: Step): void => {
  const rows = edit(to.table)
  if (wanted.kind === 'append')
    for (let index = 0; index < wanted.count; index++) {
      expect(append(rows)).toBe(to.rows.length)
      to.rows.push({ small: 0, large: 0 })
    }
  if (wanted.kind === 'write' && rows.size > 0) {
    const row = wanted.row % rows.size
    small.set(rows, row, wanted.small)
    large.set(rows, row, wanted.large)
    to.rows[row] = { small: wanted.small, large: wanted.large }
  }
  to.table = seal(rows)
}

test('every branch reads as its own array, and no branch sees another', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30, size: 'max' }), (steps) => {
      const branches: Array<Branch> = [{ table: Things.empty(), rows: [] }]
      for (const wanted of steps) {
        const chosen = branches[wanted.branch % branches.length]!
        if (wanted.kind === 'keep') branches.push({ table: keep(chosen.table), rows: chosen.rows.slice() })
        else apply(chosen, wanted)
      }
      for (const { table, rows } of branches) expect(plain(table)).toEqual(rows)
    }),
    { numRuns: 60 }
  )
})

describe('a table', () => {
  const filled = (rows: number): Table => {
    const table = edit(Things.empty())
    for (let row = 0; row < rows; row++) {
      append(table)
      small.set(table, row, row + 1)
    }
    return seal(table)
  }

  test('says that a version is spent, whoever wants to read, edit or keep it', () => {
    const table = filled(1)
    seal(edit(table))
    for (const use of [read, edit, keep]) expect(() => use(table)).toThrow('table version 1 is spent')
  })

  test('throws on a write to a row that is not there, even inside its last page', () => {
    const rows = edit(filled(3))
    for (const row of [3, PAGE_ROWS, -1]) expect(() => small.set(rows, row, 1)).toThrow('no row')
  })

  test('gives back a page, which reads as zeros then, but not in a kept version; a later write brings only that row back', () => {
    const table = filled(2 * PAGE_ROWS)
    const kept = keep(table)
    const rows = edit(table)
    drop(rows, 0, PAGE_ROWS)
    expect(small.get(rows, 7)).toBe(0)
    expect(small.get(rows, PAGE_ROWS)).toBe(PAGE_ROWS + 1)
    expect(small.get(read(kept), 7)).toBe(8)
    small.set(rows, 7, 5)
    expect([small.get(rows, 6), small.get(rows, 7)]).toEqual([0, 5])
    const other = edit(filled(PAGE_ROWS))
    drop(other, 0, PAGE_ROWS)
    expect(small.get(other, 7)).toBe(0)
  })

  test('knows what a row costs', () => {
    expect(Things.rowBytes).toBe(12)
  })
})
