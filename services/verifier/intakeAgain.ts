/** Makes the facts of rounds again, from the inputs that they consumed; possible for as long as the inputs are retained. */
import * as E from 'fp-ts/lib/Either.js'
import type { State } from '../../domain/cluster/state.ts'
import { fold } from '../../domain/cluster/fold.ts'
import type { Fact } from '../../domain/events/event.ts'
import type { Round } from '../../domain/events/round.ts'
import { nothingHeard } from '../../domain/intake/heard.ts'
import { takeIn, TAKE_ORDER } from '../../domain/step.ts'
import { decodeInput } from '../../infra/ledger/decodeInput.ts'
import type { LogFile } from '../../infra/sqlite/logFile.ts'
import { inputReader } from './inputReader.ts'
import type { Counts } from './recompute.ts'
import type { Problem } from './report.ts'
import type { WholeRound } from './walk.ts'

/** Answers the state after the facts. Without `learned`, the facts to compare with, the recorded ones are folded as they are. */
export type IntakeAgain = (state: State, whole: WholeRound, learned: ReadonlyArray<Fact> | undefined) => E.Either<Problem, State>

export const intakeAgain = (file: LogFile, counts: Counts): IntakeAgain => {
  const beats = inputReader(file, 'heartbeats')
  let heard = nothingHeard()
  let heardTo = 0
  let leader = ''
  return (state, whole, learned) => {
    const { round } = whole
    const reports = beats(round.number, heardTo, round.consumed.heartbeats.next)
    if (E.isLeft(reports)) return reports
    heardTo = round.consumed.heartbeats.next
    // A new leader has heard nothing yet.
    if (round.leader !== leader) heard = nothingHeard()
    leader = round.leader
    if (learned === undefined) return E.right(fold(state, round.facts, round.at))
    const records = { heartbeats: reports.right, orders: whole.orders, jobs: whole.jobs }
    const inputs = TAKE_ORDER.flatMap((stream) => records[stream].map((record) => decodeInput(stream, record)))
    const took = takeIn({ state, heard }, inputs, earlyOf(learned), round.at)
    heard = took.heard
    counts.inputs += took.taken
    if (took.taken < inputs.length)
      return E.left(problemOf(round, `intake stops after ${took.taken} of the ${inputs.length} inputs that the round consumed`))
    const at = firstDifference(took.facts, learned)
    return at < 0
      ? E.right(took.state)
      : E.left(problemOf(round, `fact ${at} is ${said(learned[at])} in the ledger, and ${said(took.facts[at])} when it is made again`))
  }
}

/** What the scheduler said of itself before it took anything in: no input explains it. */
const earlyOf = (facts: ReadonlyArray<Fact>): ReadonlyArray<Fact> => {
  const end = facts.findIndex((fact) => fact.type !== 'ClockStepped')
  return end < 0 ? facts : facts.slice(0, end)
}

/** -1: none. */
const firstDifference = (some: ReadonlyArray<Fact>, others: ReadonlyArray<Fact>): number => {
  for (let at = 0; at < Math.max(some.length, others.length); at++) if (JSON.stringify(some[at]) !== JSON.stringify(others[at])) return at
  return -1
}

const SAID_MAX = 200
const said = (fact: Fact | undefined): string => (fact === undefined ? 'nothing' : JSON.stringify(fact).slice(0, SAID_MAX))

const problemOf = (round: Round, what: string): Problem => ({
  kind: 'facts',
  message: `round ${round.number}: ${what}`,
  round: round.number
})
