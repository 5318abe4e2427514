/**
 * Runs jobs as processes of this machine, each in a session of its own. A launcher starts them; what happened to each run stands in
 * its folder, so that it outlives the agent: `claim` (claim.ts), `stdout`, `stderr`.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as E from 'fp-ts/lib/Either.js'
import type { Fault } from '../../domain/ports/fault.ts'
import { printRun, type Runner, type StartRun } from '../../domain/ports/runner.ts'
import { claimText, readClaim, voidRun, type Claim, type End } from './claim.ts'
import { bootId } from './identity.ts'
import { LAUNCHERS, type LauncherKind } from './launcher.ts'
import { launching, type LaunchNews } from './launching.ts'
import { readLogs } from './logs.ts'
import { findRuns, openRunsFolder, pruneRuns } from './runsFolder.ts'
import { tracking, type Tracked } from './tracking.ts'
import { watching } from './watching.ts'

export interface ProcessRunnerOptions {
  /** The folder of all runs. */
  readonly dir: string
  /** Names the ledger whose job numbers the folder's names are. */
  readonly ledgerId: string
  /** Tried in this order. */
  readonly launchers?: ReadonlyArray<LauncherKind>
  /** Folders of ended runs beyond this many are removed, those of the oldest jobs first. */
  readonly runsMax?: number
  /** How long a launcher may take from the end of a process to the line in its claim, before the run counts as lost. */
  readonly lostAfterMs?: number
  readonly nowMs?: () => number
}

export interface ProcessRunner extends Runner {
  /** For tests: who is killed to see what happens. */
  readonly launcherPid: () => number | undefined
}

const RUNS_MAX = 10_000
const PRUNE_EVERY = 1000
const LOST_AFTER_MS = 2000
/** A process that made its claim writes its line at once; one that was killed between the two never does. */
const CLAIM_LOOKS_MAX = 10
const CLAIM_LOOK_MS = 20
const VOID_AGAIN_MS = 1000

export const openProcessRunner = (options: ProcessRunnerOptions): E.Either<Fault, ProcessRunner> => {
  const { dir, ledgerId, nowMs = Date.now } = options
  const opened = openRunsFolder(dir, ledgerId)
  if (E.isLeft(opened)) return opened
  const boot = bootId()
  const runs = tracking(dir, boot, nowMs)
  const launches = launching(options.launchers ?? LAUNCHERS)
  const watches = watching({ boot, nowMs, markOf, lostAfterMs: options.lostAfterMs ?? LOST_AFTER_MS })
  let finished = 0
  let closed = false

  const ended = (run: Tracked, end: End): void => {
    runs.ended(run, end)
    if (++finished % PRUNE_EVERY === 0) void pruneRuns(dir, options.runsMax ?? RUNS_MAX, boot)
  }
  const adopted = async (run: Tracked): Promise<void> => {
    const claim = await settle(run.dir, () => closed)
    if (closed) return
    if (claim === undefined)
      return ended(run, { exit: 'lost', code: -1, endedMs: nowMs(), detail: 'nothing of this run was found on its node' })
    if (claim.end?.exit !== 'launchFailed') runs.started(run, claim.startedMs)
    if (claim.end !== undefined) ended(run, claim.end)
    else watches.watch(run.dir, claim, (end) => ended(run, end))
  }
  const launched = (run: Tracked, news: LaunchNews): void => {
    if (news.type === 'Started') {
      run.pid = news.pid
      runs.started(run, nowMs())
    } else if (news.type === 'Ended') ended(run, { exit: news.exit, code: news.code, detail: '', endedMs: nowMs() })
    else if (news.type === 'Failed') ended(run, { exit: 'launchFailed', code: news.code, detail: news.detail, endedMs: nowMs() })
    else void adopted(run)
  }
  return E.right({
    start: (order) => {
      const run = closed ? undefined : runs.track(order, order.node)
      if (run !== undefined) launches.launch(frameOf(order, run.dir, boot, nowMs()), (news) => launched(run, news))
    },
    adopt: (run, node) => {
      const tracked = closed ? undefined : runs.track(run, node)
      if (tracked !== undefined) void adopted(tracked)
    },
    stop: runs.stop,
    find: () => findRuns(dir, boot),
    listen: runs.listen,
    knows: (run) => runs.has(run) || existsSync(join(dir, printRun(run), 'claim')),
    logs: (run, wish) => readLogs(join(dir, printRun(run)), wish, () => closed || !runs.has(run)),
    close: () => {
      closed = true
      launches.close()
      watches.close()
      runs.close()
      return Promise.resolve()
    },
    launcherPid: launches.pid
  })
}

/** The variable that every process of a run has and no other: also where a program finds its own folder. */
const markOf = (dir: string): string => `FASTGPU_RUN_DIR=${dir}`

const frameOf = (order: StartRun, dir: string, boot: string, orderedMs: number): Parameters<ReturnType<typeof launching>['launch']>[0] => ({
  dir,
  claim: claimText({ boot, node: order.node, token: order.token, orderedMs }),
  cwd: order.cwd,
  command: order.command,
  env: { ...order.env, FASTGPU_RUN_DIR: dir }
})

/** The claim of a run as it will stay: where there is none, there will be none. */
const settle = async (dir: string, cancelled: () => boolean): Promise<Claim | undefined> => {
  for (let look = 0; look < CLAIM_LOOKS_MAX; look++) {
    const claim = readClaim(dir)
    if (claim !== undefined) return claim
    if (!existsSync(join(dir, 'claim'))) break
    await sleep(CLAIM_LOOK_MS)
  }
  while (!cancelled()) {
    try {
      voidRun(dir)
      return readClaim(dir)
    } catch {
      // As long as the mark cannot be made, somebody could still become the run; a full disk passes.
      await sleep(VOID_AGAIN_MS)
    }
  }
  return undefined
}
