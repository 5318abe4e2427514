/** What the projector and its thread say to each other. Each request has one answer, in the order in which they were asked. */
import type { Fault } from '../../domain/ports/fault.ts'
import type { StoredRound } from '../../domain/ports/ledger.ts'
import type { Mark } from '../../domain/ports/viewStore.ts'
import type { QueryName } from '../../projections/queries.ts'

export type Wish =
  | { readonly type: 'Take'; readonly rounds: ReadonlyArray<StoredRound> }
  | { readonly type: 'Reset'; readonly views: ReadonlyArray<string> }
  | { readonly type: 'Ask'; readonly name: QueryName; readonly asked: unknown }
  | { readonly type: 'Close' }

export type ToThread = Wish & { readonly id: number }

export interface Standing {
  readonly marks: ReadonlyMap<string, Mark>
  readonly skipped: ReadonlyMap<string, number>
}

export type FromThread =
  | { readonly type: 'Opened'; readonly standing: Standing }
  | { readonly type: 'NotOpened'; readonly fault: Fault }
  | { readonly type: 'Done'; readonly id: number; readonly standing: Standing }
  | { readonly type: 'Answered'; readonly id: number; readonly answer: unknown }
  | { readonly type: 'Failed'; readonly id: number; readonly fault: Fault; readonly standing: Standing }
