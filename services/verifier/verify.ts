/** `fastgpu verify`: the whole chain of a ledger's file, and the invariants of every state that its rounds fold into. */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { foldRound } from '../../domain/cluster/fold.ts'
import { breaches, breachesOf, type Breach } from '../../domain/cluster/invariants.ts'
import { initial, type State } from '../../domain/cluster/state.ts'
import { eventsOf } from '../../domain/events/event.ts'
import type { Fault } from '../../domain/ports/fault.ts'
import { openLogFile } from '../../infra/sqlite/logFile.ts'
import type { Problem, Progress, VerifyReport } from './report.ts'
import { walk, type Visitor, type Walked } from './walk.ts'

export interface VerifyOptions {
  readonly file: string
  readonly onProgress?: (progress: Progress) => void
}

/** Answers a report, whatever it says; a fault means that the file cannot be opened as a ledger. */
export const verifyLedger =
  ({ file, onProgress = () => undefined }: VerifyOptions): TaskEither<Fault, VerifyReport> =>
  () => {
    const opened = openLogFile(file)
    if (E.isLeft(opened)) return Promise.resolve(opened)
    try {
      const judge = invariantJudge()
      const walked = walk(opened.right, judge.visit, onProgress)
      return Promise.resolve(E.right(verifyReportOf(opened.right.pool, walked, walked.problem ?? judge.atEnd(walked.head.number))))
    } finally {
      opened.right.close()
    }
  }

export const verifyReportOf = (pool: string, { head }: Walked, problem: Problem | undefined): VerifyReport => ({
  ok: problem === undefined,
  pool,
  rounds: head.number + 1,
  events: head.events,
  head: head.hash,
  ...(problem === undefined ? {} : { firstProblem: problem })
})

/** Folds every round, looks at the rows that it touched, and at the end at all rows. */
const invariantJudge = (): { readonly visit: Visitor; readonly atEnd: (round: number) => Problem | undefined } => {
  let state: State = initial()
  return {
    visit: ({ round }) => {
      state = foldRound(state, round)
      return problemOf(breachesOf(state, eventsOf(round)), round.number)
    },
    atEnd: (round) => problemOf(breaches(state), round)
  }
}

const problemOf = ([first, ...others]: ReadonlyArray<Breach>, round: number): Problem | undefined =>
  first === undefined
    ? undefined
    : {
        kind: 'invariant',
        message: `after round ${round}, ${first.name} does not hold: ${first.detail}${others.length > 0 ? ` (and ${others.length} more)` : ''}`,
        round
      }
