/**
 * kill -9 of the whole server at every phase of its loop, again and again, under load: each acknowledged submission is in the ledger
 * exactly once, no attempt of a job started two processes, and no two attempts of a job lived at once.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, expect, it } from 'vitest'
import { createClient } from '../../sdk/typescript/index.ts'
import { openSqlite } from '../../infra/sqlite/openSqlite.ts'
import { recover } from '../../services/scheduler/recover.ts'
import { PHASES } from '../../services/scheduler/scheduler.ts'
import { verifyLedger } from '../../services/verifier/verify.ts'
import { load } from './client.ts'

const ALL_PHASES = [...PHASES, 'inFlight', 'launching']
const KILLS = Number(process.env['FASTGPU_KILLS'] ?? 203)
/** A phase is met at once, or after some rounds under load. */
const PASSES_MAX = 24
const TIMEOUT_MS = 20 * 60_000

const folder = mkdtempSync(join(tmpdir(), 'fastgpu-kill9-'))
const journal = join(folder, 'processes')
const children = new Set<ChildProcess>()
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

interface Server {
  readonly at: { readonly url: string; readonly token: string }
  readonly gone: Promise<NodeJS.Signals | null>
  readonly child: ChildProcess
}

/** A server that is ready; undefined where it killed itself before it was. */
const start = async (phase: string, passes: number): Promise<Server | undefined> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'devChild.ts'), join(folder, 'state'), phase, String(passes)], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  children.add(child)
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const gone = new Promise<NodeJS.Signals | null>((resolve) => child.once('close', (_code, signal) => resolve(signal)))
  void gone.then(() => children.delete(child))
  const ready = new Promise<string>((resolve) => child.stdout.setEncoding('utf8').once('data', resolve))
  const first = await Promise.race([ready, gone])
  if (said.includes('ALARM')) throw new Error(said)
  if (first === 'SIGKILL') return undefined
  if (first === null || !first.startsWith('{')) throw new Error(`the server ended with ${first}: ${said}`)
  return { at: JSON.parse(first) as Server['at'], gone, child }
}

/** The lines that the processes of jobs wrote: `start` or `end`, job, attempt, process. */
const processes = (): ReadonlyArray<{ readonly word: string; readonly job: string; readonly attempt: string }> =>
  readFileSync(journal, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '))
    .map(([word = '', job = '', attempt = '']) => ({ word, job, attempt }))

it(
  `survives ${KILLS} kills in ${ALL_PHASES.length} phases of the loop`,
  async () => {
    writeFileSync(journal, '')
    const script = `echo "start $FASTGPU_JOB $FASTGPU_ATTEMPT $$" >> ${journal}; sleep 0.05; echo "end $FASTGPU_JOB $FASTGPU_ATTEMPT $$" >> ${journal}`
    const body = JSON.stringify({ command: ['/bin/sh', '-c', script], cwd: folder, env: { PATH: '/usr/bin:/bin' } })
    const client = load((runnable) => ({
      tenant: 'chaos',
      body,
      request: runnable ? { gpus: 1 } : { gpus: 1, gpuModels: [['NOBODY-HAS-IT']] }
    }))
    const kills = new Map<string, number>(ALL_PHASES.map((phase) => [phase, 0]))
    for (let kill = 0; kill < KILLS; kill++) {
      const phase = ALL_PHASES[kill % ALL_PHASES.length] ?? ''
      const server = await start(phase, 1 + ((kill * 7) % PASSES_MAX))
      if (server !== undefined) {
        client.server(server.at)
        expect(await server.gone).toBe('SIGKILL')
        client.server(undefined)
      }
      kills.set(phase, (kills.get(phase) ?? 0) + 1)
    }
    const last = await start('none', 0)
    if (last === undefined) throw new Error('the last server was killed by nobody')
    client.server(last.at)
    await client.drain()
    await untilQuiet(last.at, client.acknowledged.size - client.runnable.size)
    client.server(undefined)
    last.child.kill('SIGTERM')
    await last.gone
    console.log(`kills by phase: ${[...kills].map(([phase, count]) => `${phase} ${count}`).join(', ')}`)
    console.log(
      `${client.acknowledged.size} submissions acknowledged, ${Math.round(client.rate())} a second while there was a server; ${client.runnable.size} of them ran`
    )
    if (KILLS >= 200) for (const [phase, count] of kills) expect(count, phase).toBeGreaterThanOrEqual(20)
    expect(client.rate()).toBeGreaterThan(200)
    await checkLedger(client.acknowledged, client.runnable)
    checkProcesses(client.runnable.size)
  },
  TIMEOUT_MS
)

/** Until every job that can run has ended, and only those wait that never can. */
const untilQuiet = async (at: Server['at'], never: number): Promise<void> => {
  const asking = createClient(at)
  for (;;) {
    const { live, pending } = await asking.status()
    if (live === 0 && pending === never) break
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  asking.close()
}

const checkLedger = async (acknowledged: ReadonlySet<string>, runnable: ReadonlySet<string>): Promise<void> => {
  const file = join(folder, 'state', 'log.db')
  const verified = await verifyLedger({ file })()
  expect(E.isRight(verified) ? verified.right : verified.left).toMatchObject({ ok: true })
  const opened = await openSqlite({ file, pool: 'default' })()
  if (E.isLeft(opened)) throw new Error(opened.left.message)
  const submitted = new Map<string, number>()
  const ended = new Map<number, string>()
  const ids = new Map<number, string>()
  const recovered = await recover(opened.right.ledger, (round) => {
    for (const fact of round.facts)
      if (fact.type === 'JobSubmitted') {
        submitted.set(fact.cause.id, (submitted.get(fact.cause.id) ?? 0) + 1)
        ids.set(fact.job, fact.cause.id)
      }
    for (const decision of round.decisions) if (decision.type === 'JobEnded') ended.set(decision.job, decision.outcome)
  })
  await opened.right.close()
  expect(E.isRight(recovered)).toBe(true)
  const lost = [...acknowledged].filter((id) => submitted.get(id) !== 1)
  expect(lost).toEqual([])
  expect([...submitted.values()].every((count) => count === 1)).toBe(true)
  const outcomes = [...ended].filter(([job]) => runnable.has(ids.get(job) ?? '')).map(([, outcome]) => outcome)
  expect(outcomes).toHaveLength(runnable.size)
  expect(new Set(outcomes)).toEqual(new Set(['succeeded']))
}

const checkProcesses = (jobs: number): void => {
  const starts = new Map<string, number>()
  const living = new Map<string, string>()
  for (const { word, job, attempt } of processes()) {
    if (word === 'start') {
      const run = `${job}.${attempt}`
      starts.set(run, (starts.get(run) ?? 0) + 1)
      expect(living.get(job), `job ${job}: attempt ${attempt} began while another lived`).toBeUndefined()
      living.set(job, attempt)
    } else living.delete(job)
  }
  expect([...starts].filter(([, count]) => count !== 1)).toEqual([])
  expect(new Set([...starts.keys()].map((run) => run.split('.')[0])).size).toBe(jobs)
}
