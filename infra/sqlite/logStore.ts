/**
 * The streams and the ledger of a pool in one SQLite file, blocking: what the worker thread runs. All appends of one call are one
 * transaction and so one sync of the disk, and rounds are judged inside of it, so that no rival can come between rule and row.
 */
import type { DatabaseSync } from 'node:sqlite'
import * as E from 'fp-ts/lib/Either.js'
import { STREAMS, type Stream } from '../../domain/events/inputs.ts'
import { genesis, type Head } from '../../domain/events/round.ts'
import type { Fault } from '../../domain/ports/fault.ts'
import { judge } from '../ledger/judge.ts'
import type { Answer, Grown, Reply, Request } from './logProtocol.ts'
import { headOf, readInputs, readRounds } from './logReads.ts'
import { sqliteFault } from './sqliteFault.ts'

export interface LogStore {
  /** Answers the appends once they are on disk, in the order in which they were asked for. */
  readonly write: (requests: ReadonlyArray<Request>) => ReadonlyArray<Answer>
  readonly read: (request: Request) => Reply
  /** What others were found to have added to, since this was asked last. */
  readonly grown: () => ReadonlyArray<Grown>
  /** Looks whether another connection has written. Every other function that needs to know looks by itself. */
  readonly look: () => void
  /** Copies the write-ahead log back into the file, as far as no reader stands in the way. */
  readonly checkpoint: () => void
}

type Ends = Record<Stream, number>

export const logStore = (db: DatabaseSync, file: string, pool: string): LogStore => {
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const dataVersion = db.prepare('PRAGMA data_version')
  const lastPosition = perStream((stream) => db.prepare(`SELECT max(position) AS last FROM ${stream}`))
  const insertInput = perStream((stream) =>
    db.prepare(`INSERT INTO ${stream} (position, id, source, type, time, data) VALUES (?, ?, ?, ?, ?, ?)`)
  )
  const insertRound = db.prepare('INSERT INTO rounds (number, first_position, hash, bytes) VALUES (?, ?, ?, ?)')
  const countRejection = db.prepare(`
    INSERT INTO rejections (reason, count, number, leader) VALUES (?, 1, ?, ?)
    ON CONFLICT DO UPDATE SET count = count + 1, number = excluded.number, leader = excluded.leader
  `)
  const inputs = readInputs(db)
  const rounds = readRounds(db)

  let seenVersion = -1
  let ends: Ends = { jobs: 0, orders: 0, heartbeats: 0 }
  let head: Head = genesis
  const grownByOthers = new Set<Grown>()

  /** Looks again at what the file holds, but only where another connection has written since. */
  const refresh = (): E.Either<Fault, void> => {
    const version = Number(dataVersion.get()?.['data_version'])
    if (version === seenVersion) return E.right(undefined)
    const newest = headOf(db, file)
    if (E.isLeft(newest)) return newest
    const now = perStream((stream) => Number(lastPosition[stream].get()?.['last'] ?? -1) + 1)
    if (seenVersion !== -1) {
      for (const stream of STREAMS) if (now[stream] !== ends[stream]) grownByOthers.add(stream)
      if (newest.right.number !== head.number) grownByOthers.add('ledger')
    }
    ends = now
    head = newest.right
    seenVersion = version
    return E.right(undefined)
  }

  const appendOne = (request: Request): Reply => {
    if (request.type === 'AppendInputs') {
      const first = ends[request.stream]
      const { attributes, ends: dataEnds, data } = request.inputs
      attributes.forEach(({ id, source, type, time }, index) => {
        const bytes = data.subarray(index === 0 ? 0 : dataEnds[index - 1], dataEnds[index])
        insertInput[request.stream].run(first + index, id, source, type, time, bytes)
      })
      ends[request.stream] = first + attributes.length
      return { type: 'InputsAppended', first }
    }
    if (request.type !== 'AppendRound') throw new Error(`${request.type} is no append`)
    const judged = judge(head, request.bytes, pool)
    if (E.isLeft(judged)) return { type: 'Fault', fault: judged.left }
    if (judged.right.type === 'Rejected') {
      const { rejection, envelope } = judged.right
      countRejection.run(rejection, envelope.number, envelope.leader)
      return { type: 'RoundAppended', appended: { type: 'Rejected', rejection, head }, stored: undefined }
    }
    const { number, firstPosition, hash } = judged.right.round
    insertRound.run(number, firstPosition, hash, request.bytes)
    head = judged.right.head
    return { type: 'RoundAppended', appended: { type: 'Accepted', head }, stored: { number, firstPosition, hash } }
  }

  /** After a failed transaction nothing that is remembered can be trusted: it is read again before the next one. */
  const failed = (broken: Fault, requests: ReadonlyArray<Request>): ReadonlyArray<Answer> => {
    try {
      if (db.isTransaction) db.exec('ROLLBACK')
    } catch {
      // SQLite has rolled back by itself; the fault that made it do so is what we tell.
    }
    seenVersion = seenVersion === -1 ? -1 : -2
    return requests.map(({ id }) => ({ id, type: 'Fault', fault: broken }))
  }

  const write = (requests: ReadonlyArray<Request>): ReadonlyArray<Answer> => {
    try {
      begin.run()
      const refreshed = refresh()
      if (E.isLeft(refreshed)) return failed(refreshed.left, requests)
      const answers = requests.map((request) => ({ id: request.id, ...appendOne(request) }))
      commit.run()
      return answers
    } catch (error) {
      return failed(sqliteFault(error, file), requests)
    }
  }

  const readOne = (request: Request): Reply => {
    switch (request.type) {
      case 'ReadInputs':
        return { type: 'Inputs', inputs: inputs(request.stream, request.from, request.recordsMax) }
      case 'ReadRounds':
        return replyOf(rounds(request.from, request.bytesMax), (found) => ({ type: 'Rounds', rounds: found }))
      case 'End':
        return replyOf(refresh(), () => ({ type: 'End', end: ends[request.stream] }))
      case 'Head':
        return replyOf(refresh(), () => ({ type: 'Head', head }))
      default:
        throw new Error(`${request.type} is no read`)
    }
  }

  return {
    write,
    read: (request) => {
      try {
        return readOne(request)
      } catch (error) {
        return { type: 'Fault', fault: sqliteFault(error, file) }
      }
    },
    look: () => {
      try {
        refresh()
      } catch (error) {
        // Whoever asks for something next is told; a look at the file has nobody to tell.
        sqliteFault(error, file)
      }
    },
    grown: () => {
      const found = [...grownByOthers]
      grownByOthers.clear()
      return found
    },
    checkpoint: () => {
      try {
        db.exec('PRAGMA wal_checkpoint(PASSIVE)')
      } catch (error) {
        // What could not be copied back stays in the write-ahead log, where it is just as safe, for the next time.
        sqliteFault(error, file)
      }
    }
  }
}

const replyOf = <A>(result: E.Either<Fault, A>, reply: (found: A) => Reply): Reply =>
  E.isLeft(result) ? { type: 'Fault', fault: result.left } : reply(result.right)

const perStream = <A>(make: (stream: Stream) => A): Record<Stream, A> => ({
  jobs: make('jobs'),
  orders: make('orders'),
  heartbeats: make('heartbeats')
})
