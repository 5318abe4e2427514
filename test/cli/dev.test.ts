/** The command line against a real server, from its start to the next one: what somebody does in the first minutes. */
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { root, scratch, shell, type Ran } from './fastgpu.ts'

const state = scratch()
const env = { FASTGPU_STATE: state }
const run = (line: string): Promise<Ran> => shell(line, { env })

interface Server {
  readonly process: ChildProcess
  readonly ended: Promise<number | null>
  readonly told: () => string
}

const servers: Array<Server> = []
afterAll(async () => {
  for (const server of servers) {
    server.process.kill('SIGINT')
    await server.ended
  }
})

const started = async (): Promise<Server> => {
  const child = spawn(join(root, 'bin/fastgpu'), ['dev', '--port', '0', '--simulate', '2xH100:4'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let text = ''
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (text.includes('Listening on')) resolve()
    })
    void ended.then(() => reject(new Error(`dev ended: ${text}`)))
  })
  const server = { process: child, ended, told: () => text }
  servers.push(server)
  return server
}

describe('with a real server', () => {
  it('jobs run, wait, are explained, billed and proved, and outlive the server', { timeout: 60_000 }, async () => {
    const first = await started()
    expect(first.told()).toContain('SIMULATED')
    expect(await run('fastgpu submit --gpus 1 --follow -q -- sh -c "echo out; echo err >&2; exit 3"')).toEqual({
      stdout: 'out\n',
      stderr: 'err\n',
      code: 3
    })
    expect((await run("fastgpu submit --gpus 1 --wait -q -- sh -c 'kill -9 $$'")).code).toBe(137)
    expect((await run('fastgpu submit --gpus 1 -t 200ms --wait -q -- sleep 60')).code).toBe(124)
    expect((await run('fastgpu submit --gpus 1 --wait -q -- /no/such/program')).code).toBe(127)
    expect((await run('cd /tmp && fastgpu submit -e COLOR=blue --follow -q -- sh -c "pwd; echo $COLOR"')).stdout).toMatch(/tmp\n/)

    expect((await run('fastgpu submit --gpus 8 -o id -- true')).stderr).toContain('GpusTooFew')
    await run('fastgpu submit --gpus 2 -N 2 --name gang -- sleep 60')
    await run('fastgpu submit --gpus 4 --name waits -- sleep 60')
    expect((await run('fastgpu explain J7')).stdout).toContain('GpusBusy')
    expect((await run('fastgpu explain J5')).stdout).toContain('It can never run')
    expect((await run('fastgpu job J6')).stdout).toMatch(/attempt 1 started/)
    expect((await run('fastgpu price set H100 2.50')).code).toBe(0)
    expect((await run('fastgpu bill')).stdout).toContain('(idle)')
    expect(JSON.parse((await run('fastgpu usage --json')).stdout)).toMatchObject({ by: 'tenant', rows: [{ key: 'ann' }] })
    expect((await run('fastgpu verify')).code).toBe(0)
    expect((await run('fastgpu replay --verify')).code).toBe(0)
    const second = await run('fastgpu dev')
    expect([second.code, second.stderr]).toEqual([1, expect.stringContaining(`process ${first.process.pid}`)])

    first.process.kill('SIGINT')
    expect(await first.ended).toBe(0)
    expect(first.told()).toContain('1 job goes on running')
    expect((await run('fastgpu jobs')).code).toBe(69)

    await started()
    expect((await run('fastgpu jobs --state running -o id')).stdout).toBe('J6\n')
    expect((await run('fastgpu cancel --all --yes')).stdout).toContain('J6 is cancelled')
    expect((await run('fastgpu jobs --state pending -o id')).stdout).toBe('')
  })
})
