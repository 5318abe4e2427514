/** Views over rounds, for tests: run in one go or in pieces, their rows seen, their questions answered. */
import type { StoredRound } from '../../domain/ports/ledger.ts'
import type { Row, ViewStore } from '../../domain/ports/viewStore.ts'
import { memoryViewStore } from '../../infra/memory/viewStore.ts'
import { views } from '../../projections/index.ts'
import type { Answer, Asked, QueryName } from '../../projections/queries.ts'
import { engineOf } from '../../services/projector/engine.ts'
import { valueOf } from '../contract/place.ts'
import { roundsOf, type Step } from './rounds.ts'

/** Runs all views over the rounds in batches of these sizes, over and over; each batch by an engine that knows nothing of the last. */
export const runInBatches = (store: ViewStore, rounds: ReadonlyArray<StoredRound>, sizes: ReadonlyArray<number>): void => {
  let from = 0
  for (let batch = 0; from < rounds.length; batch++) {
    const to = from + sizes[batch % sizes.length]!
    valueOf(valueOf(engineOf(store, views)).take(rounds.slice(from, to)))
    from = to
  }
}

export type Dump = Readonly<Record<string, ReadonlyArray<Row>>>

/** Every row of every table. */
export const dump = (store: ViewStore): Dump =>
  Object.fromEntries(views.flatMap((view) => view.tables).map(({ name }) => [name, valueOf(store.select({ table: name }))]))

export interface Projected {
  readonly ask: <Q extends QueryName>(name: Q, asked: Asked<Q>) => Answer<Q>
  readonly rows: (table: string) => ReadonlyArray<Row>
}

export const given = (...steps: ReadonlyArray<Step>): Projected => {
  const store = memoryViewStore()
  const engine = valueOf(engineOf(store, views))
  valueOf(engine.take(roundsOf(steps)))
  return { ask: (name, asked) => valueOf(engine.ask(name, asked)), rows: (table) => valueOf(store.select({ table })) }
}
