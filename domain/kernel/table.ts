/**
 * A table of integer rows, indexed by a dense number: one newest version that is written in place, and as many kept versions as
 * wanted. `keep` copies only the list of pages: it raises the epoch, and a page that an older epoch owns is copied the first time
 * it is written to. A version that was neither kept nor is the newest is spent: reading or editing it is a bug, and throws.
 *
 * A page is one Int32Array that holds 1,024 rows one after another. A `wide` column holds an integer up to 2^53 in two words.
 * A page whose rows nobody needs any more can be dropped; its rows then read as zeros.
 */
const PAGE_BITS = 10
const PAGE_MASK = (1 << PAGE_BITS) - 1
const WORD = 2 ** 32

/** How many rows a page holds, and so the unit in which rows are dropped. */
export const PAGE_ROWS = 1 << PAGE_BITS

export type Width = 'int32' | 'wide'
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
  const words = names.reduce((sum, name) => sum + (layout[name] === 'wide' ? 2 : 1), 0)
  let at = 0
  const columns = names.map((name): [keyof L, Column] => {
    const column = layout[name] === 'wide' ? wideColumn(words, at) : int32Column(words, at)
    at += layout[name] === 'wide' ? 2 : 1
    return [name, column]
  })
  const zeros = new Int32Array(PAGE_ROWS * words)
  return {
    empty: () => ({ size: 0, generation: 0, rows: { words, size: 0, generation: 0, epoch: 0, pages: [], owners: [], zeros } }),
    column: Object.fromEntries(columns) as { readonly [K in keyof L]: Column },
    rowBytes: words * 4
  }
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
  if (row >>> PAGE_BITS === rows.pages.length) {
    rows.pages.push(new Int32Array(PAGE_ROWS * rows.words))
    rows.owners.push(rows.epoch)
  }
  return row
}

/** Gives back the memory of a whole page; its rows read as zeros from now on. */
export const dropPage = (rows: Rows, page: number): void => {
  rows.pages[page] = rows.zeros
  // No epoch owns the shared zeros, so a write after the drop would copy them first.
  rows.owners[page] = -1
}

const owned = (rows: Rows, row: number): Int32Array => {
  const number = row >>> PAGE_BITS
  const page = rows.pages[number]
  if (page === undefined || row >= rows.size) throw new Error(`no row ${row} in a table of ${rows.size}`)
  if (rows.owners[number] === rows.epoch) return page
  const copy = page.slice()
  rows.pages[number] = copy
  rows.owners[number] = rows.epoch
  return copy
}

const int32Column = (words: number, at: number): Column => ({
  get: (rows, row) => rows.pages[row >>> PAGE_BITS]![(row & PAGE_MASK) * words + at]!,
  set: (rows, row, value) => {
    owned(rows, row)[(row & PAGE_MASK) * words + at] = value
  }
})

const wideColumn = (words: number, at: number): Column => ({
  get: (rows, row) => {
    const page = rows.pages[row >>> PAGE_BITS]!
    const index = (row & PAGE_MASK) * words + at
    return page[index + 1]! * WORD + (page[index]! >>> 0)
  },
  set: (rows, row, value) => {
    const page = owned(rows, row)
    const index = (row & PAGE_MASK) * words + at
    page[index] = value | 0
    page[index + 1] = Math.floor(value / WORD)
  }
})
