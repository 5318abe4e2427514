/**
 * Writes the inputs and rounds of a simulation through the production ports, pipelined: rounds chain by their hashes whether or not
 * somebody waits for each, and the file is synced once at the end.
 */
import * as E from 'fp-ts/lib/Either.js'
import { STREAMS, type Stream } from '../../domain/events/inputs.ts'
import { advance, genesis, type Consumed, type Head, type Round } from '../../domain/events/round.ts'
import type { EventLog, StoredInput } from '../../domain/ports/eventLog.ts'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import type { Ledger } from '../../domain/ports/ledger.ts'
import { hashOf } from '../../infra/ledger/hash.ts'
import { chain } from '../../infra/ledger/inputHash.ts'
import { encodeRound } from '../../infra/ledger/roundJson.ts'

/** Rounds that are under way at once. */
const ROUNDS_PER_FLUSH = 256

export interface Store {
  readonly eventLog: EventLog
  readonly ledger: Ledger
}

export type RoundBody = Pick<Round, 'pool' | 'leader' | 'core' | 'at' | 'facts' | 'decisions'>

export interface Recorder {
  readonly head: () => Head
  /** A record that the next round consumes. */
  readonly heard: (stream: Stream, record: StoredInput) => void
  readonly decided: (body: RoundBody) => void
  /** Hands over what waits, if it is much, or in any case at the end. */
  readonly flush: (all: boolean) => Promise<E.Either<Fault, void>>
}

/** Without a store the rounds are encoded and hashed all the same, and then let go. */
export const recorder = (store: Store | undefined): Recorder => {
  let head = genesis
  let consumed: Consumed = genesis.consumed
  const inputs: Record<Stream, Array<StoredInput>> = { jobs: [], orders: [], heartbeats: [] }
  const ends: Record<Stream, number> = { jobs: 0, orders: 0, heartbeats: 0 }
  const rounds: Array<Uint8Array> = []

  const heard = (stream: Stream, record: StoredInput): void => {
    ends[stream] += 1
    if (stream === 'heartbeats') consumed = { ...consumed, heartbeats: { next: ends.heartbeats } }
    else consumed = { ...consumed, [stream]: { next: ends[stream], hash: chain(consumed[stream].hash, record) } }
    if (store !== undefined) inputs[stream].push(record)
  }

  const decided = (body: RoundBody): void => {
    const round: Round = { ...body, number: head.number + 1, prev: head.hash, epoch: 1, heardFrom: consumed.heartbeats.next, consumed }
    const bytes = encodeRound(round)
    head = advance(round, hashOf(bytes), round.facts.length + round.decisions.length, head)
    if (store !== undefined) rounds.push(bytes)
  }

  const flush = async (all: boolean): Promise<E.Either<Fault, void>> => {
    if (store === undefined || (!all && rounds.length < ROUNDS_PER_FLUSH)) return E.right(undefined)
    const written = STREAMS.filter((stream) => inputs[stream].length > 0).map((stream) =>
      store.eventLog.append(stream, inputs[stream].splice(0))()
    )
    const appended = rounds.splice(0).map((bytes) => store.ledger.append(bytes)())
    const broken = [...(await Promise.all(written)), ...(await Promise.all(appended))].find(E.isLeft)
    if (broken !== undefined) return broken
    const rejected = (await Promise.all(appended)).find((one) => E.isRight(one) && one.right.type === 'Rejected')
    return rejected === undefined
      ? E.right(undefined)
      : E.left(fault('FG_LEDGER_LOST', 'the file already holds a ledger; name one that does not exist yet'))
  }
  return { head: () => head, heard, decided, flush }
}
