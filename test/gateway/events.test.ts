/** The feed over Server-Sent Events, read by the client of the SDK: nothing is missed, nothing comes twice, nothing secret is told. */
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import type { FastGpuError } from '../../sdk/typescript/index.ts'
import { type Client, type WatchedEvent, type WatchOptions } from '../../sdk/typescript/index.ts'
import { flakyProxy } from './flakyProxy.ts'
import { givenGateway, job, TOKEN } from './given.ts'

const { memory, gateway, call, client } = await givenGateway({ heartbeatMs: 50, stallMsMax: 200, streamsMax: 3 })
const here = client()

const take = async (from: Client, count: number, options: WatchOptions): Promise<ReadonlyArray<WatchedEvent>> => {
  const taken: Array<WatchedEvent> = []
  for await (const event of from.watch(options)) if (taken.push(event) === count) break
  return taken
}
const positions = (events: ReadonlyArray<WatchedEvent>): ReadonlyArray<number> => events.map((event) => event.position)
const upTo = (count: number, from = 0): ReadonlyArray<number> => Array.from({ length: count }, (_, index) => from + index)
const end = (): number => memory.head().events

test('what was comes first, then what comes, each event once and in order', async () => {
  await here.submitBatch([job, job, job])
  const backlog = end()
  const watching = take(here, backlog + 2, { from: 0 })
  await here.submit(job)
  await here.submit(job)
  expect(positions(await watching)).toEqual(upTo(backlog + 2))
})

test('an event is a CloudEvent with names beside the numbers, and never has the body of a job', async () => {
  await here.submit({ ...job, name: 'train', body: '{"env":{"KEY":"s3cret"}}' }, { id: 'named' })
  const all = await take(here, end(), { from: 0 })
  const last = all.findLast((event) => event.type === 'fastgpu.JobSubmitted')
  expect(last).toMatchObject({
    specversion: '1.0',
    source: '/pools/default',
    datacontenttype: 'application/json',
    data: { jobName: 'train', tenantName: 'tenant 0', inputId: 'named', request: { gpus: 1 } }
  })
  expect(last?.id).toBe(String(last?.position))
  expect(JSON.stringify(all)).not.toContain('s3cret')
})

test('a filter leaves the other types out', async () => {
  const taken = await take(here, 3, { from: 0, types: ['JobSubmitted'] })
  expect(new Set(taken.map((event) => event.type))).toEqual(new Set(['fastgpu.JobSubmitted']))
})

test('however often the connection breaks, there is no gap and no duplicate', async () => {
  let seed = 7
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647)
  const proxy = await flakyProxy(gateway.port, () => 300 + (random() % 6_000))
  const far = client({ url: proxy.url })
  const from = end()
  const more = 120
  const watching = take(far, more, { from })
  for (let sent = 0; sent < more; sent += 20) await here.submitBatch(Array.from({ length: 20 }, () => job))
  expect(positions(await watching)).toEqual(upTo(more, from))
  expect(proxy.broken()).toBeGreaterThan(5)
  await proxy.close()
}, 30_000)

test('who begins at the end and loses the connection at once still misses nothing', async () => {
  let first = true
  // The answer's headers and the position where the feed begins take more than 200 bytes, the first event does not come through.
  const proxy = await flakyProxy(gateway.port, () => (first ? ((first = false), 420) : Infinity))
  const far = client({ url: proxy.url })
  const from = end()
  let dropped = 0
  const watching = take(far, 2, { onDrop: () => (dropped += 1) })
  await new Promise((resolve) => setTimeout(resolve, 40))
  await here.submit({ ...job, name: 'x'.repeat(100) })
  await here.submit(job)
  expect(positions(await watching)).toEqual([from, from + 1])
  expect(dropped).toBeGreaterThan(0)
  await proxy.close()
})

test('Last-Event-ID resumes after that event, and moves on with what a filter leaves out', async () => {
  const head = end()
  const text = await new Promise<string>((resolve) => {
    const socket = connect(gateway.port, '127.0.0.1')
    let seen = ''
    socket.on('data', (chunk) => {
      seen += chunk.toString()
      if (seen.includes(`id: ${head - 1}\n`)) socket.destroy()
    })
    socket.on('close', () => resolve(seen))
    socket.write(
      `GET /v1/events?types=JobEnded HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\nAuthorization: Bearer ${TOKEN}\r\nLast-Event-ID: 2\r\n\r\n`
    )
  })
  expect(text).toContain('id: 2\n\n')
  expect(text).not.toContain('data:')
})

test('a position that the ledger has not reached is refused, and so is a type that there is not', async () => {
  const watch = (options: WatchOptions) => take(here, 1, options).catch((error: FastGpuError) => error.code)
  expect(await watch({ from: end() + 1 })).toBe('FG_POSITION_AHEAD')
  expect(await watch({ types: ['JobSubmited'] })).toBe('FG_INPUT_MALFORMED')
  expect((await call({ path: '/v1/events', headers: { 'last-event-id': 'x' } })).status).toBe(400)
})

test('a client that takes nothing is cut off and resumes by position; nobody else notices', async () => {
  const from = end()
  const long = { ...job, name: 'n'.repeat(128) }
  for (let sent = 0; sent < 12; sent++) await here.submitBatch(Array.from({ length: 1_000 }, () => long))
  const socket = connect(gateway.port, '127.0.0.1')
  socket.pause()
  socket.write(`GET /v1/events?from=${from} HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`)
  await new Promise((resolve) => setTimeout(resolve, 600))
  const seen: Array<Buffer> = []
  socket.on('data', (chunk: Buffer) => seen.push(chunk))
  socket.on('error', () => undefined).resume()
  await new Promise((resolve) => socket.on('close', resolve))
  const ids = [
    ...Buffer.concat(seen)
      .toString()
      .matchAll(/^id: (\d+)\nevent/gm)
  ].map((match) => Number(match[1]))
  const last = ids.at(-1) ?? from - 1
  expect(last).toBeLessThan(end() - 1)
  expect(positions(await take(here, 100, { from: last + 1 }))).toEqual(upTo(100, last + 1))
}, 30_000)

test('only so many may follow at once', async () => {
  const stop = new AbortController()
  const open: Array<Promise<unknown>> = []
  const watching = upTo(3).map(async () => {
    const events = here.watch({ from: end() - 1, signal: stop.signal })[Symbol.asyncIterator]()
    open.push(events.next())
    await open.at(-1)
    return events.next()
  })
  await Promise.all(open)
  expect((await call({ path: '/v1/events' })).code).toBe('FG_BUSY')
  expect((await call({ path: '/v1/jobs/J0/logs' })).code).toBe('FG_BUSY')
  stop.abort()
  await Promise.all(watching)
})
