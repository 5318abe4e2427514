/**
 * The ledger of a pool: stored rounds, accepted or not by the rule of events/round.ts. The adapter judges nothing that the rule does
 * not say: it stores bytes, hashes them, and tells every reader the same accepted rounds in the same order.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Head, Rejection } from '../events/round.ts'
import type { Fault } from './fault.ts'

export interface StoredRound {
  readonly number: number
  /** sha256 of `bytes`, in hexadecimal. */
  readonly hash: string
  /** The position of the round's first event: the count of accepted events before it. */
  readonly firstPosition: number
  readonly bytes: Uint8Array
}

export type Appended =
  { readonly type: 'Accepted'; readonly head: Head } | { readonly type: 'Rejected'; readonly rejection: Rejection; readonly head: Head }

export interface Ledger {
  /**
   * Stores the bytes of an encoded round, and answers when they are on disk and have been judged. The same bytes again are rejected
   * (WrongNumber or WrongPredecessor) and change nothing. A fault means that it is not known whether the round is there: read on.
   */
  readonly append: (bytes: Uint8Array) => TaskEither<Fault, Appended>
  /** Accepted rounds from a number on, in order; stops before `bytesMax` is passed, but answers at least one where there is one. */
  readonly read: (from: number, bytesMax: number) => TaskEither<Fault, ReadonlyArray<StoredRound>>
  readonly head: () => TaskEither<Fault, Head>
  /** Calls back whenever a round was accepted (also by another process, within the adapter's poll time); answers how to stop that. */
  readonly watch: (grown: () => void) => () => void
  readonly close: () => Promise<void>
}
