/**
 * Job numbers, the lowest first. New jobs come in rising order and stand in a plain queue; a job that comes back keeps its old number
 * and stands in a heap beside it.
 */
export interface Line {
  readonly add: (job: number) => void
  /** The lowest number; -1: there is none. */
  readonly first: () => number
  readonly dropFirst: () => void
}

const LENGTH_MIN = 16

export const line = (): Line => {
  let queue = new Int32Array(LENGTH_MIN)
  let head = 0
  let end = 0
  const returned: Array<number> = []

  const makeRoom = (): void => {
    const waiting = queue.subarray(head, end)
    // What was taken from the front is used again if it is half of all; else there is not enough of it, and the queue grows.
    const longer = waiting.length * 2 > queue.length ? new Int32Array(queue.length * 2) : queue
    if (longer === queue) queue.copyWithin(0, head, end)
    else longer.set(waiting)
    queue = longer
    end -= head
    head = 0
  }
  return {
    add: (job) => {
      if (end > head && job < queue[end - 1]!) return addTo(returned, job)
      if (end === queue.length) makeRoom()
      queue[end++] = job
    },
    first: () => {
      const queued = head < end ? queue[head]! : -1
      const back = returned[0]
      return back !== undefined && (queued < 0 || back < queued) ? back : queued
    },
    dropFirst: () => {
      const back = returned[0]
      if (back !== undefined && (head === end || back < queue[head]!)) dropFrom(returned)
      else head += 1
    }
  }
}

const addTo = (heap: Array<number>, job: number): void => {
  let place = heap.length
  heap.push(job)
  while (place > 0 && heap[(place - 1) >>> 1]! > job) {
    heap[place] = heap[(place - 1) >>> 1]!
    place = (place - 1) >>> 1
  }
  heap[place] = job
}

const dropFrom = (heap: Array<number>): void => {
  const last = heap.pop()!
  if (heap.length === 0) return
  let place = 0
  for (;;) {
    let child = 2 * place + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child += 1
    if (heap[child]! >= last) break
    heap[place] = heap[child]!
    place = child
  }
  heap[place] = last
}
