/** Reading rows of the log's file back as what the ports speak of. A row that does not match its hash is a fault, not an answer. */
import type { DatabaseSync } from 'node:sqlite'
import * as E from 'fp-ts/lib/Either.js'
import type { Stream } from '../../domain/events/inputs.ts'
import { advance, genesis, type Head } from '../../domain/events/round.ts'
import { READ_BYTES_MAX, type StoredInput } from '../../domain/ports/eventLog.ts'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import type { StoredRound } from '../../domain/ports/ledger.ts'
import { countEvents } from '../ledger/countEvents.ts'
import { hashOf } from '../ledger/hash.ts'
import { decodeEnvelope } from '../ledger/roundJson.ts'

type InputReader = (stream: Stream, from: number, recordsMax: number) => ReadonlyArray<StoredInput>
export const readInputs = (db: DatabaseSync): InputReader => {
  const prepare = (stream: Stream) =>
    db.prepare(`SELECT position, id, source, type, time, data FROM ${stream} WHERE position >= ? ORDER BY position LIMIT ?`)
  const select = { jobs: prepare('jobs'), orders: prepare('orders'), heartbeats: prepare('heartbeats') }
  return (stream, from, recordsMax) => {
    const inputs: Array<StoredInput> = []
    let bytes = 0
    for (const row of select[stream].iterate(Math.max(0, from), recordsMax)) {
      const input = inputOf(row)
      inputs.push(input)
      bytes += input.data.length
      if (bytes >= READ_BYTES_MAX) break
    }
    return inputs
  }
}

/** Accepted rounds whose bytes match their hash. */
export const readRounds = (db: DatabaseSync): ((from: number, bytesMax: number) => E.Either<Fault, ReadonlyArray<StoredRound>>) => {
  const raw = readRawRounds(db)
  return (from, bytesMax) => {
    const rounds = raw(from, bytesMax)
    for (const round of rounds) if (hashOf(round.bytes) !== round.hash) return E.left(mismatch(round))
    return E.right(rounds)
  }
}

/** Rows of rounds as they stand in the file, for readers that judge them themselves. */
export const readRawRounds = (db: DatabaseSync): ((from: number, bytesMax: number) => ReadonlyArray<StoredRound>) => {
  const select = db.prepare('SELECT number, first_position, hash, bytes FROM rounds WHERE number >= ? ORDER BY number')
  return (from, bytesMax) => {
    const rounds: Array<StoredRound> = []
    let bytes = 0
    for (const row of select.iterate(Math.max(0, from))) {
      const round = roundOf(row)
      bytes += round.bytes.length
      if (bytes > Math.min(bytesMax, READ_BYTES_MAX) && rounds.length > 0) break
      rounds.push(round)
    }
    return rounds
  }
}

/** The head that follows from the last stored round. */
export const headOf = (db: DatabaseSync, file: string): E.Either<Fault, Head> => {
  const row = db.prepare('SELECT number, first_position, hash, bytes FROM rounds ORDER BY number DESC LIMIT 1').get()
  if (row === undefined) return E.right(genesis)
  const round = roundOf(row)
  if (hashOf(round.bytes) !== round.hash) return E.left(mismatch(round))
  const envelope = decodeEnvelope(round.bytes, `${file}, round ${round.number}`)
  if (E.isLeft(envelope)) return envelope
  return E.right(advance(envelope.right, round.hash, countEvents(round.bytes), { ...genesis, events: round.firstPosition }))
}

const mismatch = (round: StoredRound): Fault =>
  fault('FG_LEDGER_CORRUPT', `round ${round.number} does not match its hash ${round.hash.slice(0, 16)}...`)

type Row = Readonly<Record<string, unknown>>

const inputOf = (row: Row): StoredInput => ({
  position: Number(row['position']),
  id: String(row['id']),
  source: String(row['source']),
  type: String(row['type']),
  time: String(row['time']),
  data: bytesOf(row['data'])
})

const roundOf = (row: Row): StoredRound => ({
  number: Number(row['number']),
  firstPosition: Number(row['first_position']),
  hash: String(row['hash']),
  bytes: bytesOf(row['bytes'])
})

/** Anything but bytes here is a damaged file; an empty value fails every check that follows. */
const bytesOf = (value: unknown): Uint8Array => (value instanceof Uint8Array ? value : new Uint8Array())
