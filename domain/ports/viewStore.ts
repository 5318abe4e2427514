/**
 * Where views keep their rows: tables by key, each view with a mark that says up to which round its rows go. Rows and mark change in
 * one transaction, so that a view is never half a round ahead of itself. The calls block: a store lives in the thread of its projector.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import { NO_HASH } from '../events/round.ts'
import type { Fault } from './fault.ts'

export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json | undefined }
/** A row by the names of its columns. A null is a thing that is not known yet. */
export type Row = Readonly<Record<string, Json>>
export type KeyPart = string | number
export type Key = ReadonlyArray<KeyPart>
export type ColumnType = 'integer' | 'text' | 'json'

export interface TableSchema {
  readonly name: string
  readonly columns: Readonly<Record<string, ColumnType>>
  /** The columns of the primary key, in this order. */
  readonly key: ReadonlyArray<string>
  /** Further lists of columns by which queries look rows up. */
  readonly indexes?: ReadonlyArray<ReadonlyArray<string>>
}

export interface ViewSchema {
  readonly name: string
  /** Raised when the same rounds may give other rows: what was stored by another version is thrown away. */
  readonly version: number
  readonly tables: ReadonlyArray<TableSchema>
}

/** How far a view has come: the number of the next round, and the hash of the one before it, which names the ledger that it is of. */
export interface Mark {
  readonly round: number
  readonly hash: string
}
export const BEGINNING: Mark = { round: 0, hash: NO_HASH }

/** What becomes of the rows of one table; no key is in it twice. */
export interface Change {
  readonly table: string
  readonly put: ReadonlyArray<Row>
  readonly remove: ReadonlyArray<Key>
}

export interface ViewCommit {
  readonly view: string
  readonly from: Mark
  readonly to: Mark
  readonly changes: ReadonlyArray<Change>
}

export type Committed =
  { readonly type: 'Committed' } | { readonly type: 'Refused'; readonly view: string; readonly stored: Mark | undefined }

export interface Condition {
  readonly column: string
  readonly op: '=' | '!=' | '<' | '<=' | '>' | '>='
  readonly value: KeyPart
}

export interface Select {
  readonly table: string
  /** All of them hold. */
  readonly where?: ReadonlyArray<Condition>
  /** The column has one of these values. */
  readonly among?: { readonly column: string; readonly values: ReadonlyArray<KeyPart> }
  readonly order?: ReadonlyArray<{ readonly column: string; readonly descending?: boolean }>
  readonly limit?: number
  /** One row for each set of values of these columns, with `count` and the sums and least values of others under their own names. */
  readonly group?: { readonly by: ReadonlyArray<string>; readonly sum?: ReadonlyArray<string>; readonly min?: ReadonlyArray<string> }
}

export interface ViewStore {
  /** Makes the tables of a view where they are not there, or are those of another version; answers where the view stands. */
  readonly open: (view: ViewSchema) => Either<Fault, Mark>
  /** Throws away what a view has stored, so that it begins again. */
  readonly reset: (view: ViewSchema) => Either<Fault, Mark>
  /** Runs something that looks rows up by key. What the store cannot read is a fault; what `run` itself throws is thrown on. */
  readonly reading: <A>(run: (get: (table: string, key: Key) => Row | undefined) => A) => Either<Fault, A>
  /** All views of the list or none: refused, and nothing changed, unless every `from` is what is stored. */
  readonly commit: (commits: ReadonlyArray<ViewCommit>) => Either<Fault, Committed>
  /** The rows are in the given order, and then in that of the table's key; rows of a group in the order of `by`. */
  readonly select: (select: Select) => Either<Fault, ReadonlyArray<Row>>
  readonly close: () => void
}
