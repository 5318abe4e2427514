/** What every event log does, whatever it is made of. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { STREAMS, type Stream } from '../../domain/events/inputs.ts'
import type { EventLog, InputRecord, StoredInput } from '../../domain/ports/eventLog.ts'
import { inputOf } from './inputs.ts'
import { until, valueOf, type Place } from './place.ts'

/** Bytes as text, so that a failing test shows them. */
const shown = (inputs: ReadonlyArray<InputRecord & { readonly position?: number }>) =>
  inputs.map((input) => ({ ...input, data: Buffer.from(input.data).toString('hex') }))

export const readAll = async (log: EventLog, stream: Stream): Promise<ReadonlyArray<StoredInput>> => {
  const all: Array<StoredInput> = []
  for (;;) {
    const some = valueOf(await log.read(stream, all.length, 1000)())
    if (some.length === 0) return all
    for (const input of some) all.push(input)
  }
}

const inputsAny: fc.Arbitrary<InputRecord> = fc.record({
  id: fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
  source: fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
  type: fc.string({ maxLength: 20 }),
  time: fc.string({ maxLength: 30 }),
  data: fc.uint8Array({ maxLength: 300 })
})

export const eventLogContract = (name: string, make: () => Promise<Place<EventLog>>): void => {
  describe(`an event log (${name})`, () => {
    let place: Place<EventLog>
    let log: EventLog
    beforeEach(async () => {
      place = await make()
      log = await place.open()
    })
    afterEach(() => place.remove())

    const append = async (stream: Stream, ...records: ReadonlyArray<InputRecord>) => valueOf(await log.append(stream, records)())

    test('gives each stream positions of its own, from 0 on', async () => {
      for (const stream of STREAMS) {
        expect(valueOf(await log.end(stream)())).toBe(0)
        expect(await append(stream, inputOf('a'), inputOf('b'))).toEqual([0, 1])
        expect(await append(stream, inputOf('c'))).toEqual([2])
        expect(await append(stream)).toEqual([])
        expect(valueOf(await log.end(stream)())).toBe(3)
      }
    })

    test('reads from any position, at most so many', async () => {
      await append('jobs', inputOf('a'), inputOf('b'), inputOf('c'))
      const ids = async (from: number, recordsMax: number) => valueOf(await log.read('jobs', from, recordsMax)()).map((input) => input.id)
      expect(await ids(0, 10)).toEqual(['a', 'b', 'c'])
      expect(await ids(1, 1)).toEqual(['b'])
      expect(await ids(3, 10)).toEqual([])
      expect(await ids(9, 10)).toEqual([])
    })

    test('answers every record as it was given, whatever its text and bytes are', async () => {
      const given: Array<InputRecord> = []
      await fc.assert(
        fc.asyncProperty(fc.array(inputsAny, { minLength: 1, maxLength: 8 }), async (records) => {
          const positions = await append('orders', ...records)
          expect(positions).toEqual(records.map((_, index) => given.length + index))
          given.push(...records)
        })
      )
      const again = await place.open()
      for (const reader of [log, again])
        expect(shown(await readAll(reader, 'orders'))).toEqual(shown(given.map((record, position) => ({ ...record, position }))))
      await again.close()
    })

    test('keeps the order of one writer without waiting, and gives no position twice between writers', async () => {
      const rival = await place.open()
      const writes = Array.from({ length: 400 }, async (_, index) => {
        const writer = index % 2 === 0 ? log : rival
        return valueOf(await writer.append('jobs', [inputOf(`${index}-0`), inputOf(`${index}-1`)])())
      })
      const positions = await Promise.all(writes)
      expect(positions.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 800 }, (_, position) => position))
      const stored = await readAll(rival, 'jobs')
      positions.forEach((pair, index) => {
        expect(pair[1]).toBe(pair[0]! + 1)
        expect(stored[pair[0]!]?.id).toBe(`${index}-0`)
      })
      for (const mine of [0, 1]) {
        const firsts = positions.filter((_, index) => index % 2 === mine).map((pair) => pair[0]!)
        expect(firsts).toEqual([...firsts].sort((a, b) => a - b))
      }
      await rival.close()
    })

    test('keeps its records when the caller writes over the bytes it gave', async () => {
      const record = inputOf('a')
      await append('jobs', record)
      record.data.fill(0)
      expect(shown(await readAll(log, 'jobs'))).toEqual(shown([{ ...inputOf('a'), position: 0 }]))
    })

    test('stores the same record again under another position: retries are told apart by who reads them', async () => {
      expect(await append('jobs', inputOf('a'))).toEqual([0])
      expect(await append('jobs', inputOf('a'), inputOf('a'))).toEqual([1, 2])
      expect((await readAll(log, 'jobs')).map((input) => input.id)).toEqual(['a', 'a', 'a'])
    })

    test('calls whoever watches a stream, also when another writer appended, until they stop', async () => {
      const rival = await place.open()
      const calls = { jobs: 0, orders: 0 }
      const stop = log.watch('jobs', () => calls.jobs++)
      log.watch('orders', () => calls.orders++)
      await append('jobs', inputOf('a'))
      await until(() => calls.jobs >= 1)
      const before = calls.jobs
      valueOf(await rival.append('jobs', [inputOf('b')])())
      await until(() => calls.jobs > before)
      stop()
      const stopped = calls.jobs
      await append('jobs', inputOf('c'))
      expect([calls.jobs, calls.orders]).toEqual([stopped, 0])
      await rival.close()
    })

    test('takes 100,000 records and answers them all', async () => {
      const records = Array.from({ length: 1_000 }, (_, index) => inputOf(`${index}`))
      const positions = (await Promise.all(Array.from({ length: 100 }, () => append('heartbeats', ...records)))).flat()
      expect(positions.length).toBe(100_000)
      expect(positions.at(-1)).toBe(99_999)
      const stored = await readAll(log, 'heartbeats')
      expect(stored.length).toBe(100_000)
      expect(stored.every((input, position) => input.position === position && input.id === `${position % 1_000}`)).toBe(true)
    }, 60_000)
  })
}
