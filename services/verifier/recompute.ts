/**
 * Makes the decisions of recorded rounds again, from nothing but the facts: what comes out must be what is stored, byte for byte. Where
 * it is asked for, the facts are made again too, from the stored inputs.
 */
import * as E from 'fp-ts/lib/Either.js'
import { breachesOf } from '../../domain/cluster/invariants.ts'
import { fold } from '../../domain/cluster/fold.ts'
import { initial, keep, type State } from '../../domain/cluster/state.ts'
import type { Decision, Fact } from '../../domain/events/event.ts'
import { CORE_VERSION, type Round } from '../../domain/events/round.ts'
import { planner, type Planner } from '../../domain/policies/planner.ts'
import { decisionBytes, encodeEvents } from '../../infra/ledger/roundJson.ts'
import type { LogFile } from '../../infra/sqlite/logFile.ts'
import { intakeAgain } from './intakeAgain.ts'
import type { Problem, ReplayReport } from './report.ts'
import type { Visitor } from './walk.ts'

/** Rounds `from` to `to`, both included; those before are folded, and not replayed. */
export interface ReplayRange {
  readonly from: number
  readonly to: number
}

export type Counts = { -readonly [K in 'replayed' | 'decisions' | 'skippedOtherCore' | 'planFailures' | 'inputs']: ReplayReport[K] }

export const noCounts = (): Counts => ({ replayed: 0, decisions: 0, skippedOtherCore: 0, planFailures: 0, inputs: 0 })

/** `intake` says whether the facts are made again as well. What was done is added to `counts`. */
export const replayJudge = (file: LogFile, range: ReplayRange & { readonly intake: boolean }, counts: Counts): Visitor => {
  const factsAgain = range.intake ? intakeAgain(file, counts) : undefined
  let state = initial()
  let plan: Planner | undefined
  return (whole) => {
    const { round, stored } = whole
    const failed = failureOf(round)
    const learned = failed === undefined ? round.facts : round.facts.slice(0, -1)
    const isReplayed = round.number >= range.from && round.number <= range.to && round.core === CORE_VERSION
    if (round.core !== CORE_VERSION && round.number >= range.from && round.number <= range.to) counts.skippedOtherCore += 1
    const taken = factsAgain?.(state, whole, isReplayed ? learned : undefined)
    if (taken !== undefined && E.isLeft(taken)) return taken.left
    state = taken?.right ?? fold(state, learned, round.at)
    plan?.learn(state, learned)
    if (!isReplayed) plan = undefined
    else {
      plan ??= planner(state)
      const problem = failed === undefined ? differs(plan, state, round, stored.bytes) : failsOtherwise(plan, state, round, failed.reason)
      if (problem !== undefined) return problem
      counts.replayed += 1
      counts.decisions += round.decisions.length
      if (failed !== undefined) {
        counts.planFailures += 1
        plan = undefined
      }
    }
    if (failed !== undefined) state = fold(state, [failed], round.at)
    state = fold(state, round.decisions, round.at)
    return undefined
  }
}

type PlanFailed = Extract<Fact, { readonly type: 'PlanFailed' }>

/** The fact that says that planning failed: the last of its round, made after all others had been folded. */
const failureOf = (round: Round): PlanFailed | undefined => {
  const last = round.facts.at(-1)
  return last?.type === 'PlanFailed' ? last : undefined
}

type Again = { readonly decisions: ReadonlyArray<Decision> } | { readonly failed: string }

const planAgain = (plan: Planner, state: State, atMs: number): Again => {
  try {
    return plan.plan(state, atMs)
  } catch (bug) {
    return { failed: bug instanceof Error ? bug.message : 'an unknown error' }
  }
}

const differs = (plan: Planner, state: State, round: Round, bytes: Uint8Array): Problem | undefined => {
  const again = planAgain(plan, state, round.at)
  if ('failed' in again) return problemOf(round, `planning fails now (${again.failed})`)
  if (Buffer.compare(encodeEvents(again.decisions), decisionBytes(bytes)) === 0) return undefined
  const at = firstDifference(again.decisions, round.decisions)
  return problemOf(
    round,
    `decision ${at} is ${said(round.decisions[at])} in the ledger, and ${said(again.decisions[at])} when it is made again`
  )
}

/** A round without decisions because planning failed, by itself or by what it would have broken, must fail in the same way again. */
const failsOtherwise = (plan: Planner, state: State, round: Round, reason: string): Problem | undefined => {
  const kept = keep(state)
  const again = planAgain(plan, state, round.at)
  const failed = 'failed' in again ? again.failed.slice(0, reason.length) : brokenBy(kept, round, again.decisions)
  return failed === reason
    ? undefined
    : problemOf(
        round,
        `planning failed (${reason}), and ${failed === undefined ? 'succeeds' : `fails otherwise (${failed})`} when it is done again`
      )
}

const brokenBy = (state: State, round: Round, decisions: ReadonlyArray<Decision>): string | undefined => {
  const facts = round.facts.slice(0, -1)
  const breaches = breachesOf(fold(state, decisions, round.at), [...facts, ...decisions])
  return breaches.length === 0 ? undefined : `invariants broken: ${breaches.map((breach) => breach.name).join(', ')}`
}

const firstDifference = (some: ReadonlyArray<Decision>, others: ReadonlyArray<Decision>): number => {
  const at = others.findIndex((other, index) => said(other) !== said(some[index]))
  return at < 0 ? others.length : at
}

const SAID_MAX = 200
const said = (decision: Decision | undefined): string => (decision === undefined ? 'nothing' : JSON.stringify(decision).slice(0, SAID_MAX))

const problemOf = (round: Round, what: string): Problem => ({
  kind: 'decisions',
  message: `round ${round.number}: ${what}`,
  round: round.number
})
