/** The life of jobs as their owners meet it at the command line: how they end, wait, share, are stopped, and what they leave behind. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient, type Client } from '../../sdk/typescript/index.ts'
import { scratch } from '../cli/fastgpu.ts'
import { cli, dev, json, until, type Dev } from './product.ts'

const home = scratch()
const state = join(home, 'state')
const run = cli(state)
let server: Dev
let client: Client

beforeAll(async () => {
  server = await dev(state, '--simulate', '2xH100:4')
  const { url } = JSON.parse(readFileSync(join(state, 'dev.json'), 'utf8')) as { readonly url: string }
  client = createClient({ url, token: readFileSync(join(state, 'token'), 'utf8').trim() })
  await run('fastgpu policy set stopGraceMs=500 retryDelayMs=200')
})
afterAll(async () => {
  client.close()
  await server.stop()
})

interface Shown {
  readonly job: string
  readonly state: string
  readonly exitCode: number | null
  readonly attempt: number
  readonly nodes: ReadonlyArray<string>
  readonly members: ReadonlyArray<{ readonly gpuIndexes: ReadonlyArray<number>; readonly detail: string | null }>
  readonly startedMs: number | null
}
const submit = async (flags: string, command: string): Promise<string> => {
  const ran = await run(`fastgpu submit ${flags} -o id -q -- ${command}`)
  expect(ran.code, ran.stderr).toBe(0)
  return ran.stdout.trim()
}
const show = async (job: string): Promise<Shown> => json(await run(`fastgpu job ${job} --json`)) as Shown
const is = (job: string, wanted: string): Promise<void> => until(`${job} is ${wanted}`, async () => (await show(job)).state === wanted)
const ended = async (job: string): Promise<Shown> => {
  await until(`${job} ended`, async () => !['pending', 'allocated', 'running', 'stopping'].includes((await show(job)).state))
  return show(job)
}
const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`) && !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
const pidIn = (name: string): number => Number(readFileSync(join(home, name), 'utf8'))
/** Takes all eight GPUs until it is cancelled. */
const holdAll = async (): Promise<string> => {
  const job = await submit('--gpus 4 -N 2', 'sleep 60')
  await is(job, 'running')
  return job
}

describe('a job ends', { timeout: 60_000 }, () => {
  it('by its retries, each after a delay', async () => {
    expect((await run(`fastgpu submit --gpus 1 --retries 2 --wait -q -- sh -c 'exit $((10 + FASTGPU_ATTEMPT))'`)).code).toBe(13)
  })
  it('by its time limit, and hard where it does not listen', async () => {
    const polite = `echo $$ > ${join(home, 'polite')}; exec sleep 60`
    const deaf = `trap "" TERM; echo $$ > ${join(home, 'deaf')}; while :; do sleep 0.05; done`
    const codes = await Promise.all([polite, deaf].map((script) => run(`fastgpu submit --gpus 1 -t 400ms --wait -q -- sh -c '${script}'`)))
    expect(codes.map(({ code }) => code)).toEqual([124, 124])
    expect([isAlive(pidIn('polite')), isAlive(pidIn('deaf'))]).toEqual([false, false])
  })
  it('with all the processes that it made', async () => {
    const script = `(sleep 60 & echo $! > ${join(home, 'child')}); exit 5`
    expect((await run(`fastgpu submit --gpus 1 --wait -q -- sh -c '${script}'`)).code).toBe(5)
    await until('its child is gone', () => !isAlive(pidIn('child')))
  })
  it('as a gang where one member fails: the others are stopped', async () => {
    const job = await submit('--gpus 1 -N 2', `sh -c '[ $RANK = 1 ] && exit 9; exec sleep 60'`)
    const shown = await ended(job)
    expect(shown).toMatchObject({ state: 'failed', exitCode: 9 })
    expect(shown.members[0]?.detail).toContain('memberFailed')
  })
})

