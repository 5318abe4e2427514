/**
 * The idempotency window: which inputs were taken lately. A queue of entries, oldest first, and an open-addressing index of it by key.
 * An entry leaves when it is older than the window, or when as many younger ones stand behind it as the window holds. The queue is
 * made of whole pages of its table: it grows by one page and gives one back, so that it never has to be moved.
 */
import { append, drop, edit, keep as keepTable, PAGE_ROWS, read, seal, type Rows, type Table } from '../kernel/table.ts'
import { invariant } from '../kernel/invariant.ts'
import type { Cause } from '../events/cause.ts'
import { IdPages, Ids, IdSlots } from './tables.ts'

/** How long, in ledger time, and how many inputs are remembered at most. */
export interface Window {
  readonly windowMs: number
  readonly idsMax: number
}
export const WINDOW: Window = { windowMs: 7 * 86_400_000, idsMax: 2_000_000 }

const SLOTS_MIN = 1024

/**
 * A slot holds 1 + the row of its entry, and above that a few bits of the entry's key, so that another key in the same place is
 * told apart without a look at its entry, which would be far away in memory.
 */
const ROW_BITS = 22
const ROW_MASK = (1 << ROW_BITS) - 1

const id = Ids.column
const slotRow = IdSlots.column.row
const nextPage = IdPages.column.next

export interface RememberedIds {
  readonly entries: Table
  /** By page of `entries`: the page that follows it in the queue, or in the list of free pages. */
  readonly pages: Table
  readonly slots: Table
  readonly window: Window
  /** The row of the oldest entry, and the row that the next entry takes. */
  readonly first: number
  readonly next: number
  readonly count: number
  readonly freePage: number
  /** No entry older than this is remembered, so an input that says it is older cannot be told from a duplicate. */
  readonly windowStartMs: number
}

export interface IdsEdit {
  readonly entries: Rows
  readonly pages: Rows
  slots: Rows
  readonly window: Window
  first: number
  next: number
  count: number
  freePage: number
  windowStartMs: number
}

/** What is known of an input's key: whether its content is the same, and which job it made (-1: none). */
export interface Known {
  readonly sameContent: boolean
  readonly job: number
}

export const emptyIds = (window: Window = WINDOW): RememberedIds => {
  invariant(window.idsMax <= ROW_MASK - 2 * PAGE_ROWS, 'a slot can tell all rows of the window apart')
  const ids: IdsEdit = {
    entries: edit(Ids.empty()),
    pages: edit(IdPages.empty()),
    slots: emptySlots(SLOTS_MIN),
    window,
    first: 0,
    next: 0,
    count: 0,
    freePage: -1,
    windowStartMs: 0
  }
  takePage(ids)
  return sealIds(ids)
}

export const editIds = (ids: RememberedIds): IdsEdit => ({
  ...ids,
  entries: edit(ids.entries),
  pages: edit(ids.pages),
  slots: edit(ids.slots)
})
export const sealIds = (ids: IdsEdit): RememberedIds => ({
  ...ids,
  entries: seal(ids.entries),
  pages: seal(ids.pages),
  slots: seal(ids.slots)
})
export const keepIds = (ids: RememberedIds): RememberedIds => ({
  ...ids,
  entries: keepTable(ids.entries),
  pages: keepTable(ids.pages),
  slots: keepTable(ids.slots)
})

export const lookUp = (ids: RememberedIds, cause: Pick<Cause, 'key' | 'digest'>): Known | undefined => {
  const entries = read(ids.entries)
  const slots = read(ids.slots)
  const row = rowIn(slots, slotOf(entries, slots, keyOf(cause.key)))
  if (row < 0) return undefined
  const sameContent = id.digest0.get(entries, row) === word(cause.digest, 0) && id.digest1.get(entries, row) === word(cause.digest, 1)
  return { sameContent, job: id.job.get(entries, row) - 1 }
}

