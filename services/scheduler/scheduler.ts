/**
 * The loop of a pool: inputs -> intake -> fold -> plan -> invariants -> append -> read back -> publish. It acts only on rounds that
 * the ledger has accepted; if another scheduler took the ledger over, it stops and says so.
 */
import * as E from 'fp-ts/lib/Either.js'
import { fold } from '../../domain/cluster/fold.ts'
import type { State } from '../../domain/cluster/state.ts'
import type { Fact } from '../../domain/events/facts.ts'
import { CORE_VERSION, type Consumed, type Head, type Round } from '../../domain/events/round.ts'
import { mindOf, step, type Mind, type Step } from '../../domain/step.ts'
import type { Clock } from '../../domain/ports/clock.ts'
import type { EventLog } from '../../domain/ports/eventLog.ts'
import type { Fault } from '../../domain/ports/fault.ts'
import type { Ledger } from '../../domain/ports/ledger.ts'
import { encodeRound } from '../../infra/ledger/roundJson.ts'
import { appendSurely, retrying } from './appendSurely.ts'
import { checkpoint } from './checkpoint.ts'
import { inbox } from './inbox.ts'
import type { Recovered } from './recover.ts'

export interface AcceptedRound {
  readonly round: Round
  /** The ledger position of the round's first event. */
  readonly firstPosition: number
  readonly head: Head
}

/** Where a round is on its way: read, decided, about to be appended, accepted, published. */
export const PHASES = ['filled', 'stepped', 'appending', 'accepted', 'published'] as const
export type RoundPhase = (typeof PHASES)[number]

export interface SchedulerOptions {
  readonly pool: string
  /** Names this run of this scheduler among all others, for ever. */
  readonly leader: string
  readonly eventLog: EventLog
  readonly ledger: Ledger
  readonly clock: Clock
  readonly from: Recovered
  /** Told of each accepted round, in order; must not throw. */
  readonly onAccepted: (accepted: AcceptedRound) => void
  /** A fault that passes by itself, while it lasts; for logs and readiness. */
  readonly onTrouble: (fault: Fault | undefined) => void
  /** A breach of an invariant or a plan that threw: a bug that a person must hear of. */
  readonly onAlarm: (message: string) => void
  /** Told where each round is; tests end the process there. */
  readonly onPhase?: (phase: RoundPhase) => void
}

export interface Scheduler {
  /** Reads the newest state at once, synchronously; the state must not be held on to. A round that is under way is in it already. */
  readonly read: <T>(question: (state: State) => T) => T
  /** The same for those who act on the answer: it knows accepted rounds only. Folds some of them again where a round is under way. */
  readonly readAccepted: <T>(question: (state: State) => T) => T
  /** The fault that ended the loop by itself, or undefined after `stop`. */
  readonly ended: Promise<Fault | undefined>
  readonly stop: () => Promise<void>
}

