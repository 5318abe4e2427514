/**
 * From a submission over HTTP to the first line of the job's own process, one at a time on an idle `dev`; and how many `true` jobs a
 * second are finished when many are submitted at once, beside the rate at which Node alone can spawn `true` on this machine.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createClient, type Client, type JobInput } from '../../sdk/typescript/index.ts'
import { percentile, result, type Bench, type Result } from './bench.ts'
import { startServer, type Server } from './server.ts'

/** Slurm's srun on such a machine: 26.7 ms (reference measurements, docs/decisions/). */
const START_MUST_MS = 30

export const bench: Bench = {
  name: 'start',
  describe: 'submission over HTTP to the first line of the process; finished `true` jobs/s beside the bare spawn rate',
  run: async ({ smoke, progress }) => {
    const folder = await mkdtemp(join(tmpdir(), 'fastgpu-start-'))
    const server = await startServer(folder, ['--simulate', '8xH100:8'])
    const client = createClient({ url: server.url, token: server.token })
    try {
      const starts = await startLatencies(client, folder, smoke ? 10 : 200, progress)
      const finished = await finishedPerSecond(client, smoke ? 50 : 1_000, progress)
      const bare = await bareSpawnsPerSecond(smoke ? 50 : 1_000, progress)
      return [
        ...starts,
        result('start: finished `true` jobs, submitted at once', finished, 'jobs/s', {
          name: 'bare spawns of `true`, two at a time',
          value: bare
        })
      ]
    } finally {
      client.close()
      await stop(server, folder)
    }
  }
}

const stop = async (server: Server, folder: string): Promise<void> => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}

const jobOf = (command: ReadonlyArray<string>, cwd: string): JobInput => ({
  tenant: 'bench',
  request: { gpus: 1 },
  body: JSON.stringify({ command, cwd, env: { PATH: '/usr/bin:/bin' } })
})

const startLatencies = async (
  client: Client,
  folder: string,
  count: number,
  progress: (text: string) => void
): Promise<ReadonlyArray<Result>> => {
  progress(`${count} jobs, one at a time`)
  const latencies: Array<number> = []
  for (let index = 0; index < count; index++) {
    const file = join(folder, `first-line-${index}`)
    const begunMs = performance.timeOrigin + performance.now()
    await client.submit(jobOf(['/bin/sh', '-c', `date +%s%N > ${file}.new && mv ${file}.new ${file}`], folder), { wait: false })
    latencies.push((await firstLine(file)) / 1e6 - begunMs)
    // Idle again before the next.
    await pause(20)
  }
  const limit = { name: 'must', value: START_MUST_MS }
  return ([0.5, 0.99] as const).map((share) =>
    result(`start: submission to the first line of the process, p${share * 100}`, percentile(latencies, share), 'ms', limit)
  )
}

const firstLine = async (file: string): Promise<number> => {
  for (;;) {
    try {
      return Number(await readFile(file, 'utf8'))
    } catch {
      await pause(2)
    }
  }
}

const finishedPerSecond = async (client: Client, count: number, progress: (text: string) => void): Promise<number> => {
  progress(`${count} jobs at once`)
  const from = (await client.status()).head.events
  const jobs = Array.from({ length: count }, () => jobOf(['true'], '/'))
  const begun = performance.now()
  await client.submitBatch(jobs, { wait: false })
  let ended = 0
  for await (const event of client.watch({ from, types: ['JobEnded'] })) {
    ended += 1
    if (event.data['outcome'] !== 'succeeded') throw new Error(`a job ended as ${String(event.data['outcome'])}`)
    if (ended === count) break
  }
  return count / ((performance.now() - begun) / 1000)
}

/** In a Node of its own: a fork copies the page tables of the process that forks, and this one may have grown large. */
const bareSpawnsPerSecond = async (count: number, progress: (text: string) => void): Promise<number> => {
  progress(`${count} bare spawns`)
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', BARE_SPAWNS, String(count)])
  return Number(stdout)
}

const BARE_SPAWNS = `
  import { spawn } from 'node:child_process'
  const count = Number(process.argv[1])
  let left = count
  const chain = async () => {
    while (left-- > 0) await new Promise((resolve) => spawn('true', { stdio: 'ignore' }).once('close', resolve))
  }
  const begun = performance.now()
  await Promise.all([chain(), chain()])
  console.log(count / ((performance.now() - begun) / 1000))
`

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
