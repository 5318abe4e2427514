/** The SDK against the real gateway. */
import { createServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import type { FastGpuError } from '../../sdk/typescript/index.ts'
import { flakyProxy } from './flakyProxy.ts'
import { givenGateway, job } from './given.ts'

const { memory, gateway, client } = await givenGateway({ closeMsMax: 200 })
const here = client()
const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'no error',
    (error: FastGpuError) => error.code
  )

test('jobs are submitted, listed by page, shown, explained and cancelled by J12 or 12', async () => {
  const one = await here.submit(job)
  expect(one).toMatchObject({ outcome: 'accepted', job: 'J0' })
  await here.submitBatch([job, job, job])
  const first = await here.jobs({ limit: 3 })
  expect(first.jobs.map((row) => row.job)).toEqual(['J3', 'J2', 'J1'])
  const second = await here.jobs({ limit: 3, after: first.next ?? '' })
  expect([second.jobs.map((row) => row.job), second.next]).toEqual([['J0'], null])
  expect((await here.job('J2')).number).toBe(2)
  expect((await here.explain(2)).never).toBe(true)
  expect(await here.cancel(2, 'enough')).toMatchObject({ outcome: 'accepted', changed: true })
  expect((await here.status()).pool).toBe('default')
})

test('every question has its route', async () => {
  expect(await here.nodes()).toEqual([])
  expect((await here.queue()).rows).toEqual([])
  expect((await here.usage({ by: 'model', sinceMs: 1, untilMs: 2 })).by).toBe('model')
  expect((await here.bill()).rows).toEqual([])
  expect(await here.forecast({ model: 'H100', hours: 12 })).toEqual([])
  expect(await here.setPolicy({ ...(await here.policy()), placement: 'spread' })).toMatchObject({ changed: true })
  expect(await here.setPrice('H100', 2_000_000)).toMatchObject({ changed: true })
  for (const order of [here.cordon('n1', 'why'), here.uncordon('n1', ''), here.drain('n1', 'why', { stopAtMs: 5 }), here.node('n1')])
    expect(await codeOf(order)).toBe('FG_NODE_UNKNOWN')
})

test('a refusal is an error with its code, its reasons and what to do', async () => {
  const error = await here.submit({ ...job, request: { gpus: 0, gpuMilli: 5 } }).catch((caught: FastGpuError) => caught)
  expect(error).toMatchObject({ name: 'FastGpuError', code: 'FG_FRACTION_WITHOUT_GPU', status: 422 })
  expect((error as FastGpuError).reasons).toHaveLength(1)
  expect((error as FastGpuError).next).toContain('GPU')
  expect(await codeOf(client({ token: 'wrong' }).status())).toBe('FG_UNAUTHORIZED')
  expect(await codeOf(here.job(9_999))).toBe('FG_JOB_UNKNOWN')
  expect(await codeOf(here.job('../status'))).toBe('FG_INPUT_MALFORMED')
})

test('a submission whose answer is lost is sent again under the same id, and makes one job', async () => {
  let connections = 0
  const proxy = await flakyProxy(gateway.port, () => (connections++ < 2 ? 10 : Infinity))
  const far = client({ url: proxy.url })
  const before = memory.head().events
  const answer = await far.submit(job)
  expect(answer.outcome).toBe('accepted')
  expect(proxy.broken()).toBe(2)
  const events = await here.jobs({ limit: 500 })
  expect(events.jobs.filter((row) => row.number >= Number(answer.outcome === 'accepted' ? answer.number : 0))).toHaveLength(1)
  expect(memory.head().events).toBe(before + 1)
  await proxy.close()
})

test('where nobody listens, and where somebody else does, the client says so', async () => {
  expect(await codeOf(client({ url: 'http://127.0.0.1:1', retriesMax: 1 }).status())).toBe('FG_UNREACHABLE')
  const other = createServer((socket) => socket.resume().end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello'))
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
  expect(await codeOf(client({ url, retriesMax: 0 }).status())).toBe('FG_ANSWER_MALFORMED')
  await new Promise((resolve) => other.close(resolve))
})

test('a watch that is aborted inside its loop ends there, and nothing crashes', async () => {
  const seen: Array<number> = []
  await here.submitBatch([job, job, job])
  for (const over of [here, client({ fetch: globalThis.fetch })]) {
    const stop = new AbortController()
    for await (const event of over.watch({ from: 0, signal: stop.signal })) {
      seen.push(event.position)
      stop.abort()
      // The connection ends while the loop is busy with something else.
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  expect(seen).toEqual([0, 0])
})

test('it works over fetch as well', async () => {
  const over = client({ fetch: globalThis.fetch })
  expect(await over.submit(job)).toMatchObject({ outcome: 'accepted' })
  for await (const event of over.watch({ from: 0 })) {
    expect(event.position).toBe(0)
    break
  }
})

test('a log is a stream of bytes that ends with the process', async () => {
  memory.logOf(
    0,
    (async function* () {
      yield Buffer.from('epoch 1\n')
      yield Buffer.from([0xff, 0x00, 0x0a])
    })()
  )
  const chunks: Array<Uint8Array> = []
  for await (const chunk of here.logs('J0', { follow: true, tail: 10, stream: 'all' })) chunks.push(chunk)
  expect(Buffer.concat(chunks).equals(Buffer.concat([Buffer.from('epoch 1\n'), Buffer.from([0xff, 0x00, 0x0a])]))).toBe(true)
  await expect(
    (async () => {
      for await (const _ of here.logs('J1')) break
    })()
  ).rejects.toMatchObject({ code: 'FG_RUN_UNKNOWN' })
})

test('a gateway that closes ends what follows and answers what waits', async () => {
  const stop = new AbortController()
  let dropped = false
  const watching = (async () => {
    for await (const _ of here.watch({ signal: stop.signal, onDrop: () => ((dropped = true), stop.abort()) })) break
  })()
  memory.halt()
  const waiting = here.submit(job)
  await new Promise((resolve) => setTimeout(resolve, 50))
  await gateway.close()
  expect((await waiting).outcome).toBe('durable')
  await watching
  expect(dropped).toBe(true)
})
