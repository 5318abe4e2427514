/** The product as its user has it: bin/fastgpu as processes, a state directory, and nothing of the inside. */
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect } from 'vitest'
import { root, shell, type Ran } from '../cli/fastgpu.ts'

export interface Dev {
  readonly pid: number
  readonly told: () => string
  /** Resolves with the exit code, or null where a signal ended it. */
  readonly ended: Promise<number | null>
  /** Nobody reads any more what it says. */
  readonly leave: () => void
  /** Ends it and waits until it is gone. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>
}

const running = new Set<ChildProcess>()
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
})

const POLL_MS = 50
export const until = async (what: string, isSo: () => Promise<boolean> | boolean, patienceMs = 30_000): Promise<void> => {
  for (const endMs = performance.now() + patienceMs; performance.now() < endMs; await sleep(POLL_MS)) if (await isSo()) return
  throw new Error(`waited in vain until ${what}`)
}

/** `fastgpu dev`, from its start until it listens, or has ended by itself. */
export const dev = async (state: string, ...flags: ReadonlyArray<string>): Promise<Dev> => {
  const simulated = flags.includes('--simulate') ? [] : ['--simulate', '2xH100:4']
  const ported = flags.includes('--port') ? [] : ['--port', '0']
  const child = spawn(join(root, 'bin/fastgpu'), ['dev', '--state-dir', state, ...ported, ...simulated, ...flags], {
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/nonexistent' },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  running.add(child)
  let text = ''
  child.stdout.resume()
  const listening = new Promise<void>((resolve) => {
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (text.includes('Press Ctrl-C')) resolve()
    })
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  void ended.then(() => running.delete(child))
  await Promise.race([listening, ended])
  return {
    pid: child.pid ?? 0,
    told: () => text,
    ended,
    leave: () => child.stderr.destroy(),
    stop: (signal = 'SIGINT') => {
      child.kill(signal)
      return ended
    }
  }
}

/** Runs a line of shell in which `fastgpu` is the command line on this state directory. */
export const cli =
  (state: string) =>
  (line: string, input = ''): Promise<Ran> =>
    shell(line, { env: { FASTGPU_STATE: state }, input })

/** What `fastgpu ... --json` printed. */
export const json = (ran: Ran): unknown => {
  expect([ran.code, ran.stderr]).toEqual([0, ''])
  return JSON.parse(ran.stdout)
}
