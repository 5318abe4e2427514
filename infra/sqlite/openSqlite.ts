/** The embedded backend: the streams and the ledger of a pool in one SQLite file, written by one worker thread. */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Stream } from '../../domain/events/inputs.ts'
import { invariant } from '../../domain/kernel/invariant.ts'
import type { EventLog, InputRecord, StoredInput } from '../../domain/ports/eventLog.ts'
import type { Fault } from '../../domain/ports/fault.ts'
import type { Appended, Ledger, StoredRound } from '../../domain/ports/ledger.ts'
import { watchers, type Watchers } from '../ledger/watchers.ts'
import { openClient, type LogClient } from './logClient.ts'
import { pack, type Grown, type Reply } from './logProtocol.ts'
import { tail } from './tail.ts'

export interface SqliteOptions {
  readonly file: string
  readonly pool: string
  /** `atClose` is for simulations: nothing is promised to be on disk before `close` has answered. */
  readonly durability?: 'everyCommit' | 'atClose'
  /** How often to look whether another process has written; 50 ms if left out. */
  readonly pollMs?: number
  /** How long to wait for another process that writes just now; 5 s if left out. */
  readonly busyMs?: number
}

export interface SqliteLog {
  readonly eventLog: EventLog
  readonly ledger: Ledger
  /** Closes both. */
  readonly close: TaskEither<Fault, void>
}

/** What a record weighs beside its data. */
const RECORD_BYTES = 256
/** More rounds than this are not answered from memory at once. */
const ROUNDS_MAX = 1_000

export const openSqlite =
  (options: SqliteOptions): TaskEither<Fault, SqliteLog> =>
  async () => {
    const listeners: Readonly<Record<Grown, Watchers>> = {
      jobs: watchers(),
      orders: watchers(),
      heartbeats: watchers(),
      ledger: watchers()
    }
    const { file, pool, durability = 'everyCommit', pollMs = 50, busyMs = 5000 } = options
    const opened = await openClient({ file, pool, durability, pollMs, busyMs }, (grown) => listeners[grown].call())
    if (E.isLeft(opened)) return opened
    const client = opened.right
    const open = new Set(['eventLog', 'ledger'])
    const closePart = (part: string) => async () => {
      open.delete(part)
      if (open.size === 0) await client.close()
    }
    return E.right({
      eventLog: eventLogOf(client, listeners, closePart('eventLog')),
      ledger: ledgerOf(client, listeners.ledger, closePart('ledger')),
      close: () => {
        for (const some of Object.values(listeners)) some.clear()
        return client.close()
      }
    })
  }

const eventLogOf = (client: LogClient, listeners: Readonly<Record<Stream, Watchers>>, close: () => Promise<void>): EventLog => {
  const tails = { jobs: tail<StoredInput>(), orders: tail<StoredInput>(), heartbeats: tail<StoredInput>() }

  const append = (stream: Stream, records: ReadonlyArray<InputRecord>): Promise<E.Either<Fault, ReadonlyArray<number>>> => {
    if (records.length === 0) return Promise.resolve(E.right([]))
    const inputs = pack(records)
    return client.ask({ type: 'AppendInputs', stream, inputs }, inputs.data.length + records.length * RECORD_BYTES, (reply) => {
      expect(reply, 'InputsAppended')
      const positions = records.map((record, index) => {
        const position = reply.first + index
        const data = inputs.data.subarray(index === 0 ? 0 : inputs.ends[index - 1], inputs.ends[index])
        tails[stream].add(position, { ...record, data, position }, data.length)
        return position
      })
      listeners[stream].call()
      return positions
    })
  }

  const read = (stream: Stream, from: number, recordsMax: number): Promise<E.Either<Fault, ReadonlyArray<StoredInput>>> => {
    const kept = tails[stream].from(from, recordsMax)
    if (kept !== undefined) return Promise.resolve(E.right(kept))
    return client.ask({ type: 'ReadInputs', stream, from, recordsMax }, 0, (reply) => {
      expect(reply, 'Inputs')
      return reply.inputs
    })
  }

  return {
    append: (stream, records) => () => append(stream, records),
    read: (stream, from, recordsMax) => () => read(stream, from, recordsMax),
    end: (stream) => () =>
      client.ask({ type: 'End', stream }, 0, (reply) => {
        expect(reply, 'End')
        return reply.end
      }),
    watch: (stream, grown) => listeners[stream].add(grown),
    close
  }
}

const ledgerOf = (client: LogClient, listeners: Watchers, close: () => Promise<void>): Ledger => {
  const rounds = tail<StoredRound>()

  const append = (given: Uint8Array): Promise<E.Either<Fault, Appended>> => {
    // A copy, since the caller may use its bytes for something else while these wait, and are kept.
    const bytes = new Uint8Array(given)
    return client.ask({ type: 'AppendRound', bytes }, bytes.length, (reply) => {
      expect(reply, 'RoundAppended')
      if (reply.stored !== undefined) {
        rounds.add(reply.stored.number, { ...reply.stored, bytes }, bytes.length)
        listeners.call()
      }
      return reply.appended
    })
  }

  const read = (from: number, bytesMax: number): Promise<E.Either<Fault, ReadonlyArray<StoredRound>>> => {
    const kept = rounds.from(from, ROUNDS_MAX)
    if (kept !== undefined) return Promise.resolve(E.right(upTo(kept, bytesMax)))
    return client.ask({ type: 'ReadRounds', from, bytesMax }, 0, (reply) => {
      expect(reply, 'Rounds')
      return reply.rounds
    })
  }

  return {
    append: (bytes) => () => append(bytes),
    read: (from, bytesMax) => () => read(from, bytesMax),
    head: () => () =>
      client.ask({ type: 'Head' }, 0, (reply) => {
        expect(reply, 'Head')
        return reply.head
      }),
    watch: listeners.add,
    close
  }
}

/** The first rounds whose bytes together stay within the bound, and at least one. */
const upTo = (rounds: ReadonlyArray<StoredRound>, bytesMax: number): ReadonlyArray<StoredRound> => {
  let bytes = 0
  const end = rounds.findIndex((round, index) => (bytes += round.bytes.length) > bytesMax && index > 0)
  return end < 0 ? rounds : rounds.slice(0, end)
}

function expect<T extends Reply['type']>(reply: Reply, type: T): asserts reply is Extract<Reply, { readonly type: T }> {
  invariant(reply.type === type, `the log worker answered ${reply.type} where ${type} was asked for`)
}
