/**
 * The idempotency window: which inputs were taken lately. A ring of the last entries, oldest first, and an open-addressing index
 * of it. An entry leaves when it is 7 days of ledger time old or when 2,000,000 younger ones stand behind it.
 */
import { append, edit, keep as keepTable, read, seal, type Rows, type Table } from '../kernel/table.ts'
import type { Cause } from '../events/cause.ts'
import { Ids, IdSlots } from './tables.ts'

export const WINDOW_MS = 7 * 86_400_000
export const WINDOW_IDS_MAX = 2_000_000
const SLOTS_MIN = 1024
const RING_MIN = 512

const id = Ids.column
const slotRow = IdSlots.column.row

/** `ring` is used in a circle: rows `first`, `first` + 1, ... (modulo its size), `count` of them. */
export interface RememberedIds {
  readonly ring: Table
  readonly slots: Table
  readonly first: number
  readonly count: number
  /** No entry older than this is remembered, so an input that says it is older cannot be told from a duplicate. */
  readonly windowStartMs: number
}

export interface IdsEdit {
  ring: Rows
  slots: Rows
  first: number
  count: number
  windowStartMs: number
}

/** What is known of an input's key: whether its content is the same, and which job it made (-1: none). */
export interface Known {
  readonly sameContent: boolean
  readonly job: number
}

export const emptyIds = (): RememberedIds => ({
  ring: seal(filled(Ids.empty(), RING_MIN)),
  slots: seal(filled(IdSlots.empty(), SLOTS_MIN)),
  first: 0,
  count: 0,
  windowStartMs: 0
})
export const editIds = (ids: RememberedIds): IdsEdit => ({ ...ids, ring: edit(ids.ring), slots: edit(ids.slots) })
export const sealIds = (ids: IdsEdit): RememberedIds => ({
  ring: seal(ids.ring),
  slots: seal(ids.slots),
  first: ids.first,
  count: ids.count,
  windowStartMs: ids.windowStartMs
})
export const keepIds = (ids: RememberedIds): RememberedIds => ({ ...ids, ring: keepTable(ids.ring), slots: keepTable(ids.slots) })

export const lookUp = (ids: RememberedIds, cause: Pick<Cause, 'key' | 'digest'>): Known | undefined => {
  const ring = read(ids.ring)
  const slots = read(ids.slots)
  const row = slotRow.get(slots, slotOf(ring, slots, word(cause.key, 0), word(cause.key, 1), word(cause.key, 2), word(cause.key, 3))) - 1
  if (row < 0) return undefined
  const sameContent = id.digest0.get(ring, row) === word(cause.digest, 0) && id.digest1.get(ring, row) === word(cause.digest, 1)
  return { sameContent, job: id.job.get(ring, row) - 1 }
}

/** Remembers an input that was just taken; an input that is remembered already stays as it was. */
export const remember = (ids: IdsEdit, cause: Pick<Cause, 'key' | 'digest'>, job: number, atMs: number): void => {
  const key0 = word(cause.key, 0)
  const key1 = word(cause.key, 1)
  const key2 = word(cause.key, 2)
  const key3 = word(cause.key, 3)
  if (slotRow.get(ids.slots, slotOf(ids.ring, ids.slots, key0, key1, key2, key3)) !== 0) return
  if (ids.count >= WINDOW_IDS_MAX) {
    ids.windowStartMs = Math.max(ids.windowStartMs, id.atMs.get(ids.ring, ids.first) + 1)
    forgetOldest(ids)
  }
  if (ids.count === ids.ring.size) growRing(ids)
  const row = (ids.first + ids.count) % ids.ring.size
  ids.count += 1
  id.key0.set(ids.ring, row, key0)
  id.key1.set(ids.ring, row, key1)
  id.key2.set(ids.ring, row, key2)
  id.key3.set(ids.ring, row, key3)
  id.digest0.set(ids.ring, row, word(cause.digest, 0))
  id.digest1.set(ids.ring, row, word(cause.digest, 1))
  id.job.set(ids.ring, row, job + 1)
  id.atMs.set(ids.ring, row, atMs)
  if (ids.count * 2 > ids.slots.size) growSlots(ids)
  else slotRow.set(ids.slots, slotOf(ids.ring, ids.slots, key0, key1, key2, key3), row + 1)
}