/** Remembers an input that was just taken; an input that is remembered already stays as it was. */
export const remember = (ids: IdsEdit, cause: Pick<Cause, 'key' | 'digest'>, job: number, atMs: number): void => {
  const { entries } = ids
  const key = keyOf(cause.key)
  let slot = slotOf(entries, ids.slots, key)
  if (slotRow.get(ids.slots, slot) !== 0) return
  if (ids.count >= ids.window.idsMax) {
    ids.windowStartMs = Math.max(ids.windowStartMs, id.atMs.get(entries, ids.first) + 1)
    forgetOldest(ids)
    slot = slotOf(entries, ids.slots, key)
  }
  const row = ids.next
  id.key0.set(entries, row, key.key0)
  id.key1.set(entries, row, key.key1)
  id.key2.set(entries, row, key.key2)
  id.key3.set(entries, row, key.key3)
  id.digest0.set(entries, row, word(cause.digest, 0))
  id.digest1.set(entries, row, word(cause.digest, 1))
  id.job.set(entries, row, job + 1)
  id.atMs.set(entries, row, atMs)
  slotRow.set(ids.slots, slot, tagOf(key.key1) | (row + 1))
  ids.count += 1
  ids.next = isLastOfPage(row) ? takePage(ids) : row + 1
  if (ids.count * 2 > ids.slots.size) growSlots(ids)
}

/** Lets go of what is older than the window; called as ledger time moves on. */
export const forgetBefore = (ids: IdsEdit, atMs: number): void => {
  const startMs = atMs - ids.window.windowMs
  // A full window may have moved its start ahead of what age alone says, while others of that very time are still in it.
  if (startMs < ids.windowStartMs) return
  ids.windowStartMs = startMs
  while (ids.count > 0 && id.atMs.get(ids.entries, ids.first) < startMs) forgetOldest(ids)
}

/** Eight hexadecimal digits as one signed 32-bit word. */
const word = (hex: string, index: number): number => {
  let value = 0
  for (let at = index * 8; at < index * 8 + 8; at++) {
    const code = hex.charCodeAt(at)
    // Without a branch, which would be guessed wrong at every third digit: 0-9 are 48-57, and a-f are 97-102.
    value = (value << 4) | ((code & 15) + 9 * (code >> 6))
  }
  return value
}

/** A key as the table holds it. The keys are hashes already, so their words are the hash. */
interface Key {
  readonly key0: number
  readonly key1: number
  readonly key2: number
  readonly key3: number
}
const keyOf = (hex: string): Key => ({ key0: word(hex, 0), key1: word(hex, 1), key2: word(hex, 2), key3: word(hex, 3) })
const keyOfRow = (entries: Rows, row: number): Key => ({
  key0: id.key0.get(entries, row),
  key1: id.key1.get(entries, row),
  key2: id.key2.get(entries, row),
  key3: id.key3.get(entries, row)
})

const tagOf = (key1: number): number => key1 & ~ROW_MASK
/** The row of the entry in a slot; -1: it is empty. */
const rowIn = (slots: Rows, slot: number): number => (slotRow.get(slots, slot) & ROW_MASK) - 1

/** The slot that holds the key, or the empty one where it belongs. */
const slotOf = (entries: Rows, slots: Rows, key: Key): number => {
  const mask = slots.size - 1
  const tag = tagOf(key.key1)
  for (let slot = key.key0 & mask; ; slot = (slot + 1) & mask) {
    const value = slotRow.get(slots, slot)
    if (value === 0) return slot
    if ((value & ~ROW_MASK) !== tag) continue
    const row = (value & ROW_MASK) - 1
    if (
      id.key0.get(entries, row) === key.key0 &&
      id.key1.get(entries, row) === key.key1 &&
      id.key2.get(entries, row) === key.key2 &&
      id.key3.get(entries, row) === key.key3
    )
      return slot
  }
}

