/**
 * Submissions over HTTP, each answered when its job has its number, by a client on the same machine: singly, and in batches of 100.
 * The limit is how often a bare node:http server in the gateway's place echoes the same bytes.
 */
import { fork } from 'node:child_process'
import { createClient, type JobInput } from '../../sdk/typescript/index.ts'
import { nodeTransport } from '../../sdk/typescript/transport.ts'
import { result, type Bench, type Result } from './bench.ts'

/** Requests under way at once. */
const AT_ONCE = 64
const BATCH = 100

export const bench: Bench = {
  name: 'api',
  describe: 'submissions over HTTP until each job has its number, beside bare HTTP echoes of the same bytes',
  run: async ({ smoke, progress }) => {
    const singles = smoke ? 300 : 20_000
    const batches = smoke ? 5 : 500
    const results: Array<Result> = []
    progress(`${singles} submissions, ${AT_ONCE} at once`)
    results.push(await compare('api: submissions, singly', singles, 1))
    progress(`${batches} batches of ${BATCH}`)
    results.push(await compare(`api: submissions, in batches of ${BATCH}`, batches, BATCH))
    return results
  }
}

const compare = async (name: string, requests: number, jobsEach: number): Promise<Result> => {
  const body = JSON.stringify(jobsEach === 1 ? jobOf(0) : { jobs: Array.from({ length: jobsEach }, (_, index) => jobOf(index)) })
  const echoed = await withServer('echo', async ({ url }) => {
    const transport = nodeTransport(url)
    const headers = { 'content-type': 'application/json', authorization: 'Bearer bench' }
    const rate = await rateOf(requests, async () => {
      const answer = await transport.send({ method: 'POST', path: '/', headers, body })
      for await (const chunk of answer.body) void chunk
    })
    transport.close()
    return rate
  })
  const submitted = await withServer('dev', async (server) => {
    const client = createClient(server)
    const rate = await rateOf(requests, async (index) => {
      if (jobsEach === 1) await client.submit(jobOf(index))
      else await client.submitBatch(Array.from({ length: jobsEach }, (_, place) => jobOf(index * jobsEach + place)))
    })
    client.close()
    return rate
  })
  return result(name, submitted * jobsEach, 'submissions/s', { name: 'bare echoes of the same bytes, in jobs', value: echoed * jobsEach })
}

/** Calls per second after a short warm-up, so many at once. */
const rateOf = async (count: number, call: (index: number) => Promise<void>): Promise<number> => {
  const warmUp = Math.ceil(count / 10)
  let next = 0
  const work = async (end: number): Promise<void> => {
    while (next < end) await call(next++)
  }
  const workers = (end: number): Promise<unknown> => Promise.all(Array.from({ length: AT_ONCE }, () => work(end)))
  await workers(warmUp)
  const begun = performance.now()
  await workers(warmUp + count)
  return count / ((performance.now() - begun) / 1000)
}

interface Address {
  readonly url: string
  readonly token: string
}

const withServer = async <A>(kind: 'echo' | 'dev', use: (server: Address) => Promise<A>): Promise<A> => {
  const server = fork(new URL('./apiServer.ts', import.meta.url), [kind], { execArgv: [] })
  try {
    const address = await new Promise<Address>((resolve, reject) => {
      server.once('message', (message: Address) => resolve(message))
      server.once('exit', (code) => reject(new Error(`the server ended with ${code} before it listened`)))
    })
    return await use(address)
  } finally {
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.disconnect()
    await ended
  }
}

const jobOf = (index: number): JobInput => ({
  tenant: 'ann',
  name: `train-${index}`,
  request: { gpus: 1, gpuModels: [['H200']] },
  body: JSON.stringify({
    command: ['python', 'train.py', '--lr', '0.001'],
    cwd: '/home/ann/project',
    env: { HOME: '/home/ann', PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' }
  })
})