/** Lets go of what is older than the window; called as ledger time moves on. */
export const forgetBefore = (ids: IdsEdit, atMs: number): void => {
  const startMs = atMs - WINDOW_MS
  if (startMs <= ids.windowStartMs) return
  ids.windowStartMs = startMs
  while (ids.count > 0 && id.atMs.get(ids.ring, ids.first) < startMs) forgetOldest(ids)
}

/** Eight hexadecimal digits as one signed 32-bit word. */
const word = (hex: string, index: number): number => {
  let value = 0
  for (let at = index * 8; at < index * 8 + 8; at++) {
    const code = hex.charCodeAt(at)
    value = (value << 4) | (code < 58 ? code - 48 : code - 87)
  }
  return value
}

/** The slot that holds the key, or the empty one where it belongs. The keys are hashes already, so their words are the hash. */
const slotOf = (ring: Rows, slots: Rows, key0: number, key1: number, key2: number, key3: number): number => {
  const mask = slots.size - 1
  for (let slot = key0 & mask; ; slot = (slot + 1) & mask) {
    const row = slotRow.get(slots, slot) - 1
    if (row < 0) return slot
    if (
      id.key0.get(ring, row) === key0 &&
      id.key1.get(ring, row) === key1 &&
      id.key2.get(ring, row) === key2 &&
      id.key3.get(ring, row) === key3
    )
      return slot
  }
}

/** Takes the oldest entry out of the ring and closes the hole that it leaves in the index (backward shift). */
const forgetOldest = (ids: IdsEdit): void => {
  const { ring, slots } = ids
  const mask = slots.size - 1
  const row = ids.first
  let hole = slotOf(ring, slots, id.key0.get(ring, row), id.key1.get(ring, row), id.key2.get(ring, row), id.key3.get(ring, row))
  for (let slot = (hole + 1) & mask; ; slot = (slot + 1) & mask) {
    const entry = slotRow.get(slots, slot)
    if (entry === 0) break
    const home = id.key0.get(ring, entry - 1) & mask
    // An entry may move into the hole only if its home is not between the hole and where it stands.
    if (((slot - home) & mask) >= ((slot - hole) & mask)) {
      slotRow.set(slots, hole, entry)
      hole = slot
    }
  }
  slotRow.set(slots, hole, 0)
  ids.first = (ids.first + 1) % ring.size
  ids.count -= 1
}

const growRing = (ids: IdsEdit): void => {
  const old = ids.ring
  const ring = filled(Ids.empty(), old.size * 2)
  for (let index = 0; index < ids.count; index++) {
    const row = (ids.first + index) % old.size
    for (const column of Object.values(id)) column.set(ring, index, column.get(old, row))
  }
  ids.ring = ring
  ids.first = 0
  reindex(ids, ids.slots.size)
}

const growSlots = (ids: IdsEdit): void => reindex(ids, ids.slots.size * 2)

const reindex = (ids: IdsEdit, slotCount: number): void => {
  const slots = filled(IdSlots.empty(), slotCount)
  for (let index = 0; index < ids.count; index++) {
    const row = (ids.first + index) % ids.ring.size
    slotRow.set(
      slots,
      slotOf(
        ids.ring,
        slots,
        id.key0.get(ids.ring, row),
        id.key1.get(ids.ring, row),
        id.key2.get(ids.ring, row),
        id.key3.get(ids.ring, row)
      ),
      row + 1
    )
  }
  ids.slots = slots
}

const filled = (table: Table, rowCount: number): Rows => {
  const rows = edit(table)
  for (let row = 0; row < rowCount; row++) append(rows)
  return rows
}
