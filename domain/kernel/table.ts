/**
 * A table of integer rows, indexed by a dense number: one newest version that is written in place, and as many kept versions as
 * wanted. `keep` copies only the list of pages: it raises the epoch, and a page that an older epoch owns is copied the first time
 * it is written to. A version that was neither kept nor is the newest is spent: reading or editing it is a bug, and throws.
 *
 * A page is one Int32Array of at most 16 KiB that holds rows one after another: what is copied for one write after a `keep` stays
 * small. Rows that nobody needs any more can be dropped by whole pages; they then read as zeros.
 */
import { invariant } from './invariant.ts'

const PAGE_BYTES_MAX = 16 * 1024
const WORD = 2 ** 32
const WORD_BITS = 32

/** The unit in which rows are dropped: a whole number of pages in every table whose rows have 16 bytes or more. */
export const PAGE_ROWS = 1024

/**
 * An integer of 32 bits with a sign; a `wide` one, up to 2^53, in two words; or a small one of so many bits without a sign, of which
 * several share a word as long as they fit one after another. What does not fit into its column wraps.
 */
export type Width = 'int32' | 'wide' | 4 | 8 | 16
export type Layout = Readonly<Record<string, Width>>

/** A version of a table, as everybody but its `edit` sees it. */
export interface Table {
  readonly size: number
  readonly generation: number
  readonly rows: Rows
}

/** The rows behind one or more versions; only code between `edit` and `seal` writes to them. */
export interface Rows {
  readonly words: number
  /** A page holds 2 to the power of this many rows. */
  readonly pageBits: number
  size: number
  generation: number
  epoch: number
  readonly pages: Array<Int32Array>
  readonly owners: Array<number>
  readonly zeros: Int32Array
}

export interface Column {
  readonly get: (rows: Rows, row: number) => number
  readonly set: (rows: Rows, row: number, value: number) => void
}

export interface Definition<L extends Layout> {
  readonly empty: () => Table
  readonly column: { readonly [K in keyof L]: Column }
  /** Bytes that one row takes. */
  readonly rowBytes: number
}

/** Names the columns of a table. The accessors are small, so that the engine inlines them. */
export const define = <L extends Layout>(layout: L): Definition<L> => {
  const names: ReadonlyArray<keyof L> = Object.keys(layout)
  const places = placesOf(names.map((name) => layout[name]!))
  const words = Math.ceil(places.reduce((end, place) => Math.max(end, place.bit + place.bits), 0) / WORD_BITS)
  const pageBits = 31 - Math.clz32(PAGE_BYTES_MAX / (words * 4))
  const columns = names.map((name, index): [keyof L, Column] => [name, columnOf(places[index]!, words, pageBits)])
  const zeros = new Int32Array(words << pageBits)
  return {
    empty: () => ({ size: 0, generation: 0, rows: { words, pageBits, size: 0, generation: 0, epoch: 0, pages: [], owners: [], zeros } }),
    column: Object.fromEntries(columns) as { readonly [K in keyof L]: Column },
    rowBytes: words * 4
  }
}

interface Place {
  readonly bit: number
  readonly bits: number
}

/** One column behind the other; none but a wide one goes over the end of a word. */
const placesOf = (widths: ReadonlyArray<Width>): ReadonlyArray<Place> => {
  let end = 0
  return widths.map((width) => {
    const bits = width === 'wide' ? 2 * WORD_BITS : width === 'int32' ? WORD_BITS : width
    const used = end % WORD_BITS
    const bit = used === 0 || used + bits <= WORD_BITS ? end : end - used + WORD_BITS
    end = bit + bits
    return { bit, bits }
  })
}

const columnOf = (place: Place, words: number, pageBits: number): Column => {
  const at = Math.floor(place.bit / WORD_BITS)
  if (place.bits === 2 * WORD_BITS) return wideColumn(words, at, pageBits)
  if (place.bits === WORD_BITS) return int32Column(words, at, pageBits)
  return smallColumn(words, place, pageBits)
}