export const startScheduler = (options: SchedulerOptions): Scheduler => {
  const { eventLog, ledger, clock, onPhase = () => undefined } = options
  let mind: Mind = mindOf(options.from.state)
  let head = options.from.head
  const epoch = head.epoch + 1
  const back = checkpoint(mind.state)
  const box = inbox(eventLog, head.consumed)
  let stopping = false
  let underWay = false
  let wakeUp = (): void => undefined

  /** One round, if there is anything to say; answers when to go on, or the fault that ends the loop. */
  const turn = async (claim: boolean): Promise<E.Either<Fault, number>> => {
    const filled = await retrying(box.fill, options.onTrouble, () => stopping)
    if (E.isLeft(filled)) return filled
    onPhase('filled')
    const atMs = Math.max(head.at, clock.nowMs())
    const waiting = box.waiting()
    const early = clockFacts(clock)
    let made = step(mind, waiting, early, atMs)
    if (made.breaches.length > 0) {
      options.onAlarm(
        `the plan of round ${head.number + 1} breaks ${made.breaches.map((breach) => `${breach.name} (${breach.detail})`).join(', ')}`
      )
      made = withoutDecisions(back.restore(), made, atMs)
    }
    mind = made.mind
    const consumed = box.take(made.taken)
    onPhase('stepped')
    if (!claim && !isWorthARound(made, head.consumed, consumed)) return E.right(made.wakeAtMs)
    const round = roundOf(options, made, { head, epoch, consumed, atMs })
    const bytes = encodeRound(round)
    underWay = true
    onPhase('appending')
    const accepted = await appendSurely(ledger, bytes, options.onTrouble, () => stopping)
    if (E.isLeft(accepted)) return accepted
    onPhase('accepted')
    const firstPosition = head.events
    head = accepted.right
    back.accepted(round, mind.state)
    underWay = false
    alarms(round).forEach(options.onAlarm)
    options.onAccepted({ round, firstPosition, head })
    onPhase('published')
    return E.right(made.wakeAtMs)
  }

  const run = async (): Promise<Fault | undefined> => {
    let result = await turn(true)
    while (E.isRight(result) && !stopping) {
      const pause = rest(result.right, clock, box.grown())
      wakeUp = pause.end
      await pause.over
      if (stopping) break
      result = await turn(false)
    }
    box.close()
    return E.isLeft(result) && !stopping ? result.left : undefined
  }

  const ended = run()
  return {
    read: (question) => question(mind.state),
    readAccepted: (question) => question(underWay ? back.restore() : mind.state),
    ended,
    stop: async () => {
      stopping = true
      wakeUp()
      await ended
    }
  }
}

interface Place {
  readonly head: Head
  readonly epoch: number
  readonly consumed: Consumed
  readonly atMs: number
}

const roundOf = (options: SchedulerOptions, made: Step, place: Place): Round => ({
  pool: options.pool,
  number: place.head.number + 1,
  prev: place.head.hash,
  epoch: place.epoch,
  leader: options.leader,
  core: CORE_VERSION,
  at: place.atMs,
  heardFrom: place.consumed.heartbeats.next,
  consumed: place.consumed,
  facts: made.facts,
  decisions: made.decisions
})

/** Until a stream grew, or it is time for what the plan waits for, or somebody ends it. */
const rest = (wakeAtMs: number, clock: Clock, grown: Promise<void>): { readonly over: Promise<void>; readonly end: () => void } => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = wakeAtMs < 0 ? undefined : setTimeout(resolve, Math.min(Math.max(0, wakeAtMs - clock.nowMs()), SLEEP_MS_MAX))
  void grown.then(resolve)
  return { over: promise.finally(() => clearTimeout(timer)), end: resolve }
}

/** A longer sleep is cut in two: timers count in 32 bits. */
const SLEEP_MS_MAX = 3_600_000

const clockFacts = (clock: Clock): ReadonlyArray<Fact> => {
  clock.nowMs()
  const stepped = clock.takeStep()
  return stepped === undefined ? [] : [{ type: 'ClockStepped', ...stepped }]
}

const alarms = (round: Round): ReadonlyArray<string> =>
  round.facts.flatMap((fact) => (fact.type === 'PlanFailed' ? [`round ${round.number}: ${fact.reason}`] : []))

/** An idle pool writes no rounds: heartbeats that changed nothing are read again after a restart, and change nothing again. */
const isWorthARound = (made: Step, before: Consumed, now: Consumed): boolean =>
  made.facts.length > 0 || made.decisions.length > 0 || now.jobs.next > before.jobs.next || now.orders.next > before.orders.next

/** The step again without its decisions, which would have broken an invariant. */
const withoutDecisions = (before: State, made: Step, atMs: number): Step => {
  const failed: Fact = { type: 'PlanFailed', reason: `invariants broken: ${made.breaches.map((breach) => breach.name).join(', ')}` }
  const facts = [...made.facts, failed]
  const state = fold(before, facts, atMs)
  return { ...made, facts, decisions: [], breaches: [], wakeAtMs: -1, mind: { ...mindOf(state), heard: made.mind.heard } }
}
