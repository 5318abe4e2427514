/** Ctrl-C and start again: nothing is forgotten, whatever state it was in, and whatever happened in between. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratch } from '../cli/fastgpu.ts'
import { cli, dev, json, until, type Dev } from './product.ts'

interface Place {
  readonly state: string
  readonly run: ReturnType<typeof cli>
  /** The words that a job's script can wait for. */
  readonly say: (word: string) => void
  /** A script that waits for the word, and then ends with the code. */
  readonly waiting: (word: string, code: number) => string
  readonly stateOf: (job: string) => Promise<Job>
  readonly is: (job: string, state: string) => Promise<void>
}

interface Job {
  readonly state: string
  readonly exitCode: number | null
  readonly attempt: number
}

const place = (): Place => {
  const home = scratch()
  const state = join(home, 'state')
  const run = cli(state)
  const stateOf = async (job: string): Promise<Job> => json(await run(`fastgpu job ${job} --json`)) as Job
  return {
    state,
    run,
    say: (word) => writeFileSync(join(home, word), ''),
    waiting: (word, code) => `sh -c 'until [ -e ${join(home, word)} ]; do sleep 0.05; done; exit ${code}'`,
    stateOf,
    is: (job, wanted) => until(`${job} is ${wanted}`, async () => (await stateOf(job)).state === wanted)
  }
}

/** The launcher and the process of a run, from its claim: whom the end of a machine takes away at once. */
const processesOf = (state: string, run: string): ReadonlyArray<number> => {
  const pid = Number(/^claim (\d+) /.exec(readFileSync(join(state, 'runs', run, 'claim'), 'utf8'))?.[1])
  const parent = Number(/^\d+ \(.*\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1])
  return [parent, pid]
}

const stopped = async (server: Dev, jobs: number): Promise<void> => {
  expect(await server.stop()).toBe(0)
  expect(server.told()).toContain(jobs === 0 ? 'No job was running' : `${jobs} ${jobs === 1 ? 'job goes' : 'jobs go'} on running`)
}

test('jobs that run are taken up again, with their true ends, also where they ended in between', async () => {
  const { state, run, say, waiting, is, stateOf } = place()
  const first = await dev(state)
  for (const [word, code] of [
    ['later', 5],
    ['between', 6],
    ['never', 0]
  ] as const)
    await run(`fastgpu submit --gpus 1 -q -- ${waiting(word, code)}`)
  await run(`fastgpu submit --gpus 1 -N 2 -q -- ${waiting('later', 0)}`)
  for (const job of ['J0', 'J1', 'J2', 'J3']) await is(job, 'running')
  await stopped(first, 4)
  say('between')
  await until('J1 ended', () => readFileSync(join(state, 'runs', '1.1.0', 'claim'), 'utf8').includes('exit'))
  const second = await dev(state)
  await is('J1', 'failed')
  expect(await stateOf('J1')).toMatchObject({ exitCode: 6, attempt: 1 })
  expect((await run('fastgpu jobs --state running -o id')).stdout).toBe('J3\nJ2\nJ0\n')
  say('later')
  await is('J0', 'failed')
  await is('J3', 'succeeded')
  expect((await stateOf('J0')).exitCode).toBe(5)
  expect((await run('fastgpu cancel J2')).code).toBe(0)
  await is('J2', 'cancelled')
  await stopped(second, 0)
})

test('a machine that went down: what ran there is lost, tried again as the policy says, and never forgotten', async () => {
  const { state, run, waiting, is, stateOf } = place()
  const first = await dev(state)
  await run('fastgpu policy set lostRetriesMax=1')
  await run(`fastgpu submit --gpus 1 -q -- ${waiting('go', 0)}`)
  await is('J0', 'running')
  const down = async (server: Dev, attempt: number): Promise<void> => {
    await server.stop('SIGKILL')
    for (const pid of processesOf(state, `0.${attempt}.0`)) process.kill(pid, 'SIGKILL')
  }
  await down(first, 1)
  const second = await dev(state)
  await until('it runs again', async () => {
    const { state: now, attempt } = await stateOf('J0')
    return now === 'running' && attempt === 2
  })
  expect((await run('fastgpu job J0')).stdout).toContain('lost')
  await down(second, 2)
  const third = await dev(state)
  await is('J0', 'failed')
  expect((await stateOf('J0')).attempt).toBe(2)
  expect((await run('fastgpu job J0')).stdout).toContain('failed, lost with its node')
  await stopped(third, 0)
  expect((await run('fastgpu verify')).code).toBe(0)
})

