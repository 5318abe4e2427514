/** Reads a stream in pieces that rounds ask for, from large pieces that the file is asked for. */
import * as E from 'fp-ts/lib/Either.js'
import type { Stream } from '../../domain/events/inputs.ts'
import type { StoredInput } from '../../domain/ports/eventLog.ts'
import type { LogFile } from '../../infra/sqlite/logFile.ts'
import type { Problem } from './report.ts'

const PIECE_RECORDS = 4096

/** The records `from` to `to` - 1, each of which must be there: `round` consumed them. */
export const inputReader = (
  file: LogFile,
  stream: Stream
): ((round: number, from: number, to: number) => E.Either<Problem, ReadonlyArray<StoredInput>>) => {
  let piece: ReadonlyArray<StoredInput> = []
  let used = 0

  const nextRecord = (position: number): E.Either<Problem, StoredInput | undefined> => {
    if (used === piece.length) {
      const read = file.inputs(stream, position, PIECE_RECORDS)
      if (E.isLeft(read)) return E.left({ kind: 'file', message: read.left.message })
      piece = read.right
      used = 0
    }
    return E.right(piece[used++])
  }

  return (round, from, to) => {
    if (to < from)
      return E.left({
        kind: 'consumed',
        message: `round ${round} goes back in ${stream}: from ${from} to ${to}`,
        round,
        stream,
        position: to
      })
    const records: Array<StoredInput> = []
    for (let position = from; position < to; position++) {
      const record = nextRecord(position)
      if (E.isLeft(record)) return record
      if (record.right?.position !== position)
        return E.left({
          kind: 'input',
          message: `${stream} ${position} is missing, and round ${round} consumed it`,
          round,
          stream,
          position
        })
      records.push(record.right)
    }
    return E.right(records)
  }
}
