/**
 * `fastgpu replay --verify`: verified replay in another process. The same decisions must come out there whatever the time zone, the
 * locale and the compilers of that process are.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import type { ReplayRange } from './recompute.ts'
import type { Progress, ReplayReport } from './report.ts'

export interface ReplayOptions {
  readonly file: string
  /** The first and the last round to replay; all if left out. The rounds before are folded, and their chain is checked. */
  readonly from?: number
  readonly to?: number
  /** Whether the facts are made again too, from the stored inputs. */
  readonly intake?: boolean
  /** Names as in the environment variables TZ and LANG; those of this process if left out. */
  readonly timeZone?: string
  readonly locale?: string
  /** Without the optimizing compilers: much slower, and the same answer. */
  readonly interpreted?: boolean
  readonly onProgress?: (progress: Progress) => void
}

/** What the other process is asked, and what it says. */
export type ReplayAsked = ReplayRange & { readonly file: string; readonly intake: boolean }
export type ReplaySaid =
  | { readonly type: 'Progress'; readonly progress: Progress }
  | { readonly type: 'Report'; readonly report: ReplayReport }
  | { readonly type: 'Fault'; readonly fault: Fault }

const INTERPRETED = ['--no-opt', '--no-maglev', '--no-sparkplug']
const STDERR_CHARS_MAX = 2_000

/** Answers a report, whatever it says; a fault means that the file cannot be opened, or that the other process died. */
export const replayLedger =
  (options: ReplayOptions): TaskEither<Fault, ReplayReport> =>
  () => {
    const { file, from = 0, to = Number.MAX_SAFE_INTEGER, intake = false } = options
    const asked: ReplayAsked = { file, from, to, intake }
    const script = fileURLToPath(new URL('./replayChild.ts', import.meta.url))
    const child = spawn(process.execPath, [...(options.interpreted === true ? INTERPRETED : []), script, JSON.stringify(asked)], {
      env: environmentOf(options),
      stdio: ['ignore', 'pipe', 'pipe']
    })
    let result: E.Either<Fault, ReplayReport> | undefined
    let complaint = ''
    child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-STDERR_CHARS_MAX)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = JSON.parse(line) as ReplaySaid
      if (said.type === 'Progress') options.onProgress?.(said.progress)
      else result = said.type === 'Report' ? E.right(said.report) : E.left(said.fault)
    })
    return new Promise((resolve) => {
      child.on('error', (error) => resolve(E.left(fault('FG_REPLAY_DIED', error.message))))
      child.on('close', (code, signal) =>
        resolve(result ?? E.left(fault('FG_REPLAY_DIED', `the replaying process ended with ${signal ?? code}: ${complaint.trim()}`)))
      )
    })
  }

const environmentOf = ({ timeZone, locale }: ReplayOptions): NodeJS.ProcessEnv => ({
  ...process.env,
  ...(timeZone === undefined ? {} : { TZ: timeZone }),
  ...(locale === undefined ? {} : { LANG: locale, LC_ALL: locale })
})
