/**
 * A two-way dictionary between names and dense numbers: names on a shelf, and an open-addressing index of them in a table, so that
 * a kept dictionary costs no copy. Numbers are given in the order in which names are added; a name is never taken away.
 */
import { append, define, edit, keep, read, seal, type Rows, type Table } from './table.ts'
import { at, editShelf, emptyShelf, keepShelf, push, readShelf, sealShelf, type Shelf, type Slots } from './shelf.ts'

const Index = define({ entry: 'int32' })
const entry = Index.column.entry
const SLOTS_MIN = 64

export interface Names {
  readonly texts: Shelf<string>
  readonly index: Table
}

export interface NamesEdit {
  readonly texts: Slots<string>
  index: Rows
}

export const emptyNames = (): Names => ({ texts: emptyShelf(), index: seal(indexOf(SLOTS_MIN)) })
export const editNames = (names: Names): NamesEdit => ({ texts: editShelf(names.texts), index: edit(names.index) })
export const sealNames = (names: NamesEdit): Names => ({ texts: sealShelf(names.texts), index: seal(names.index) })
export const keepNames = (names: Names): Names => ({ texts: keepShelf(names.texts), index: keep(names.index) })
export const countOf = (names: Names): number => names.texts.size

export const nameOf = (names: Names, number: number): string => at(readShelf(names.texts), number)

/** The number of a name, or -1 where nobody has added it. */
export const numberOf = (names: Names, name: string): number => find(readShelf(names.texts), read(names.index), name)

/** Adds a name and answers its number; a name that is there already keeps the number it has. */
export const addName = (names: NamesEdit, name: string): number => {
  const known = find(names.texts, names.index, name)
  if (known >= 0) return known
  const number = push(names.texts, name)
  if (names.texts.size * 2 > names.index.size) grow(names)
  else place(names.index, hash(name), number)
  return number
}

/** FNV-1a over UTF-16 code units. Speed only: equality is always decided on the text itself. */
const hash = (name: string): number => {
  let value = 0x811c9dc5
  for (let index = 0; index < name.length; index++) value = Math.imul(value ^ name.charCodeAt(index), 0x01000193)
  return value >>> 0
}

const indexOf = (slots: number): Rows => {
  const rows = edit(Index.empty())
  for (let slot = 0; slot < slots; slot++) append(rows)
  return rows
}

const find = (texts: Slots<string>, index: Rows, name: string): number => {
  const mask = index.size - 1
  for (let slot = hash(name) & mask; ; slot = (slot + 1) & mask) {
    // An entry is the number plus one, so that a row of zeros is an empty slot.
    const number = entry.get(index, slot) - 1
    if (number < 0) return -1
    if (at(texts, number) === name) return number
  }
}

const place = (index: Rows, hashed: number, number: number): void => {
  const mask = index.size - 1
  let slot = hashed & mask
  while (entry.get(index, slot) !== 0) slot = (slot + 1) & mask
  entry.set(index, slot, number + 1)
}

const grow = (names: NamesEdit): void => {
  names.index = indexOf(names.index.size * 2)
  for (let number = 0; number < names.texts.size; number++) place(names.index, hash(at(names.texts, number)), number)
}