test('jobs in every state', async () => {
  const { state, run, say, waiting, is, stateOf } = place()
  const first = await dev(state, '--simulate', '1xH100:4')
  await run('fastgpu policy set stopGraceMs=3000 retryDelayMs=2000 retryDelayMsMax=2000')
  await run('fastgpu submit --gpus 1 -q -t 2s -- sleep 60')
  await run(`fastgpu submit --gpus 1 -q -- sh -c 'trap "" TERM; while :; do sleep 0.05; done'`)
  await run(`fastgpu submit --gpus 1 -q --retries 1 -- sh -c '[ $FASTGPU_ATTEMPT = 2 ]'`)
  await run(`fastgpu submit --gpus 2 -q -- ${waiting('go', 0)}`)
  await run(`fastgpu submit --gpus 4 -q -- true`)
  await run(`fastgpu submit --gpus 5 -q -- true`)
  await is('J1', 'running')
  await is('J3', 'running')
  await run('fastgpu cancel J1')
  await until('J2 failed once', async () => (await run('fastgpu job J2')).stdout.includes('waits again'))
  await stopped(first, 3)
  expect((await run('fastgpu cancel J4')).code).toBe(69)
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  const second = await dev(state, '--simulate', '1xH100:4')
  await is('J0', 'timedOut')
  await is('J1', 'cancelled')
  await is('J2', 'succeeded')
  expect((await stateOf('J4')).state).toBe('pending')
  say('go')
  await is('J4', 'succeeded')
  expect((await run('fastgpu explain J5')).stdout).toContain('can never run')
  expect((await run('fastgpu replay --verify')).code).toBe(0)
  await stopped(second, 0)
})

test('another fleet, and the first one again', async () => {
  const { state, run, say, waiting, is } = place()
  const first = await dev(state, '--simulate', '2xH100:4')
  await run(`fastgpu submit --gpus 4 -q -- ${waiting('go', 3)}`)
  await run(`fastgpu submit --gpus 4 -q -- ${waiting('end', 0)}`)
  await is('J1', 'running')
  await stopped(first, 2)
  const second = await dev(state, '--simulate', '1xH100:4')
  const nodes = (await run('fastgpu nodes')).stdout
  expect(nodes).toMatch(/sim-2 +cordoned.*not part of this start/)
  expect((await run('fastgpu jobs --state running -o id')).stdout).toBe('J1\nJ0\n')
  say('go')
  await is('J0', 'failed')
  await run('fastgpu submit --gpus 4 -q -- true')
  await run('fastgpu submit --gpus 4 -q -- true')
  await is('J2', 'succeeded')
  await is('J3', 'succeeded')
  say('end')
  await is('J1', 'succeeded')
  await stopped(second, 0)
  const third = await dev(state, '--simulate', '2xH100:4')
  await until('the node is back', async () => /sim-2 +ready/.test((await run('fastgpu nodes')).stdout))
  await stopped(third, 0)
})

test('views that are gone, a second server, and a port that is taken', async () => {
  const { state, run } = place()
  const first = await dev(state)
  await run('fastgpu submit --gpus 1 --wait -q -- true')
  const billed = (await run('fastgpu job J0 --json')).stdout
  const second = await dev(state)
  expect(await second.ended).toBe(1)
  expect(second.told()).toContain(`process ${first.pid}`)
  expect(second.told()).toContain('FG_ALREADY_RUNNING')
  await stopped(first, 0)
  for (const end of ['', '-wal', '-shm']) rmSync(join(state, `views.db${end}`), { force: true })
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as AddressInfo
  const before = (await run('fastgpu verify --json')).stdout
  const third = await dev(state, '--port', String(port))
  expect(await third.ended).toBe(1)
  expect(third.told()).toContain('FG_PORT_TAKEN')
  expect(third.told()).toContain(`127.0.0.1:${port}`)
  expect(existsSync(join(state, 'dev.json'))).toBe(false)
  expect((await run('fastgpu verify --json')).stdout).toBe(before)
  other.close()
  const fourth = await dev(state)
  expect((await run('fastgpu job J0 --json')).stdout).toBe(billed)
  await stopped(fourth, 0)
})

test('a terminal that is closed ends it in order, and a reader who leaves does not end it', async () => {
  const { state, run } = place()
  const first = await dev(state)
  expect(await first.stop('SIGHUP')).toBe(0)
  expect(first.told()).toContain('Stopped.')
  const second = await dev(state)
  second.leave()
  await run('fastgpu policy set retryDelayMs=1')
  // A second start is refused by the one that runs, whose words nobody hears.
  expect(await (await dev(state)).ended).toBe(1)
  expect((await run('fastgpu submit --gpus 1 --wait -q -- true')).code).toBe(0)
  expect(await second.stop()).toBe(0)
  const own = readFileSync(join(state, 'server.log'), 'utf8')
  expect(own.match(/"msg":"stopped"/g)).toHaveLength(2)
  expect(own).not.toContain(readFileSync(join(state, 'token'), 'utf8').trim())
})

test('who follows a job over a restart gets all of its output, once, and its true end', async () => {
  const { state, run, say, waiting } = place()
  const first = await dev(state)
  const [, port = ''] = /127\.0\.0\.1:(\d+)/.exec(first.told()) ?? []
  const script = waiting('go', 3).replace("sh -c '", "sh -c 'echo before; ").replace('; exit', '; echo after; exit')
  const following = run(`fastgpu submit --gpus 1 --follow -q -- ${script}`)
  const silent = run(`fastgpu submit --gpus 1 --follow -q -- ${waiting('go', 0)}`)
  await until('both run', async () => (await run('fastgpu jobs --state running -o id')).stdout.trim().split('\n').length === 2)
  const logs = run('fastgpu logs -f J0')
  await stopped(first, 2)
  expect((await logs).code).toBe(69)
  say('go')
  const second = await dev(state, '--port', port)
  expect(await following).toMatchObject({ stdout: 'before\nafter\n', code: 3 })
  expect(await silent).toMatchObject({ stdout: '', code: 0 })
  expect(second.told()).toContain('Listening')
  await stopped(second, 0)
})
