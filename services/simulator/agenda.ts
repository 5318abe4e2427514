/** What will happen in simulated time: a heap by time, and in the order of entry where times are equal. */
export interface Due {
  readonly atMs: number
  readonly order: number
}

export interface Agenda<T extends Due> {
  readonly add: (due: T) => void
  /** The earliest, left where it is. */
  readonly peek: () => T | undefined
  readonly pop: () => T | undefined
}

export const agenda = <T extends Due>(): Agenda<T> => {
  const heap: Array<T> = []
  const before = (a: T, b: T): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)

  const add = (due: T): void => {
    let at = heap.length
    heap.push(due)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(due, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = due
  }

  const pop = (): T | undefined => {
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1
      if (!before(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return first
  }
  return { add, peek: () => heap[0], pop }
}
