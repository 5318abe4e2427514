/**
 * Keeps the views of a pool in step with its ledger: reads accepted rounds, has them projected batch by batch, and tells who waits for a
 * round when the views have it. A view that was stored from another ledger, or by another version, begins again from zero.
 */
import * as E from 'fp-ts/lib/Either.js'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import type { Ledger, StoredRound } from '../../domain/ports/ledger.ts'
import type { Mark } from '../../domain/ports/viewStore.ts'
import { memoryViewStore } from '../../infra/memory/viewStore.ts'
import { views } from '../../projections/index.ts'
import type { Answer, Asked, QueryName } from '../../projections/queries.ts'
import { hostHere, hostInThread, type Host } from './host.ts'
import type { Standing } from './protocol.ts'

export interface Projector {
  /** Answers when the views have this round; a fault where they will not get there without help, or not soon. */
  readonly caughtUp: (roundNumber: number) => Promise<E.Either<Fault, void>>
  readonly ask: <Q extends QueryName>(name: Q, asked: Asked<Q>) => Promise<E.Either<Fault, Answer<Q>>>
  readonly status: () => Progress
  readonly close: () => Promise<void>
}

export interface Progress {
  /** The next round of the view that is furthest behind. */
  readonly round: number
  /** Events of unknown types that were passed over since the start, by type. */
  readonly skipped: ReadonlyMap<string, number>
  /** What stands in the way just now. */
  readonly trouble: Fault | undefined
}

export interface ProjectorOptions {
  readonly ledger: Pick<Ledger, 'read' | 'watch'>
  /** The views' own file; left out: they are in memory, and are built again by the next who starts them. */
  readonly file?: string
  /** Of rounds that are projected in one transaction. */
  readonly batchBytesMax?: number
  /** Between tries while something stands in the way. */
  readonly retryMs?: number
}

const BATCH_BYTES_MAX = 2 * 1024 * 1024
const RETRY_MS = 1_000
/** Who waits is told what stands in the way when so many tries were in vain, and not before: most troubles pass. */
const TRIES_IN_VAIN = 5

export const startProjector = async (options: ProjectorOptions): Promise<E.Either<Fault, Projector>> => {
  const host = options.file === undefined ? hostHere(memoryViewStore(), views) : await hostInThread(options.file)
  return E.isLeft(host) ? host : E.right(projectorOn(host.right, options))
}

/** The same over any host of views. */
export const projectorOn = (host: Host, options: Omit<ProjectorOptions, 'file'>): Projector => {
  const { ledger, batchBytesMax = BATCH_BYTES_MAX, retryMs = RETRY_MS } = options
  const queue = waitingQueue()
  const bell = bellOf()
  let trouble: Fault | undefined
  let triesInVain = 0
  let isOurs = false
  let closed = false

  const lasting = (): Fault | undefined => (trouble?.retriable === true && triesInVain < TRIES_IN_VAIN ? undefined : trouble)
  // What was stored of another ledger says nothing about the rounds of this one.
  const tell = (): void => queue.tell(isOurs ? nextRound(host.standing()) : 0, lasting())

  /** Answers how many rounds were taken. */
  const once = async (): Promise<E.Either<Fault, number>> => {
    if (!isOurs) {
      const reset = await resetForeign(host, ledger)
      if (E.isLeft(reset)) return reset
      isOurs = true
    }
    const read = await ledger.read(nextRound(host.standing()), batchBytesMax)()
    if (E.isLeft(read)) return read
    if (read.right.length === 0) return E.right(0)
    const taken = await host.take(read.right)
    return E.isLeft(taken) ? taken : E.right(read.right.length)
  }

  const run = async (): Promise<void> => {
    while (!closed) {
      bell.reset()
      const done = await once()
      trouble = E.isLeft(done) ? done.left : undefined
      triesInVain = E.isLeft(done) ? triesInVain + 1 : 0
      tell()
      if (E.isLeft(done)) await bell.wait(done.left.retriable ? retryMs : undefined)
      else if (done.right === 0) await bell.wait(undefined)
    }
  }

  const stopWatching = ledger.watch(bell.ring)
  const running = run()
  return {
    caughtUp: (roundNumber) =>
      new Promise((answer) => {
        queue.add(roundNumber, answer)
        tell()
      }),
    ask: async (name, asked) => {
      const answer = await host.ask(name, asked)
      if (E.isLeft(answer) && answer.left.code === 'FG_VIEWS_REBUILT') bell.ring()
      return answer
    },
    status: () => ({ round: nextRound(host.standing()), skipped: host.standing().skipped, trouble }),
    close: async () => {
      closed = true
      stopWatching()
      bell.ring()
      await running
      queue.tell(nextRound(host.standing()), fault('FG_STORE_CLOSED', 'the views were closed before they had that round'))
      await host.close()
    }
  }
}

type Tell = (done: E.Either<Fault, void>) => void

/** Who waits for a round. */
const waitingQueue = () => {
  const waiting = new Set<{ readonly round: number; readonly answer: Tell }>()
  return {
    add: (round: number, answer: Tell): void => void waiting.add({ round, answer }),
    tell: (next: number, trouble: Fault | undefined): void => {
      for (const one of waiting) {
        if (one.round < next) one.answer(E.right(undefined))
        else if (trouble !== undefined) one.answer(E.left(trouble))
        else continue
        waiting.delete(one)
      }
    }
  }
}

/** Rung when there may be something to do; what is rung while nobody waits is heard by the next who does. */
const bellOf = () => {
  let rung = false
  let wake: () => void = () => undefined
  return {
    reset: (): void => {
      rung = false
    },
    ring: (): void => {
      rung = true
      wake()
    },
    /** Until it is rung, or the time is over. */
    wait: (ms: number | undefined): Promise<void> =>
      new Promise((done) => {
        const timer = ms === undefined ? undefined : setTimeout(() => wake(), ms)
        wake = () => {
          clearTimeout(timer)
          wake = () => undefined
          done()
        }
        if (rung) wake()
      })
  }
}

const nextRound = ({ marks }: Standing): number => {
  let least = Infinity
  for (const mark of marks.values()) least = Math.min(least, mark.round)
  return least === Infinity ? 0 : least
}

/** Begins again with views whose last round is not in this ledger, such as when the ledger's file was replaced. */
const resetForeign = async (host: Host, ledger: Pick<Ledger, 'read'>): Promise<E.Either<Fault, void>> => {
  const foreign: Array<string> = []
  // Most views stand at the same round, and it is read once.
  const ours = new Map<string, boolean>()
  for (const [view, mark] of host.standing().marks) {
    if (mark.round === 0) continue
    const key = `${mark.round} ${mark.hash}`
    if (!ours.has(key)) {
      const read = await ledger.read(mark.round - 1, 1)()
      if (E.isLeft(read)) return read
      ours.set(key, isOf(read.right[0], mark))
    }
    if (ours.get(key) === false) foreign.push(view)
  }
  return foreign.length === 0 ? E.right(undefined) : host.reset(foreign)
}

const isOf = (round: StoredRound | undefined, mark: Mark): boolean => round?.number === mark.round - 1 && round.hash === mark.hash
