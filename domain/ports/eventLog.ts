/** The input streams of a pool: durable, ordered, each with positions 0, 1, 2, ... */
import type { Stream } from '../events/inputs.ts'
import type { Fault } from './fault.ts'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

/** One CloudEvent as it is stored: attributes in the clear, and its data as the bytes that were sent. */
export interface InputRecord {
  readonly id: string
  readonly source: string
  /** CloudEvents type, such as fastgpu.job.submit. */
  readonly type: string
  /** RFC 3339, in UTC with milliseconds. */
  readonly time: string
  /** JSON text in UTF-8. */
  readonly data: Uint8Array
}

export interface StoredInput extends InputRecord {
  readonly position: number
}

/** A read ends with the record at which the data of its records take so much: the rest comes with the next one. */
export const READ_BYTES_MAX = 32 * 1024 * 1024

export interface EventLog {
  /** Answers the position of each record when all of them are on disk; a fault means that it is not known whether any is. */
  readonly append: (stream: Stream, records: ReadonlyArray<InputRecord>) => TaskEither<Fault, ReadonlyArray<number>>
  /** Records from a position on, in order, at most `recordsMax`; fewer where the stream ends, or where they take READ_BYTES_MAX. */
  readonly read: (stream: Stream, from: number, recordsMax: number) => TaskEither<Fault, ReadonlyArray<StoredInput>>
  /** The position that the next record will have. */
  readonly end: (stream: Stream) => TaskEither<Fault, number>
  /** Calls back whenever the stream may have grown (also by another process, within `pollMs` of the adapter); answers how to stop that. */
  readonly watch: (stream: Stream, grown: () => void) => () => void
  readonly close: () => Promise<void>
}
