/**
 * A full disk under a running server: nothing is acknowledged that is not durable, the server lives, jobs run on, and when there is
 * space again it recovers by itself, with everything that was acknowledged there exactly once.
 */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createClient, type Client, type FastGpuError } from '../../sdk/typescript/index.ts'
import { scratch } from '../cli/fastgpu.ts'
import { smallDisk } from '../smallDisk.ts'
import { cli, dev, json, until } from './product.ts'

/** Nobody has the GPU, so that these jobs only wait. */
const waits = { tenant: 'ann', body: JSON.stringify({ command: ['true'], cwd: '/', env: {} }), request: { gpus: 1, gpuModels: [['NONE']] } }

const clientOf = (state: string): Client => {
  const { url } = JSON.parse(readFileSync(join(state, 'dev.json'), 'utf8')) as { readonly url: string }
  return createClient({ url, token: readFileSync(join(state, 'token'), 'utf8').trim(), retriesMax: 0 })
}

/** Submits one job after the other, and writes down which were acknowledged and what the others were answered. */
const submitting = (client: Client) => {
  const acknowledged: Array<string> = []
  const refused = new Map<string, number>()
  let stopping = false
  const run = async (): Promise<void> => {
    for (let at = 0; !stopping; at++) {
      const id = `full-${at}`
      try {
        await client.submit(waits, { id, wait: at % 2 === 0 })
        acknowledged.push(id)
        // Not so fast that the jobs themselves fill the disk again.
        await sleep(5)
      } catch (error) {
        const { code } = error as FastGpuError
        refused.set(code, (refused.get(code) ?? 0) + 1)
        await sleep(10)
      }
    }
  }
  const ran = run()
  return {
    acknowledged,
    refused,
    stop: () => {
      stopping = true
      return ran
    }
  }
}

test('the whole state directory', async () => {
  const home = scratch()
  const disk = smallDisk(join(home, 'disk'), 32)
  if (disk === undefined) return
  const state = join(disk.dir, 'state')
  const run = cli(state)
  const go = join(home, 'go')
  const server = await dev(state)
  try {
    await run(`fastgpu submit --gpus 1 -n lives -q -- sh -c 'until [ -e ${go} ]; do sleep 0.05; done; exit 7'`)
    await until('the job runs', async () => (await run('fastgpu jobs --state running -o id')).stdout === 'J0\n')
    const client = clientOf(state)
    const load = submitting(client)
    await until('some are acknowledged', () => load.acknowledged.length > 20)
    disk.fill()
    await until('the disk is said to be full', () => (load.refused.get('FG_STORE_FULL') ?? 0) > 5)
    const before = load.acknowledged.length

    const refused = await run('fastgpu submit --gpus 1 -- true')
    expect([refused.code, refused.stdout]).toEqual([69, ''])
    expect(refused.stderr).toContain('FG_STORE_FULL')
    expect((await run('fastgpu cancel J0')).stderr).toContain('FG_STORE_FULL')
    expect((await run('fastgpu jobs --state running -o id')).stdout).toBe('J0\n')
    writeFileSync(go, '')
    await until('the server says what stands in its way', () => server.told().includes('FG_STORE_FULL'))
    expect(load.acknowledged.length).toBe(before)

    disk.free()
    await until('submissions are acknowledged again', () => load.acknowledged.length > before + 20)
    await until('the end of the job is known', async () => (await run('fastgpu jobs --state failed -o id')).stdout === 'J0\n')
    expect(json(await run('fastgpu job J0 --json'))).toMatchObject({ state: 'failed', exitCode: 7, attempt: 1 })
    await until('the server says that it is over', () => server.told().includes('work goes on'))
    await load.stop()
    client.close()
    expect([...load.refused.keys()]).toEqual(['FG_STORE_FULL'])
    expect((await run('fastgpu verify')).code).toBe(0)

    const rounds = (await run('fastgpu ledger cat --json')).stdout
    const submitted = [...rounds.matchAll(/"type":"JobSubmitted".*?"id":"(full-\d+)"/g)].map(([, id]) => id)
    expect(new Set(submitted).size).toBe(submitted.length)
    expect(load.acknowledged.filter((id) => !submitted.includes(id))).toEqual([])
  } finally {
    await server.stop()
    disk.remove()
  }
})

test('the disk of the runs: a job that cannot start there says so, and the others are not lost', async () => {
  const state = scratch()
  mkdirSync(join(state, 'runs'))
  writeFileSync(join(state, 'token'), 'a-token-of-our-own\n')
  const disk = smallDisk(join(state, 'runs'), 1)
  if (disk === undefined) return
  const run = cli(state)
  const server = await dev(state)
  try {
    expect((await run('fastgpu submit --gpus 1 --wait -q -- true')).code).toBe(0)
    disk.fill()
    expect((await run('fastgpu submit --gpus 1 --wait -q -- true')).code).toBe(127)
    const failed = await run('fastgpu job J1')
    expect(failed.stdout).toMatch(/could not be started|launchFailed/)
    expect(failed.stdout.toLowerCase()).toMatch(/no space|claim the run/)
    disk.free()
    expect((await run('fastgpu submit --gpus 1 --wait -q -- true')).code).toBe(0)
    expect((await run('fastgpu verify')).code).toBe(0)
  } finally {
    await server.stop()
    disk.remove()
  }
})

test('the disk of the views: work goes on, and they catch up when there is space', async () => {
  const state = scratch()
  writeFileSync(join(state, 'token'), 'a-token-of-our-own\n')
  const disk = smallDisk(join(state, 'views'), 2)
  if (disk === undefined) return
  symlinkSync(join(disk.dir, 'views.db'), join(state, 'views.db'))
  const run = cli(state)
  const done = join(state, 'done')
  const server = await dev(state)
  const client = clientOf(state)
  try {
    await client.submit(waits, { id: 'first' })
    disk.fill()
    // Rounds that need more pages than the views' file has.
    for (let batch = 0; batch < 20; batch++)
      await client.submitBatch(
        Array.from({ length: 100 }, () => waits),
        { wait: false }
      )
    const started = await run(`fastgpu submit --gpus 1 -q -- sh -c 'echo done > ${done}'`)
    expect(started.code, started.stderr).toBe(0)
    await until('the job ran', () => existsSync(done))
    const asked = await run('fastgpu jobs')
    expect([asked.code, asked.stderr]).toEqual([69, expect.stringContaining('FG_STORE_FULL')])
    disk.free()
    await until('the views answer', async () => (await run('fastgpu jobs --state succeeded -o id')).stdout === 'J2001\n')
    expect((await run('fastgpu verify')).code).toBe(0)
  } finally {
    client.close()
    await server.stop()
    disk.remove()
  }
})
