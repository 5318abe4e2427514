/** A runner on a folder of its own, its news, and the end of every process that a test started. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { expect } from 'vitest'
import { printRun, type LogWish, type Run, type RunNews, type StartRun } from '../../domain/ports/runner.ts'
import type { LauncherKind } from '../../infra/runners/launcher.ts'
import { openProcessRunner, type ProcessRunner, type ProcessRunnerOptions } from '../../infra/runners/processRunner.ts'
import { LEDGER, NODE } from './orders.ts'

export type Finished = Extract<RunNews, { readonly type: 'Finished' }>

const WAIT_MS = 20_000
const LOST_AFTER_MS = 300

export interface Workbench {
  readonly dir: string
  readonly runner: ProcessRunner
  readonly news: ReadonlyArray<RunNews>
  readonly until: (type: RunNews['type'], run: Run) => Promise<RunNews>
  /** Starts it and answers how it ended. */
  readonly end: (order: StartRun) => Promise<Finished>
  readonly finished: (run: Run) => Promise<Finished>
  readonly log: (run: Run, wish?: Partial<LogWish>) => Promise<string>
  /** Another runner on the same folder, as after a restart. */
  readonly again: () => Promise<Workbench>
  readonly close: () => Promise<void>
}

export const folder = (): string => mkdtempSync(join(tmpdir(), 'fastgpu-runs-'))

export const workbench = (kind: LauncherKind, dir = folder(), more: Partial<ProcessRunnerOptions> = {}): Workbench => {
  const opened = openProcessRunner({ dir, ledgerId: LEDGER, launchers: [kind], lostAfterMs: LOST_AFTER_MS, ...more })
  if (E.isLeft(opened)) throw new Error(opened.left.message)
  const runner = opened.right
  const news: Array<RunNews> = []
  runner.listen(NODE, (told) => news.push(told))
  const until = async (type: RunNews['type'], of: Run): Promise<RunNews> => {
    const heard = (): RunNews | undefined => news.find((each) => each.type === type && printRun(each.run) === printRun(of))
    await expect.poll(heard, { timeout: WAIT_MS, interval: 5, message: `${type} of ${printRun(of)}` }).toBeDefined()
    return heard()!
  }
  const finished = async (of: Run): Promise<Finished> => (await until('Finished', of)) as Finished
  return {
    dir,
    runner,
    news,
    until,
    finished,
    end: (wanted) => {
      runner.start(wanted)
      return finished(wanted)
    },
    log: async (of, wish = {}) => {
      const pieces: Array<Uint8Array> = []
      for await (const piece of runner.logs(of, { stream: 'stdout', follow: false, ...wish })) pieces.push(piece)
      return Buffer.concat(pieces).toString('utf8')
    },
    again: async () => {
      await runner.close()
      return workbench(kind, dir, more)
    },
    close: async () => {
      await runner.close()
      killAll(dir)
      rmSync(dir, { recursive: true, force: true })
    }
  }
}

/** Ends every process that a claim in the folder names, with its group. */
const killAll = (dir: string): void => {
  for (const name of existsSync(dir) ? readdirSync(dir) : []) {
    const claim = join(dir, name, 'claim')
    const text = existsSync(claim) ? readFileSync(claim, 'utf8') : ''
    const pid = Number(/^claim (\d+) /.exec(text)?.[1] ?? 0)
    if (pid > 1 && !text.includes('\nexit ') && marked(pid, join(dir, name))) kill(-pid)
  }
}

const marked = (pid: number, dir: string): boolean =>
  existsSync('/proc') ? readIfThere(`/proc/${pid}/environ`).includes(`FASTGPU_RUN_DIR=${dir}`) : true

export const readIfThere = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

export const kill = (pid: number, signal: NodeJS.Signals = 'SIGKILL'): void => {
  try {
    process.kill(pid, signal)
  } catch {
    // It is gone.
  }
}

/** Whether a process runs, and is not merely waiting for its parent to hear of its end. */
export const lives = (pid: number): boolean => {
  try {
    return !/^Z|^$/.test(execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).trim())
  } catch {
    return false
  }
}

export const gone = (pid: number): Promise<void> => expect.poll(() => lives(pid), { timeout: WAIT_MS, interval: 20 }).toBe(false)
