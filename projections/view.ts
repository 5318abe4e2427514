/**
 * A view answers one kind of question from rows that are folded from the ledger and from nothing else. It is pure: rows in, rows out,
 * the same over memory and over a database, so that a view rebuilt from zero equals one that ran all along.
 */
import type { Event } from '../domain/events/event.ts'
import type { Round } from '../domain/events/round.ts'
import type { Json, Key, Row, Select, TableSchema, ViewSchema } from '../domain/ports/viewStore.ts'

export type { Json, Key, Row, TableSchema, ViewSchema }

/** The rows that a view sees while it projects. They are values: a row is replaced, never written to. */
export interface Rows {
  readonly get: (table: string, key: Key) => Row | undefined
  readonly put: (table: TableSchema, row: Row) => void
  readonly remove: (table: string, key: Key) => void
}

/** What of a round the views read. */
export type Seen = Pick<Round, 'number' | 'at' | 'facts' | 'decisions'>

export interface View extends ViewSchema {
  /** `firstPosition` is that of the round's first event in the ledger. */
  readonly project: (rows: Rows, round: Seen, firstPosition: number) => void
}

/** A table whose rows have a type. What is stored under its name was put there by the same type, since a view's version says so. */
export interface TableOf<R extends Row> {
  readonly schema: TableSchema
  readonly get: (rows: Rows, ...key: Key) => R | undefined
  readonly put: (rows: Rows, row: R) => void
  readonly remove: (rows: Rows, ...key: Key) => void
  readonly select: (select: Omit<Select, 'table' | 'group'>) => SelectOf<R>
  /** `G` has the columns of the group, those that are summed or of which the least is taken, and `count`. */
  readonly group: <G extends Row>(select: Omit<Select, 'table'>) => SelectOf<G>
}

/** A select that remembers the type of its rows. */
export interface SelectOf<R extends Row> {
  readonly select: Select
  readonly typed: (rows: ReadonlyArray<Row>) => ReadonlyArray<R>
}

type Columns<R extends Row> = { readonly [K in keyof R]: TableSchema['columns'][string] }

export const tableOf = <R extends Row>(
  schema: Omit<TableSchema, 'columns' | 'key'> & { readonly columns: Columns<R>; readonly key: ReadonlyArray<keyof R & string> }
): TableOf<R> => ({
  schema,
  get: (rows, ...key) => rows.get(schema.name, key) as R | undefined,
  put: (rows, row) => rows.put(schema, row),
  remove: (rows, ...key) => rows.remove(schema.name, key),
  select: (select) => ({ select: { ...select, table: schema.name }, typed: (rows) => rows as ReadonlyArray<R> }),
  group: <G extends Row>(select: Omit<Select, 'table'>) => ({
    select: { ...select, table: schema.name },
    typed: (rows: ReadonlyArray<Row>) => rows as ReadonlyArray<G>
  })
})

export type Found<S extends ReadonlyArray<SelectOf<Row>>> = {
  readonly [I in keyof S]: S[I] extends SelectOf<infer R> ? ReadonlyArray<R> : never
}

/** The rows that several selects found, each with its type. */
export const typedAll = <const S extends ReadonlyArray<SelectOf<Row>>>(selects: S, found: ReadonlyArray<ReadonlyArray<Row>>): Found<S> =>
  selects.map(({ typed }, index) => typed(found[index] ?? [])) as unknown as Found<S>

/** Both halves of a round in the order in which they are counted, without making a list of them. */
export const eachEvent = (round: Seen, firstPosition: number, see: (event: Event, position: number) => void): void => {
  let position = firstPosition
  for (const fact of round.facts) see(fact, position++)
  for (const decision of round.decisions) see(decision, position++)
}
