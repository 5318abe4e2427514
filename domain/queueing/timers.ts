/** At most one time for each number, and quick answers to which comes next and which have passed: a heap that knows where everybody stands. */
export interface Timers {
  /** Sets the time of a number, or moves it. */
  readonly set: (number: number, timeMs: number) => void
  readonly remove: (number: number) => void
  readonly has: (number: number) => boolean
  /** All numbers that have a time, in no order. */
  readonly numbers: () => Iterable<number>
  /** The earliest time; -1: there is none. */
  readonly firstMs: () => number
  /** Takes out a number whose time has come, the earliest first; -1: there is none. */
  readonly takeDue: (atMs: number) => number
}

export const timers = (): Timers => {
  const numbers: Array<number> = []
  const times: Array<number> = []
  const places = new Map<number, number>()

  const put = (place: number, number: number, timeMs: number): void => {
    numbers[place] = number
    times[place] = timeMs
    places.set(number, place)
  }
  /** Puts a number where it belongs, from a free place upwards and then downwards. */
  const settle = (from: number, number: number, timeMs: number): void => {
    let place = from
    while (place > 0 && times[(place - 1) >>> 1]! > timeMs) {
      const parent = (place - 1) >>> 1
      put(place, numbers[parent]!, times[parent]!)
      place = parent
    }
    for (;;) {
      let child = 2 * place + 1
      if (child >= times.length) break
      if (child + 1 < times.length && times[child + 1]! < times[child]!) child += 1
      if (times[child]! >= timeMs) break
      put(place, numbers[child]!, times[child]!)
      place = child
    }
    put(place, number, timeMs)
  }
  const remove = (number: number): void => {
    const place = places.get(number)
    if (place === undefined) return
    places.delete(number)
    const lastNumber = numbers.pop()!
    const lastTime = times.pop()!
    if (lastNumber !== number) settle(place, lastNumber, lastTime)
  }
  return {
    set: (number, timeMs) => {
      remove(number)
      numbers.push(number)
      times.push(timeMs)
      settle(times.length - 1, number, timeMs)
    },
    remove,
    has: (number) => places.has(number),
    numbers: () => places.keys(),
    firstMs: () => times[0] ?? -1,
    takeDue: (atMs) => {
      const first = numbers[0]
      if (first === undefined || times[0]! > atMs) return -1
      remove(first)
      return first
    }
  }
}
