/** What an agent knows of its runs. Of the ended ones it forgets the oldest beyond a bound: the runs' folders know them longer. */
import { printRun, type Launch, type Run, type RunNews } from '../../domain/ports/runner.ts'
import { bare, memberKey, type Knowledge, type Stage } from './orders.ts'

export type Finished = Extract<RunNews, { readonly type: 'Finished' }>

/** An end as it was told, with why the run was stopped, if it was. */
export interface Ending {
  readonly news: Finished
  readonly stopReason: string | undefined
}

export interface Memory extends Knowledge {
  readonly over: ReadonlyMap<string, Ending>
  /** Notes the token of an order, or of a trace that an earlier one left. */
  readonly see: (run: Run, token: number) => void
  readonly live: (launch: Launch) => void
  readonly adopted: (run: Run, orphan: boolean) => void
  readonly hold: (launch: Launch) => void
  readonly stopped: (run: Run, reason: string) => void
  /** Answers what is to be told, if the ledger counts the run, and the held launches that waited for a run of this job. */
  readonly finished: (news: Finished) => { readonly ending: Ending | undefined; readonly freed: ReadonlyArray<Launch> }
}

const ENDED_MAX = 10_000
const TOKENS_MAX = 20_000

interface Living {
  readonly run: Run
  stage: Stage
  stopReason: string | undefined
}

export const knowledge = (): Memory => {
  const living = new Map<string, Living>()
  const over = new Map<string, Ending>()
  const tokens = new Map<string, number>()
  const held = new Map<string, Launch>()

  const enter = (run: Run, stage: Stage): void => {
    const known = living.get(printRun(run))
    if (known === undefined) living.set(printRun(run), { run: bare(run), stage, stopReason: undefined })
    else known.stage = stage
  }
  const see = (run: Run, token: number): void =>
    remember(tokens, TOKENS_MAX, memberKey(run), Math.max(token, tokens.get(memberKey(run)) ?? -1))
  return {
    living,
    over,
    tokens,
    see,
    live: (launch) => {
      see(launch, launch.token)
      held.delete(printRun(launch))
      enter(launch, 'live')
    },
    adopted: (run, orphan) => enter(run, orphan ? 'orphan' : 'live'),
    hold: (launch) => {
      see(launch, launch.token)
      held.set(printRun(launch), launch)
      enter(launch, 'held')
    },
    stopped: (run, reason) => {
      const known = living.get(printRun(run))
      if (known !== undefined) known.stopReason ??= reason
    },
    finished: (news) => {
      const key = printRun(news.run)
      const known = living.get(key)
      living.delete(key)
      held.delete(key)
      const ending: Ending = { news, stopReason: known?.stopReason }
      const freed = [...held.values()].filter((launch) => launch.job === news.run.job)
      if (known === undefined || known.stage === 'orphan') return { ending: undefined, freed }
      remember(over, ENDED_MAX, key, ending)
      return { ending, freed }
    }
  }
}

/** The newest entries of a map, by when they were last set. */
const remember = <V>(map: Map<string, V>, entriesMax: number, key: string, value: V): void => {
  map.delete(key)
  map.set(key, value)
  const oldest = map.size > entriesMax ? map.keys().next().value : undefined
  if (oldest !== undefined) map.delete(oldest)
}
