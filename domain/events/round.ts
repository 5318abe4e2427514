/**
 * A round: what the scheduler of a pool learned and decided in one step, and the rule by which every reader of the ledger agrees
 * which rounds count. The log itself decides between rivals, so safety needs no lock, lease or transaction.
 */
import type * as t from 'io-ts'
import type { Decision, Fact } from './event.ts'
import { count, exactly, hex, integer, text, timeMs } from './codec.ts'

/** Planning logic that may answer differently for the same input has another number. */
export const CORE_VERSION = 1
export const ROUND_BYTES_MAX = 512 * 1024
/** Intake stops before its facts take more than this; one input's facts always fit. */
export const FACT_BYTES_MAX = 184 * 1024
/** Plan stops before its decisions take more than this; the rest of a round is for its envelope. */
export const DECISION_BYTES_MAX = 320 * 1024
export const DECISIONS_MAX = 4096
export const NO_HASH = '0'.repeat(64)

/** How far an input stream is consumed: the next position to read, and the chain of hashes over all records before it. */
export const Consumed = exactly({
  jobs: exactly({ next: count, hash: hex(32) }),
  orders: exactly({ next: count, hash: hex(32) }),
  heartbeats: exactly({ next: count })
})
export type Consumed = t.TypeOf<typeof Consumed>

/** Everything of a round but its events: what acceptance is judged on. */
export const Envelope = exactly({
  pool: text(1, 63),
  number: count,
  /** The hash of the round before: sha256 of its stored bytes. */
  prev: hex(32),
  epoch: integer(1, Number.MAX_SAFE_INTEGER),
  leader: text(1, 128),
  core: integer(1, Number.MAX_SAFE_INTEGER),
  at: timeMs,
  /** Where a cold start begins to read heartbeats, to learn again which nodes were heard. */
  heardFrom: count,
  consumed: Consumed
})
export type Envelope = t.TypeOf<typeof Envelope>

export interface Round extends Envelope {
  readonly facts: ReadonlyArray<Fact>
  readonly decisions: ReadonlyArray<Decision>
}

/** The newest accepted round of a pool, as far as the next one is judged by it. */
export interface Head {
  readonly number: number
  readonly hash: string
  readonly epoch: number
  readonly leader: string
  readonly at: number
  readonly consumed: Consumed
  readonly heardFrom: number
  /** Accepted events up to and with this round: the position of the next event. */
  readonly events: number
}

export const nothingConsumed: Consumed = { jobs: { next: 0, hash: NO_HASH }, orders: { next: 0, hash: NO_HASH }, heartbeats: { next: 0 } }

/** The head of an empty ledger: the first round has number 0, epoch 1 and 64 zeros for `prev`. */
export const genesis: Head = { number: -1, hash: NO_HASH, epoch: 0, leader: '', at: 0, consumed: nothingConsumed, heardFrom: 0, events: 0 }

export type Rejection = 'WrongPredecessor' | 'WrongNumber' | 'TimeWentBack' | 'StaleEpoch' | 'EpochSkipped' | 'NotTheLeader'

/** The acceptance rule, in O(1) on the envelope alone: undefined where the round is the next one, else why it never happened. */
export const rejectionOf = (head: Head, round: Pick<Envelope, 'number' | 'prev' | 'epoch' | 'leader' | 'at'>): Rejection | undefined => {
  if (round.epoch < head.epoch) return 'StaleEpoch'
  if (round.number !== head.number + 1) return 'WrongNumber'
  if (round.prev !== head.hash) return 'WrongPredecessor'
  if (round.at < head.at) return 'TimeWentBack'
  if (round.epoch > head.epoch + 1) return 'EpochSkipped'
  if (round.epoch === head.epoch && round.leader !== head.leader) return 'NotTheLeader'
  return undefined
}

/** The head after an accepted round of this hash. */
export const advance = (round: Envelope, hash: string, eventCount: number, head: Head): Head => ({
  number: round.number,
  hash,
  epoch: round.epoch,
  leader: round.leader,
  at: round.at,
  consumed: round.consumed,
  heardFrom: round.heardFrom,
  events: head.events + eventCount
})