describe('cancel', { timeout: 60_000 }, () => {
  it('of a job that waits, that runs, that stops already, that waits for its next attempt, and that ended', async () => {
    const runs = await holdAll()
    const waits = await submit('--gpus 1', 'true')
    expect((await run(`fastgpu cancel ${waits}`)).stdout).toBe(`${waits} is cancelled\n`)
    expect(await show(waits)).toMatchObject({ state: 'cancelled', attempt: 0 })
    await run(`fastgpu cancel ${runs}`)
    expect((await ended(runs)).state).toBe('cancelled')

    const deaf = await submit('--gpus 1', `sh -c 'trap "" TERM; while :; do sleep 0.05; done'`)
    await is(deaf, 'running')
    await run(`fastgpu cancel ${deaf}`)
    const again = await run(`fastgpu cancel ${deaf}`)
    expect(again.stdout + again.stderr).toMatch(/was being cancelled already|FG_JOB_ENDED/)
    expect((await ended(deaf)).state).toBe('cancelled')

    await run('fastgpu policy set retryDelayMs=60000 retryDelayMsMax=60000')
    const delayed = await submit('--gpus 1 --retries 3', 'false')
    await until('it waits for its next attempt', async () => (await show(delayed)).state === 'pending')
    expect((await run(`fastgpu explain ${delayed}`)).stdout).toContain('tried again in')
    await run(`fastgpu cancel ${delayed}`)
    expect(await ended(delayed)).toMatchObject({ state: 'cancelled', attempt: 1 })
    await run('fastgpu policy set retryDelayMs=200 retryDelayMsMax=300000')
    expect((await run(`fastgpu cancel ${delayed}`)).stdout).toContain('already')
    const done = await submit('--gpus 0', 'true')
    await ended(done)
    expect(await run(`fastgpu cancel ${done}`)).toMatchObject({ code: 1, stderr: expect.stringContaining('FG_JOB_ENDED') as string })
    expect((await run('fastgpu cancel J99999')).code).toBe(3)
  })
})

describe('who goes first', { timeout: 60_000 }, () => {
  it('is a matter of priority, and then of the pool: others may pass a blocked job, or nobody', async () => {
    const all = await holdAll()
    const low = await submit('--gpus 4 -N 2', 'true')
    const high = await submit('--gpus 4 -N 2 --priority 5', 'true')
    await run(`fastgpu cancel ${all}`)
    const [first, second] = [await ended(high), await ended(low)]
    expect(first.startedMs).toBeLessThanOrEqual(second.startedMs ?? 0)

    const half = await submit('--gpus 4', 'sleep 60')
    await is(half, 'running')
    await run('fastgpu policy set order=strict')
    const blocked = await submit('--gpus 4 -N 2', 'true')
    const behind = await submit('--gpus 1', 'true')
    expect((await run(`fastgpu explain ${behind}`)).stdout).toContain('BehindBlockedJob')
    await run('fastgpu policy set order=pass')
    expect((await ended(behind)).state).toBe('succeeded')
    expect((await show(blocked)).state).toBe('pending')
    await run(`fastgpu cancel ${half}`)
    expect((await ended(blocked)).state).toBe('succeeded')
  })
})

describe('nodes and GPUs', { timeout: 60_000 }, () => {
  it('shares of one GPU lie on one GPU, and a job without one sees none', async () => {
    const script = `sh -c 'until [ -e ${join(home, 'shared')} ]; do sleep 0.05; done'`
    const jobs = [await submit('--gpus 0.5', script), await submit('--gpus 0.3', script), await submit('--gpus 0.2', script)]
    for (const job of jobs) await is(job, 'running')
    const places = await Promise.all(jobs.map(async (job) => [(await show(job)).nodes, (await show(job)).members[0]?.gpuIndexes]))
    expect(new Set(places.map((one) => JSON.stringify(one))).size).toBe(1)
    writeFileSync(join(home, 'shared'), '')
    expect((await run(`fastgpu submit --gpus 0 --follow -q -- sh -c 'echo "[$CUDA_VISIBLE_DEVICES]"'`)).stdout).toBe('[]\n')
  })
  it('a drained node gives its jobs back at its deadline, and they run elsewhere', async () => {
    const job = await submit('--gpus 4', 'sleep 60')
    await is(job, 'running')
    const [node = ''] = (await show(job)).nodes
    expect((await run(`fastgpu drain ${node} -r fan --stop 300ms`)).code).toBe(0)
    await until('it runs elsewhere', async () => {
      const shown = await show(job)
      return shown.state === 'running' && shown.attempt === 2 && shown.nodes[0] !== node
    })
    expect((await run('fastgpu nodes')).stdout).toMatch(new RegExp(`${node} +draining.*fan`))
    await run(`fastgpu cancel ${job}; fastgpu uncordon ${node}`)
    await ended(job)
  })
  it('a price holds from its moment on, and bill and capacity agree', async () => {
    expect((await run('fastgpu price set H100 3600')).code).toBe(0)
    expect((await run('fastgpu submit --gpus 2 --tenant payer --wait -q -- sleep 0.3')).code).toBe(0)
    const bill = await client.bill()
    const line = bill.rows.find((row) => row.tenant === 'payer')
    expect(line?.gpuMs).toBeGreaterThanOrEqual(600)
    // 3600 an hour is one micro-unit a GPU and microsecond: a thousand each ms.
    expect(line?.costMicro).toBe((line?.gpuMs ?? 0) * 1000)
    const held = bill.rows.reduce((sum, row) => sum + row.gpuMilliMs, 0)
    expect(held + bill.idleGpuMilliMs).toBe(bill.capacityGpuMilliMs)
  })
})

