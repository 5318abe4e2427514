/**
 * One step of a pool's mind: take in what was heard, fold it, plan, fold that. Pure, and the same for the scheduler, the simulator
 * and the tests, so that what is proved of one holds for all.
 */
import { breachesOf, type Breach } from './cluster/invariants.ts'
import { fold } from './cluster/fold.ts'
import type { State } from './cluster/state.ts'
import type { Decision } from './events/decisions.ts'
import type { Fact } from './events/facts.ts'
import { FACT_BYTES_MAX } from './events/round.ts'
import { encodedBytes } from './events/size.ts'
import { nothingHeard, type Heard } from './intake/heard.ts'
import { isPoison, type Input, type Poison } from './events/input.ts'
import type { Stream } from './events/inputs.ts'
import { intake } from './intake/intake.ts'
import { planner, type Planner } from './policies/planner.ts'

/** Inputs that one step takes at most. */
export const INPUTS_MAX = 4096

/**
 * The order in which a round takes in what its streams brought: reports first, since they free what wishes wait for. Facts can only be
 * made again from their inputs because every round keeps to it.
 */
export const TAKE_ORDER: ReadonlyArray<Stream> = ['heartbeats', 'orders', 'jobs']

/** What a scheduler holds in memory. Spent by the next step. */
export interface Mind {
  readonly state: State
  readonly heard: Heard
  readonly planner: Planner
  /** The last plan threw, and nothing was learned since. */
  readonly stuck: boolean
}

export interface Step {
  readonly facts: ReadonlyArray<Fact>
  readonly decisions: ReadonlyArray<Decision>
  /** How many of the given inputs were taken in before a bound was reached: the first `taken` of them. */
  readonly taken: number
  readonly mind: Mind
  /** When to step again even if nothing is heard; -1: never. */
  readonly wakeAtMs: number
  /** What must never be: the decisions would break an invariant, and the round must not be appended. */
  readonly breaches: ReadonlyArray<Breach>
}

export const mindOf = (state: State): Mind => ({ state, heard: nothingHeard(), planner: planner(state), stuck: false })

/** `early` are facts of the scheduler's own, such as a step of the clock. */
export const step = (mind: Mind, given: ReadonlyArray<Input | Poison>, early: ReadonlyArray<Fact>, atMs: number): Step => {
  const took = takeIn(mind, given.slice(0, INPUTS_MAX), early, atMs)
  const { facts } = took
  if (facts.length > 0) mind.planner.learn(took.state, facts)
  const planned = tryPlan(mind.planner, took.state, atMs)
  if ('failed' in planned) {
    // A bug that lasts is said once for each thing learned, and not again with every heartbeat.
    if (mind.stuck && facts.length === 0) return idle(mind, took)
    const failed: Fact = { type: 'PlanFailed', reason: planned.failed }
    const state = fold(took.state, [failed], atMs)
    return {
      facts: [...facts, failed],
      decisions: [],
      taken: took.taken,
      mind: { state, heard: took.heard, planner: planner(state), stuck: true },
      wakeAtMs: -1,
      breaches: []
    }
  }
  const state = planned.decisions.length > 0 ? fold(took.state, planned.decisions, atMs) : took.state
  const breaches = facts.length + planned.decisions.length > 0 ? breachesOf(state, [...facts, ...planned.decisions]) : []
  return {
    facts,
    decisions: planned.decisions,
    taken: took.taken,
    mind: { state, heard: took.heard, planner: mind.planner, stuck: false },
    wakeAtMs: planned.wakeAtMs,
    breaches
  }
}

const idle = (mind: Mind, took: TookIn): Step => ({
  facts: [],
  decisions: [],
  taken: took.taken,
  mind: { ...mind, state: took.state, heard: took.heard, planner: planner(took.state) },
  wakeAtMs: -1,
  breaches: []
})

export interface TookIn {
  readonly state: State
  readonly heard: Heard
  readonly facts: ReadonlyArray<Fact>
  readonly taken: number
}

/**
 * The first half of a step. Exported for those who prove recorded facts from their inputs: a round consumes more than one step takes
 * where the steps before it had heard nothing to record.
 */
export const takeIn = (
  mind: Pick<Mind, 'state' | 'heard'>,
  given: ReadonlyArray<Input | Poison>,
  early: ReadonlyArray<Fact>,
  atMs: number
): TookIn => {
  let { state, heard } = mind
  const facts: Array<Fact> = [...early]
  let bytes = bytesOf(early)
  // Even a step that hears nothing moves the state's time on.
  state = fold(state, early, atMs)
  let taken = 0
  while (taken < given.length) {
    const input = given[taken]!
    const learned = isPoison(input) ? { facts: [quarantined(input, input.reason)], heard } : tryIntake(state, heard, input, atMs)
    const more = bytesOf(learned.facts)
    if (bytes + more > FACT_BYTES_MAX && facts.length > 0 && more > 0) break
    heard = learned.heard
    if (more > 0) {
      state = fold(state, learned.facts, atMs)
      for (const fact of learned.facts) facts.push(fact)
      bytes += more
    }
    taken += 1
  }
  return { state, heard, facts, taken }
}

const bytesOf = (facts: ReadonlyArray<Fact>): number => facts.reduce((sum, fact) => sum + encodedBytes(fact) + 1, 0)

/** An input that makes intake throw is poison: recorded and passed, so that it never stops the pool. */
const tryIntake = (
  state: State,
  heard: Heard,
  input: Input,
  atMs: number
): { readonly facts: ReadonlyArray<Fact>; readonly heard: Heard } => {
  try {
    return intake(state, heard, input, atMs)
  } catch (bug) {
    return { facts: [quarantined(input, said(bug))], heard }
  }
}

const tryPlan = (plan: Planner, state: State, atMs: number) => {
  try {
    return plan.plan(state, atMs)
  } catch (bug) {
    return { failed: said(bug) }
  }
}

const quarantined = (poison: Pick<Poison, 'stream' | 'position' | 'sha256'>, reason: string): Fact => ({
  type: 'InputQuarantined',
  stream: poison.stream,
  position: poison.position,
  sha256: poison.sha256,
  reason: storable(reason)
})

const said = (bug: unknown): string => storable(bug instanceof Error ? bug.message : 'an unknown error')

/** What a fact can hold of a text: not too long, and without the half of a surrogate pair that a cut may leave. */
const storable = (text: string): string => text.slice(0, 1024).toWellFormed()
