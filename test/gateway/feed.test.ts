/** The ledger as one list of events: from any position, whatever the rounds look like, kept in memory or read from the store. */
import * as E from 'fp-ts/lib/Either.js'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Fact } from '../../domain/events/facts.ts'
import { tenantNo } from '../../domain/kernel/ids.ts'
import { feedOf, type Feed } from '../../services/gateway/feed.ts'
import { publicEvent } from '../../services/gateway/publicEvent.ts'
import { memoryBackend, type MemoryBackend } from './memoryBackend.ts'

const named = (tenant: number): Fact => ({ type: 'TenantNamed', tenant: tenantNo(tenant), name: `t${tenant}` })

/** Rounds with so many events each; some have none. */
const sayRounds = async (memory: MemoryBackend, sizes: ReadonlyArray<number>): Promise<number> => {
  let said = memory.head().events
  for (const size of sizes) await memory.say(Array.from({ length: size }, () => named(said++)))
  return said
}

const readAll = async (feed: Feed, from: number): Promise<ReadonlyArray<string>> => {
  const texts: Array<string> = []
  let next = from
  for (;;) {
    const slice = await feed.read(next)
    if (E.isLeft(slice)) throw new Error(slice.left.message)
    for (const event of slice.right.events) {
      expect(event.position).toBe(from + texts.length)
      texts.push(event.text)
    }
    if (slice.right.next === next) return texts
    next = slice.right.next
  }
}

test('from every position, the stored and the kept rounds tell the same events, each once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(4), { maxLength: 40 }),
      fc.array(fc.nat(4), { maxLength: 10 }),
      fc.nat(),
      async (first, then, where) => {
        const memory = memoryBackend()
        const saw = feedOf(memory.backend)
        await sayRounds(memory, first)
        // This one begins in the middle, so that a part of what it tells is from the store.
        const joined = feedOf(memory.backend)
        const end = await sayRounds(memory, then)
        const late = feedOf(memory.backend)
        const from = where % (end + 1)
        const all = await readAll(saw, from)
        expect(all).toHaveLength(end - from)
        expect(await readAll(joined, from)).toEqual(all)
        expect(await readAll(late, from)).toEqual(all)
        expect(await late.end()).toEqual(E.right(end))
        for (const feed of [saw, joined, late]) feed.close()
        await memory.close()
      }
    ),
    { numRuns: 200 }
  )
})

test('more rounds than are kept are read on without a gap', async () => {
  const memory = memoryBackend()
  const feed = feedOf(memory.backend)
  const end = await sayRounds(
    memory,
    Array.from({ length: 700 }, (_, round) => round % 3)
  )
  expect(await readAll(feed, 0)).toHaveLength(end)
  feed.close()
  await memory.close()
})

test('a name that nobody knows is null, and the event is told all the same', () => {
  const unknown = () => undefined
  const names = { job: unknown, node: unknown, gpu: unknown, tenant: unknown, model: unknown, label: unknown, shape: unknown }
  const allocated = { type: 'JobAllocated', job: 3, attempt: 1, tasks: [{ node: 1, gpus: [4] }] } as const
  const told = publicEvent(allocated as never, names, { pool: 'p', position: 7, atMs: 0 })
  expect(told).toEqual({
    specversion: '1.0',
    id: '7',
    source: '/pools/p',
    type: 'fastgpu.JobAllocated',
    time: '1970-01-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    data: { job: 3, attempt: 1, tasks: [{ node: 1, gpus: [4], nodeName: null, gpuUuids: [null] }], jobName: null, tenantName: null }
  })
})