/** The rows of a version, for reading. */
export const read = (table: Table): Rows => {
  if (table.generation !== table.rows.generation)
    throw new Error(`table version ${table.generation} is spent; keep what you want to read later`)
  return table.rows
}

/** Takes over the newest version for writing; `seal` answers the version that follows it. */
export const edit = (table: Table): Rows => {
  const rows = read(table)
  rows.generation += 1
  return rows
}

export const seal = (rows: Rows): Table => ({ size: rows.size, generation: rows.generation, rows })

/** A version that stays valid whatever is written later. Costs a copy of the page list, not of the pages. */
export const keep = (table: Table): Table => {
  const rows = read(table)
  rows.epoch += 1
  return seal({ ...rows, pages: rows.pages.slice(), owners: rows.owners.slice() })
}

/** Adds a row of zeros and answers its number. */
export const append = (rows: Rows): number => {
  const row = rows.size++
  if (row >>> rows.pageBits === rows.pages.length) {
    rows.pages.push(new Int32Array(rows.words << rows.pageBits))
    rows.owners.push(rows.epoch)
  }
  return row
}

/** Gives back the memory of some rows, which read as zeros from now on. Both numbers are multiples of PAGE_ROWS. */
export const drop = (rows: Rows, from: number, to: number): void => {
  invariant((from | to) % PAGE_ROWS === 0 && 1 << rows.pageBits <= PAGE_ROWS, 'rows are dropped by whole pages')
  for (let page = from >>> rows.pageBits; page < to >>> rows.pageBits; page++) {
    rows.pages[page] = rows.zeros
    // No epoch owns the shared zeros, so a write after the drop would copy them first.
    rows.owners[page] = -1
  }
}

/** The page of a row, to write to. */
const owned = (rows: Rows, row: number, number: number): Int32Array => {
  if (row >= rows.size || row < 0) throw new Error(`no row ${row} in a table of ${rows.size}`)
  return rows.owners[number] === rows.epoch ? rows.pages[number]! : own(rows, number)
}

const own = (rows: Rows, number: number): Int32Array => {
  // Twice as fast as `slice`, which fills the copy with zeros first.
  const copy = new Int32Array(rows.pages[number]!)
  rows.pages[number] = copy
  rows.owners[number] = rows.epoch
  return copy
}

const int32Column = (words: number, at: number, pageBits: number): Column => {
  const mask = (1 << pageBits) - 1
  return {
    get: (rows, row) => rows.pages[row >>> pageBits]![(row & mask) * words + at]!,
    set: (rows, row, value) => {
      owned(rows, row, row >>> pageBits)[(row & mask) * words + at] = value
    }
  }
}

const wideColumn = (words: number, at: number, pageBits: number): Column => {
  const mask = (1 << pageBits) - 1
  return {
    get: (rows, row) => {
      const page = rows.pages[row >>> pageBits]!
      const index = (row & mask) * words + at
      return page[index + 1]! * WORD + (page[index]! >>> 0)
    },
    set: (rows, row, value) => {
      const page = owned(rows, row, row >>> pageBits)
      const index = (row & mask) * words + at
      page[index] = value | 0
      page[index + 1] = Math.floor(value / WORD)
    }
  }
}

const smallColumn = (words: number, place: Place, pageBits: number): Column => {
  const mask = (1 << pageBits) - 1
  const at = Math.floor(place.bit / WORD_BITS)
  const shift = place.bit % WORD_BITS
  const ones = (1 << place.bits) - 1
  const others = ~(ones << shift)
  return {
    get: (rows, row) => (rows.pages[row >>> pageBits]![(row & mask) * words + at]! >>> shift) & ones,
    set: (rows, row, value) => {
      const page = owned(rows, row, row >>> pageBits)
      const index = (row & mask) * words + at
      page[index] = (page[index]! & others) | ((value & ones) << shift)
    }
  }
}
