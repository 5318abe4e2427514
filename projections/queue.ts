/**
 * The view `queue`: why the jobs of each shape wait, and since when. Which jobs those are, the view `jobs` knows; `explain` recomputes
 * the counts behind a code.
 */
import type { WaitCode } from '../domain/events/decisions.ts'
import { eachEvent, tableOf, type View } from './view.ts'

export type WaitRow = {
  readonly shape: number
  readonly codes: ReadonlyArray<WaitCode>
  /** The event that named this set of codes. */
  readonly sinceMs: number
  readonly position: number
}

export const waits = tableOf<WaitRow>({
  name: 'waits',
  columns: { shape: 'integer', codes: 'json', sinceMs: 'integer', position: 'integer' },
  key: ['shape']
})

export const queueView: View = {
  name: 'queue',
  version: 1,
  tables: [waits.schema],
  project: (rows, round, firstPosition) =>
    eachEvent(round, firstPosition, (event, position) => {
      if (event.type !== 'WaitReasonsChanged') return
      if (event.codes.length === 0) waits.remove(rows, event.shape)
      else waits.put(rows, { shape: event.shape, codes: event.codes, sinceMs: round.at, position })
    })
}
