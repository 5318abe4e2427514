/**
 * What an agent does with an order, given what it knows of its runs: pure, so that every case is a line of a test. Orders may come
 * twice, late, and out of order; a run is started at most once, and never by an order that is older than one already seen.
 */
import type { StopReason } from '../../domain/events/decisions.ts'
import { printRun, type FoundRun, type Launch, type Run } from '../../domain/ports/runner.ts'

export type Order =
  | { readonly type: 'Start'; readonly launch: Launch }
  | { readonly type: 'Stop'; readonly run: Run; readonly reason: StopReason; readonly graceMs: number }

/** A run that the ledger holds as live on this node when the agent starts. */
export interface ExpectedRun {
  readonly launch: Launch
  /** Whether the ledger has heard that its process started. */
  readonly running: boolean
  /** That the ledger has ordered to stop it. */
  readonly stop?: { readonly reason: StopReason; readonly graceMs: number }
}

/** `held`: to be started once older attempts of its job are gone; `orphan`: lives, but the ledger does not count it any more. */
export type Stage = 'held' | 'live' | 'orphan'

export interface Knowledge {
  /** Runs that have not ended, by `printRun`. */
  readonly living: ReadonlyMap<string, { readonly run: Run; readonly stage: Stage }>
  /** Runs whose end was told, by `printRun`. */
  readonly over: ReadonlyMap<string, unknown>
  /** The highest token seen for a member of a job, by `memberKey`. */
  readonly tokens: ReadonlyMap<string, number>
}

export type Action =
  | { readonly type: 'Launch'; readonly launch: Launch }
  | { readonly type: 'Hold'; readonly launch: Launch }
  /** A held start that is not wanted any more: nothing was started, and that is its end. */
  | { readonly type: 'Abandon'; readonly run: Run; readonly reason: StopReason }
  | { readonly type: 'Adopt'; readonly run: Run; readonly orphan: boolean }
  | { readonly type: 'Stop'; readonly run: Run; readonly graceMs: number; readonly reason: StopReason | 'superseded' }
  /** The end is told again: whoever orders it has not heard of it. */
  | { readonly type: 'TellAgain'; readonly run: Run }
  | { readonly type: 'Ignore'; readonly why: 'stale' | 'known' }

/** Of a run that nobody waits for; its GPUs may be wanted by others already. */
export const ORPHAN_GRACE_MS = 2000

export const memberKey = (run: Run): string => `${run.job}.${run.member}`

/** A run and nothing else of what a launch says. */
export const bare = ({ job, attempt, member }: Run): Run => ({ job, attempt, member })

export const decide = (order: Order, knowledge: Knowledge): ReadonlyArray<Action> => {
  switch (order.type) {
    case 'Start':
      return start(order.launch, knowledge)
    case 'Stop':
      return stop(order.run, order, knowledge)
    default: {
      const unreachable: never = order
      return unreachable
    }
  }
}

const start = (launch: Launch, { living, over, tokens }: Knowledge): ReadonlyArray<Action> => {
  if (launch.token < (tokens.get(memberKey(launch)) ?? -1)) return [{ type: 'Ignore', why: 'stale' }]
  const key = printRun(launch)
  if (over.has(key)) return [{ type: 'TellAgain', run: bare(launch) }]
  const known = living.get(key)
  if (known?.stage === 'live') return [{ type: 'Ignore', why: 'known' }]
  // It is on its way out, and the ledger wants to hear of its end after all.
  if (known?.stage === 'orphan') return [{ type: 'Adopt', run: known.run, orphan: false }]
  const older = [...living.values()].filter(({ run, stage }) => run.job === launch.job && run.attempt < launch.attempt && stage !== 'held')
  if (older.length === 0) return [{ type: 'Launch', launch }]
  return [
    ...older.map(({ run }): Action => ({ type: 'Stop', run, graceMs: ORPHAN_GRACE_MS, reason: 'superseded' })),
    { type: 'Hold', launch }
  ]
}

const stop = (
  run: Run,
  { reason, graceMs }: { readonly reason: StopReason; readonly graceMs: number },
  { living, over }: Knowledge
): ReadonlyArray<Action> => {
  if (over.has(printRun(run))) return [{ type: 'TellAgain', run }]
  const stage = living.get(printRun(run))?.stage
  switch (stage) {
    case 'held':
      return [{ type: 'Abandon', run, reason }]
    case 'live':
      return [{ type: 'Stop', run, graceMs, reason }]
    case 'orphan':
    case undefined:
      // Whatever there is of it is found, and nobody can start it from now on.
      return [
        { type: 'Adopt', run, orphan: false },
        { type: 'Stop', run, graceMs, reason }
      ]
    default: {
      const unreachable: never = stage
      return unreachable
    }
  }
}

/**
 * What a starting agent owes: each run that the ledger holds as live is taken up or, where nothing of it ever started, started; and a
 * process that the ledger does not count is ended.
 */
export const resume = (expected: ReadonlyArray<ExpectedRun>, found: ReadonlyArray<FoundRun>): ReadonlyArray<Action> => {
  const wanted = new Set(expected.map(({ launch }) => printRun(launch)))
  const orphans = found.filter((run) => run.state === 'live' && !wanted.has(printRun(run)))
  return [
    ...orphans.flatMap((orphan): ReadonlyArray<Action> => [
      { type: 'Adopt', run: bare(orphan), orphan: true },
      { type: 'Stop', run: bare(orphan), graceMs: ORPHAN_GRACE_MS, reason: 'superseded' }
    ]),
    ...expected.flatMap((wish) => resumeOne(wish, orphans))
  ]
}

const resumeOne = ({ launch, running, stop: ordered }: ExpectedRun, orphans: ReadonlyArray<FoundRun>): ReadonlyArray<Action> => {
  const run = bare(launch)
  if (ordered !== undefined)
    return [
      { type: 'Adopt', run, orphan: false },
      { type: 'Stop', run, graceMs: ordered.graceMs, reason: ordered.reason }
    ]
  if (running) return [{ type: 'Adopt', run, orphan: false }]
  // The order may never have arrived. If it did, the runner finds the claim and takes that process up.
  return orphans.some((orphan) => orphan.job === launch.job) ? [{ type: 'Hold', launch }] : [{ type: 'Launch', launch }]
}