describe('what comes in and goes out', { timeout: 60_000 }, () => {
  it('arguments are handed over as they are', async () => {
    const ran = await run(`fastgpu submit --gpus 0 --follow -q -n 'näme 日本' -- printf '[%s]' 'a b' 'ü→日' '' '$HOME' '--flag' "it's"`)
    expect(ran.stdout).toBe(`[a b][ü→日][][$HOME][--flag][it's]`)
  })
  it('an environment up to its limit, and not beyond', async () => {
    const big = 'x'.repeat(15_000)
    expect((await run(`fastgpu submit --gpus 0 --no-inherit -e PATH -e BIG=${big} --follow -q -- sh -c 'echo \${#BIG}'`)).stdout).toBe(
      '15000\n'
    )
    const refused = await run(`fastgpu submit --gpus 0 -e BIG=${big}${big} -- true`)
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('BIG')])
  })
  it('a log of 100 MB, whole and its end', async () => {
    const job = await submit('--gpus 0', `sh -c 'head -c 104857600 /dev/zero | tr "\\0" x; echo; echo END'`)
    expect((await ended(job)).state).toBe('succeeded')
    expect((await run(`fastgpu logs -f ${job} | wc -c`)).stdout.trim()).toBe('104857605')
    expect((await run(`fastgpu logs --tail 1 ${job}`)).stdout).toBe('END\n')
    expect((await run(`fastgpu logs -f ${job} | head -c 3`)).stdout).toBe('xxx')
  })
  it('a directory that is gone, a program that is not there, and an output that is full', async () => {
    const gone = join(home, 'gone')
    const from = await run(`mkdir ${gone} && cd ${gone} && rmdir ${gone} && fastgpu submit --gpus 0 -- true`)
    expect([from.code, from.stderr]).toEqual([1, expect.stringContaining('the current directory is gone')])
    expect((await run('fastgpu submit --gpus 0 -C /no/such --wait -q -- true')).code).toBe(127)
    expect((await run('fastgpu submit --gpus 0 --wait -q -- /no/such/program')).code).toBe(127)
    const full = await run('fastgpu jobs > /dev/full')
    expect([full.code, full.stderr]).toEqual([1, expect.stringContaining('ENOSPC')])
  })
  it('a thousand jobs at once all end, each once', async () => {
    const body = JSON.stringify({ command: ['/bin/true'], cwd: '/', env: {} })
    const answers = await client.submitBatch(Array.from({ length: 1000 }, () => ({ tenant: 'many', body, request: { gpus: 1 } })))
    expect(answers.every((answer) => answer.outcome === 'accepted')).toBe(true)
    await until('all have ended', async () => (await client.status()).pending + (await client.status()).live === 0)
    const done = await run('fastgpu jobs --tenant many --state succeeded --all -o id')
    expect(done.stdout.trim().split('\n')).toHaveLength(1000)
  })
  it('and all of it is proved', async () => {
    expect((await run('fastgpu verify')).code).toBe(0)
    expect((await run('fastgpu replay --verify')).code).toBe(0)
  })
})
