/** A log's file as a checker sees it: rows as they stand, judged by nobody. Blocking; a live server may go on writing to the file. */
import type { DatabaseSync } from 'node:sqlite'
import * as E from 'fp-ts/lib/Either.js'
import type { Stream } from '../../domain/events/inputs.ts'
import type { StoredInput } from '../../domain/ports/eventLog.ts'
import type { Fault } from '../../domain/ports/fault.ts'
import type { StoredRound } from '../../domain/ports/ledger.ts'
import { perStream } from './logEnds.ts'
import { readInputs, readRawRounds } from './logReads.ts'
import { openLogToRead, poolOf } from './logSchema.ts'
import { sqliteFault } from './sqliteFault.ts'

export interface LogFile {
  readonly pool: string
  /** One past the number of the last round. */
  readonly roundsEnd: () => E.Either<Fault, number>
  readonly rounds: (from: number, bytesMax: number) => E.Either<Fault, ReadonlyArray<StoredRound>>
  readonly inputs: (stream: Stream, from: number, recordsMax: number) => E.Either<Fault, ReadonlyArray<StoredInput>>
  /** One past the position of the last record of a stream. */
  readonly inputsEnd: (stream: Stream) => E.Either<Fault, number>
  /** Counts all records of a stream: slow where there are many. */
  readonly extent: (stream: Stream) => E.Either<Fault, { readonly count: number; readonly first: number; readonly end: number }>
  readonly close: () => void
}

export const openLogFile = (file: string): E.Either<Fault, LogFile> =>
  E.chain((db: DatabaseSync) =>
    E.tryCatch(
      () => logFile(db, file),
      (error) => sqliteFault(error, file)
    )
  )(openLogToRead(file))

const logFile = (db: DatabaseSync, file: string): LogFile => {
  const trying = <A>(act: () => A): E.Either<Fault, A> => E.tryCatch(act, (error) => sqliteFault(error, file))
  const rounds = readRawRounds(db)
  const inputs = readInputs(db)
  const lastRound = db.prepare('SELECT max(number) AS last FROM rounds')
  const lastInput = perStream((stream) => db.prepare(`SELECT max(position) AS last FROM ${stream}`))
  const extents = perStream((stream) =>
    db.prepare(`SELECT count(*) AS count, min(position) AS first, max(position) AS last FROM ${stream}`)
  )
  return {
    pool: poolOf(db),
    roundsEnd: () => trying(() => Number(lastRound.get()?.['last'] ?? -1) + 1),
    rounds: (from, bytesMax) => trying(() => rounds(from, bytesMax)),
    inputs: (stream, from, recordsMax) => trying(() => inputs(stream, from, recordsMax)),
    inputsEnd: (stream) => trying(() => Number(lastInput[stream].get()?.['last'] ?? -1) + 1),
    extent: (stream) =>
      trying(() => {
        const row = extents[stream].get()
        return { count: Number(row?.['count'] ?? 0), first: Number(row?.['first'] ?? 0), end: Number(row?.['last'] ?? -1) + 1 }
      }),
    close: () => db.close()
  }
}
