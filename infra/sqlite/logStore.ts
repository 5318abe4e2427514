/**
 * The streams and the ledger of a pool in one SQLite file, blocking: what the worker thread runs. All appends of one call are one
 * transaction and so one sync of the disk, and rounds are judged inside of it, so that no rival can come between rule and row.
 */
import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import * as E from 'fp-ts/lib/Either.js'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import { appender } from './logAppends.ts'
import { logEnds } from './logEnds.ts'
import type { Answer, Grown, Reply, Request } from './logProtocol.ts'
import { readInputs, readRounds } from './logReads.ts'
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

export const logStore = (db: DatabaseSync, file: string, pool: string): LogStore => {
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const ends = logEnds(db, file)
  const append = appender(db, ends, pool)
  const inputs = readInputs(db)
  const rounds = readRounds(db)
  const opened = inodeOf(file)

  /**
   * After a failed sync nobody may trust what it should have written, nor sync again and believe that. SQLite does not: the next
   * transaction writes its frames over those of the failed one, and syncs what it has written itself.
   */
  const failed = (broken: Fault, requests: ReadonlyArray<Request>): ReadonlyArray<Answer> => {
    ends.forget()
    try {
      if (db.isTransaction) db.exec('ROLLBACK')
    } catch {
      // SQLite has rolled back by itself; the fault that made it do so is what we tell.
    }
    return requests.map(({ id }) => ({ id, type: 'Fault', fault: broken }))
  }

  const write = (requests: ReadonlyArray<Request>): ReadonlyArray<Answer> => {
    try {
      // A file that somebody removed takes everything, and keeps nothing.
      if (inodeOf(file) !== opened) return failed(gone(file), requests)
      begin.run()
      const refreshed = ends.refresh()
      if (E.isLeft(refreshed)) return failed(refreshed.left, requests)
      const answers = requests.map((request) => ({ ...append(request), id: request.id }))
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
        return replyOf(ends.refresh(), () => ({ type: 'End', end: ends.next[request.stream] }))
      case 'Head':
        return replyOf(ends.refresh(), () => ({ type: 'Head', head: ends.head }))
      case 'AppendInputs':
      case 'AppendRound':
        throw new Error(`${request.type} is no read`)
    }
  }

  /** For what nobody waits for. Whoever asks for something next is told of the same fault. */
  const quietly = (act: () => void): void => {
    try {
      act()
    } catch (error) {
      sqliteFault(error, file)
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
    grown: ends.grown,
    look: () => quietly(ends.refresh),
    // What cannot be copied back stays in the write-ahead log, where it is just as safe, for the next time.
    checkpoint: () => quietly(() => db.exec('PRAGMA wal_checkpoint(PASSIVE)'))
  }
}

const inodeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.ino ?? -1

const gone = (file: string): Fault =>
  fault('FG_STORE_IO', `${file} was moved, removed or replaced while it was open`, {
    next: 'Put the file back where it was, or stop this program and start it on the file that is there now.'
  })

const replyOf = <A>(result: E.Either<Fault, A>, reply: (found: A) => Reply): Reply =>
  E.isLeft(result) ? { type: 'Fault', fault: result.left } : reply(result.right)
