/**
 * The jobs that may start now, in the order of their turns: higher priority first, then lower number. Jobs of one shape and priority
 * are one class and stand in one line, so that looking for the next turn costs the classes, not the jobs.
 */
import { line, type Line } from './line.ts'

export interface Queue {
  readonly add: (job: number, shape: number, priority: number) => void
  /** Says that a job that stands in a line no longer waits; it is passed over when its turn comes. */
  readonly leave: (shape: number) => void
  /** How many jobs of the shape wait. */
  readonly waiting: (shape: number) => number
  /** The shapes that jobs wait of. */
  readonly shapes: () => Iterable<number>
  /** Begins to give turns, to jobs that still wait as the caller knows. */
  readonly turns: (isWaiting: (job: number) => boolean) => Turns
}

export interface Turns {
  /** The job whose turn it is; -1: no more. */
  readonly job: () => number
  readonly shape: () => number
  /** It got what it asked for and leaves the line. */
  readonly served: () => void
  /** It stays where it is, and with it its class, until the next plan. */
  readonly blocked: () => void
}

interface Class {
  readonly shape: number
  readonly priority: number
  readonly line: Line
  first: number
}

/** Priorities are between -2^20 and 2^20, so that a shape and a priority make one key. */
const PRIORITIES = 2 ** 21

export const queue = (): Queue => {
  const classes = new Map<number, Class>()
  const counts = new Map<number, number>()
  const change = (shape: number, by: 1 | -1): void => {
    const count = (counts.get(shape) ?? 0) + by
    if (count === 0) counts.delete(shape)
    else counts.set(shape, count)
  }
  return {
    add: (job, shape, priority) => {
      const key = shape * PRIORITIES + priority + PRIORITIES / 2
      let one = classes.get(key)
      if (one === undefined) {
        one = { shape, priority, line: line(), first: -1 }
        classes.set(key, one)
      }
      one.line.add(job)
      change(shape, 1)
    },
    leave: (shape) => change(shape, -1),
    waiting: (shape) => counts.get(shape) ?? 0,
    shapes: () => counts.keys(),
    turns: (isWaiting) => {
      const heap: Array<Class> = []
      for (const [key, one] of classes) {
        if (findFirst(one, isWaiting)) heap.push(one)
        else classes.delete(key)
      }
      for (let place = (heap.length >>> 1) - 1; place >= 0; place--) sink(heap, place)
      return turnsOf(heap, isWaiting, change)
    }
  }
}

const turnsOf = (heap: Array<Class>, isWaiting: (job: number) => boolean, change: (shape: number, by: 1 | -1) => void): Turns => {
  const drop = (): void => {
    const last = heap.pop()!
    if (heap.length === 0) return
    heap[0] = last
    sink(heap, 0)
  }
  return {
    job: () => heap[0]?.first ?? -1,
    shape: () => heap[0]?.shape ?? -1,
    served: () => {
      const one = heap[0]!
      one.line.dropFirst()
      change(one.shape, -1)
      if (findFirst(one, isWaiting)) sink(heap, 0)
      else drop()
    },
    blocked: drop
  }
}

/** Passes over those who wait no longer. */
const findFirst = (one: Class, isWaiting: (job: number) => boolean): boolean => {
  one.first = one.line.first()
  while (one.first >= 0 && !isWaiting(one.first)) {
    one.line.dropFirst()
    one.first = one.line.first()
  }
  return one.first >= 0
}

const goesFirst = (one: Class, other: Class): boolean =>
  one.priority !== other.priority ? one.priority > other.priority : one.first < other.first

const sink = (heap: Array<Class>, from: number): void => {
  const one = heap[from]!
  let place = from
  for (;;) {
    let child = 2 * place + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && goesFirst(heap[child + 1]!, heap[child]!)) child += 1
    if (!goesFirst(heap[child]!, one)) break
    heap[place] = heap[child]!
    place = child
  }
  heap[place] = one
}