/** Takes the oldest entry out of the queue and closes the hole that it leaves in the index (backward shift). */
const forgetOldest = (ids: IdsEdit): void => {
  const { entries, slots, first } = ids
  const mask = slots.size - 1
  let hole = id.key0.get(entries, first) & mask
  while (rowIn(slots, hole) !== first) hole = (hole + 1) & mask
  for (let slot = (hole + 1) & mask; ; slot = (slot + 1) & mask) {
    const entry = slotRow.get(slots, slot)
    if (entry === 0) break
    const home = id.key0.get(entries, (entry & ROW_MASK) - 1) & mask
    // An entry may move into the hole only if its home is not between the hole and where it stands.
    if (((slot - home) & mask) >= ((slot - hole) & mask)) {
      slotRow.set(slots, hole, entry)
      hole = slot
    }
  }
  slotRow.set(slots, hole, 0)
  ids.first = following(ids.pages, first)
  ids.count -= 1
  if (isLastOfPage(first)) givePageBack(ids, pageOf(first))
}

const isLastOfPage = (row: number): boolean => row % PAGE_ROWS === PAGE_ROWS - 1
const pageOf = (row: number): number => Math.floor(row / PAGE_ROWS)

const following = (pages: Rows, row: number): number => (isLastOfPage(row) ? nextPage.get(pages, pageOf(row)) * PAGE_ROWS : row + 1)

/** Puts a free or a new page behind the queue's last one and answers its first row. */
const takePage = (ids: IdsEdit): number => {
  const { entries, pages, freePage } = ids
  let page = freePage
  if (page >= 0) ids.freePage = nextPage.get(pages, page)
  else {
    page = append(pages)
    for (let row = 0; row < PAGE_ROWS; row++) append(entries)
  }
  if (ids.count > 0) nextPage.set(pages, pageOf(ids.next), page)
  return page * PAGE_ROWS
}

const givePageBack = (ids: IdsEdit, page: number): void => {
  drop(ids.entries, page * PAGE_ROWS, (page + 1) * PAGE_ROWS)
  nextPage.set(ids.pages, page, ids.freePage)
  ids.freePage = page
}

const growSlots = (ids: IdsEdit): void => {
  const { entries } = ids
  const slots = emptySlots(ids.slots.size * 2)
  let row = ids.first
  for (let index = 0; index < ids.count; index++) {
    const key = keyOfRow(entries, row)
    slotRow.set(slots, slotOf(entries, slots, key), tagOf(key.key1) | (row + 1))
    row = following(ids.pages, row)
  }
  ids.slots = slots
}

const emptySlots = (slotCount: number): Rows => {
  const rows = edit(IdSlots.empty())
  for (let slot = 0; slot < slotCount; slot++) append(rows)
  return rows
}

/** All that is remembered, oldest first, for inspection and comparison. */
export function* entriesOf(ids: RememberedIds): Generator<{ row: number; key: string; digest: string; job: number; atMs: number }> {
  const entries = read(ids.entries)
  const pages = read(ids.pages)
  let row = ids.first
  for (let index = 0; index < ids.count; index++) {
    const { key0, key1, key2, key3 } = keyOfRow(entries, row)
    const digest = [id.digest0.get(entries, row), id.digest1.get(entries, row)]
    yield {
      row,
      key: [key0, key1, key2, key3].map(hexOf).join(''),
      digest: digest.map(hexOf).join(''),
      job: id.job.get(entries, row) - 1,
      atMs: id.atMs.get(entries, row)
    }
    row = following(pages, row)
  }
}

/** Whether the index leads from an entry's key to that entry. */
export const isFindable = (ids: RememberedIds, row: number): boolean => {
  const entries = read(ids.entries)
  const slots = read(ids.slots)
  return rowIn(slots, slotOf(entries, slots, keyOfRow(entries, row))) === row
}

const hexOf = (value: number): string => (value >>> 0).toString(16).padStart(8, '0')
