/**
 * The inputs that wait to be taken in: reads each stream on from its own position, decodes, and keeps what a step did not take. The
 * positions that a round records come from here, so that every input is taken exactly once.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Input, Poison } from '../../domain/events/input.ts'
import { STREAMS, type Stream } from '../../domain/events/inputs.ts'
import { TAKE_ORDER } from '../../domain/step.ts'
import type { Consumed } from '../../domain/events/round.ts'
import { READ_BYTES_MAX, type EventLog, type StoredInput } from '../../domain/ports/eventLog.ts'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import { chain } from '../../infra/ledger/inputHash.ts'
import { decodeInput } from '../../infra/ledger/decodeInput.ts'

/** Records of one stream that are read at once. */
const READ_RECORDS_MAX = 1024

interface Waiting {
  readonly record: StoredInput
  readonly input: Input | Poison
}

export interface Inbox {
  /** Reads on where nothing waits; a fault leaves everything as it was. */
  readonly fill: () => Promise<E.Either<Fault, void>>
  /** What waits: reports first, since they free what wishes wait for, then orders, then jobs. */
  readonly waiting: () => ReadonlyArray<Input | Poison>
  /** The first `count` of what waits were taken in; answers how far the streams are consumed now. */
  readonly take: (count: number) => Consumed
  /** Resolves when any stream may have grown, or at once where more is known to be there. */
  readonly grown: () => Promise<void>
  readonly close: () => void
}

export const inbox = (eventLog: EventLog, from: Consumed): Inbox => {
  const next: Record<Stream, number> = { jobs: from.jobs.next, orders: from.orders.next, heartbeats: from.heartbeats.next }
  const hash = { jobs: from.jobs.hash, orders: from.orders.hash }
  const queues: Record<Stream, Array<Waiting>> = { jobs: [], orders: [], heartbeats: [] }
  const dirty: Record<Stream, boolean> = { jobs: true, orders: true, heartbeats: true }
  let wake: (() => void) | undefined
  const stops = STREAMS.map((stream) =>
    eventLog.watch(stream, () => {
      dirty[stream] = true
      wake?.()
    })
  )

  const fillOne = async (stream: Stream): Promise<E.Either<Fault, void>> => {
    if (!dirty[stream] || queues[stream].length > 0) return E.right(undefined)
    // Cleared before the read: what grows while it runs is read the next time.
    dirty[stream] = false
    const records = await eventLog.read(stream, next[stream], READ_RECORDS_MAX)()
    if (E.isLeft(records)) {
      dirty[stream] = true
      return records
    }
    const missing = next[stream] + records.right.findIndex(({ position }, index) => position !== next[stream] + index)
    if (missing >= next[stream]) return E.left(fault('FG_INPUT_MISSING', `${stream} ${missing} is missing, and later ones are there`))
    if (records.right.length === READ_RECORDS_MAX || bytesOf(records.right) >= READ_BYTES_MAX) dirty[stream] = true
    queues[stream] = records.right.map((record) => ({ record, input: decodeInput(stream, record) }))
    return E.right(undefined)
  }

  const fill = async (): Promise<E.Either<Fault, void>> => {
    const results = await Promise.all(TAKE_ORDER.map(fillOne))
    return results.find(E.isLeft) ?? E.right(undefined)
  }

  const take = (count: number): Consumed => {
    let left = count
    for (const stream of TAKE_ORDER) {
      const taken = queues[stream].splice(0, left)
      left -= taken.length
      next[stream] += taken.length
      if (stream !== 'heartbeats') for (const { record } of taken) hash[stream] = chain(hash[stream], record)
    }
    return {
      jobs: { next: next.jobs, hash: hash.jobs },
      orders: { next: next.orders, hash: hash.orders },
      heartbeats: { next: next.heartbeats }
    }
  }

  const grown = (): Promise<void> =>
    new Promise((resolve) => {
      if (STREAMS.some((stream) => dirty[stream] || queues[stream].length > 0)) return resolve()
      wake = () => {
        wake = undefined
        resolve()
      }
    })

  return {
    fill,
    waiting: () => TAKE_ORDER.flatMap((stream) => queues[stream].map(({ input }) => input)),
    take,
    grown,
    close: () => stops.forEach((stop) => stop())
  }
}

const bytesOf = (records: ReadonlyArray<StoredInput>): number => records.reduce((sum, { data }) => sum + data.length, 0)
