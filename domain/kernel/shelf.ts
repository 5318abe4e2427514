/**
 * A growing list of immutable values, indexed by a dense number, with the same versions as a table: one newest that is written in
 * place, and kept ones that cost a copy of the page list. For the few things of a state that are not integers: names, shapes, node facts.
 */
const PAGE_BITS = 8
const PAGE_MASK = (1 << PAGE_BITS) - 1

export interface Shelf<T> {
  readonly size: number
  readonly generation: number
  readonly slots: Slots<T>
}

export interface Slots<T> {
  size: number
  generation: number
  epoch: number
  readonly pages: Array<Array<T>>
  readonly owners: Array<number>
}

export const emptyShelf = <T>(): Shelf<T> => ({
  size: 0,
  generation: 0,
  slots: { size: 0, generation: 0, epoch: 0, pages: [], owners: [] }
})

export const readShelf = <T>(shelf: Shelf<T>): Slots<T> => {
  if (shelf.generation !== shelf.slots.generation)
    throw new Error(`shelf version ${shelf.generation} is spent; keep what you want to read later`)
  return shelf.slots
}

export const editShelf = <T>(shelf: Shelf<T>): Slots<T> => {
  const slots = readShelf(shelf)
  slots.generation += 1
  return slots
}

export const sealShelf = <T>(slots: Slots<T>): Shelf<T> => ({ size: slots.size, generation: slots.generation, slots })

export const keepShelf = <T>(shelf: Shelf<T>): Shelf<T> => {
  const slots = readShelf(shelf)
  slots.epoch += 1
  return sealShelf({ ...slots, pages: slots.pages.slice(), owners: slots.owners.slice() })
}

/** The value at a number that the state itself gave out; any other number is a bug. */
export const at = <T>(slots: Slots<T>, index: number): T => {
  const page = slots.pages[index >>> PAGE_BITS]
  if (page === undefined || index >= slots.size) throw new Error(`no value ${index} on a shelf of ${slots.size}`)
  return page[index & PAGE_MASK]!
}

export const push = <T>(slots: Slots<T>, value: T): number => {
  const index = slots.size++
  const number = index >>> PAGE_BITS
  if (number === slots.pages.length) {
    slots.pages.push([])
    slots.owners.push(slots.epoch)
  }
  own(slots, number).push(value)
  return index
}

export const put = <T>(slots: Slots<T>, index: number, value: T): void => {
  if (index >= slots.size) throw new Error(`no value ${index} on a shelf of ${slots.size}`)
  own(slots, index >>> PAGE_BITS)[index & PAGE_MASK] = value
}

const own = <T>(slots: Slots<T>, number: number): Array<T> => {
  const page = slots.pages[number]!
  if (slots.owners[number] === slots.epoch) return page
  const copy = page.slice()
  slots.pages[number] = copy
  slots.owners[number] = slots.epoch
  return copy
}
