/**
 * Rows as a batch of rounds changes them, over those that are stored: each row is read from the store once and written once, however
 * often the batch touches it. Over nothing it is a store in memory, for tests.
 */
import type { Change, Key, KeyPart, Row, TableSchema } from '../domain/ports/viewStore.ts'
import type { Rows } from './view.ts'

export interface Overlay extends Rows {
  /** What differs from the store, by table, in the order of first touch. */
  readonly changes: () => ReadonlyArray<Change>
  /** The changes were stored: from now on they are what the store holds. */
  readonly settle: () => void
  /** Whatever is remembered may no longer be what the store holds. */
  readonly forget: () => void
}

/** Of each table: rows remembered between batches. What was not touched for that many others is read again from the store. */
const REMEMBERED_MAX = 50_000

interface Entry {
  readonly key: Key
  row: Row | undefined
  /** Whether the store has a row of this key; undefined where nobody looked. */
  stored: boolean | undefined
  dirty: boolean
}

type Token = KeyPart

/** The entries of a table: those touched lately, and those touched before them. */
interface Entries {
  young: Map<Token, Entry>
  old: Map<Token, Entry>
  readonly dirty: Array<Entry>
}

export const overlay = (read: (table: string, key: Key) => Row | undefined): Overlay => {
  const tables = new Map<string, Entries>()

  const entriesOf = (table: string): Entries => {
    const known = tables.get(table)
    if (known !== undefined) return known
    const made: Entries = { young: new Map(), old: new Map(), dirty: [] }
    tables.set(table, made)
    return made
  }

  const get = (table: string, key: Key): Row | undefined => {
    const entries = entriesOf(table)
    const token = tokenOf(key)
    const known = find(entries, token)
    if (known !== undefined) return known.row
    const row = read(table, key)
    entries.young.set(token, { key, row, stored: row !== undefined, dirty: false })
    return row
  }

  const write = (table: string, key: Key, row: Row | undefined): void => {
    const entries = entriesOf(table)
    const token = tokenOf(key)
    let entry = find(entries, token)
    if (entry === undefined) {
      entry = { key, row, stored: undefined, dirty: false }
      entries.young.set(token, entry)
    }
    entry.row = row
    if (entry.dirty) return
    entry.dirty = true
    entries.dirty.push(entry)
  }

  return {
    get,
    put: (table, row) => write(table.name, keyOf(table, row), row),
    remove: (table, key) => write(table, key, undefined),
    changes: () => [...tables].map(([table, entries]) => changeOf(table, entries.dirty)).filter(isChange),
    settle: () => {
      for (const entries of tables.values()) settle(entries)
    },
    forget: () => tables.clear()
  }
}

const find = (entries: Entries, token: Token): Entry | undefined => {
  const young = entries.young.get(token)
  if (young !== undefined) return young
  const old = entries.old.get(token)
  if (old !== undefined) entries.young.set(token, old)
  return old
}

const settle = (entries: Entries): void => {
  for (const entry of entries.dirty) {
    entry.stored = entry.row !== undefined
    entry.dirty = false
  }
  entries.dirty.length = 0
  if (entries.young.size < REMEMBERED_MAX / 2) return
  entries.old = entries.young
  entries.young = new Map()
}

export interface MemoryRows extends Rows {
  readonly all: (table: string) => ReadonlyArray<Row>
}

/** Rows that only live in memory. */
export const memoryRows = (): MemoryRows => {
  const over = overlay(() => undefined)
  return { ...over, all: (table) => over.changes().find((change) => change.table === table)?.put ?? [] }
}

export const keyOf = (table: Pick<TableSchema, 'key' | 'name'>, row: Row): Key =>
  table.key.map((column) => keyPart(table.name, column, row[column]))

const keyPart = (table: string, column: string, value: unknown): KeyPart => {
  if (typeof value === 'string' || typeof value === 'number') return value
  throw new Error(`a row of ${table} has no ${column}, which is a part of its key`)
}

/** A key as one value. Texts carry their length, so that no two keys give the same. */
const tokenOf = (key: Key): Token => {
  if (key.length === 1) return key[0]!
  let token = ''
  for (const part of key) token += typeof part === 'number' ? `${part},` : `${part.length}:${part},`
  return token
}

const changeOf = (table: string, dirty: ReadonlyArray<Entry>): Change => {
  const put: Array<Row> = []
  const remove: Array<Key> = []
  for (const entry of dirty) {
    if (entry.row !== undefined) put.push(entry.row)
    else if (entry.stored !== false) remove.push(entry.key)
  }
  return { table, put, remove }
}

const isChange = (change: Change): boolean => change.put.length > 0 || change.remove.length > 0
