/**
 * The view `outcomes`: what became of each input, by the name that its sender gave it, so that whoever asks again hears the same. The
 * content is a part of the key: an id that is used again for other content is refused, and must not hide the answer to the first.
 */
import type { Cause } from '../domain/events/cause.ts'
import type { RefusalReason } from '../domain/events/facts.ts'
import { eachEvent, tableOf, type Rows, type View } from './view.ts'

export type OutcomeRow = {
  readonly source: string
  readonly id: string
  /** Of the content, as in the cause. */
  readonly digest: string
  /** `noted`: taken, and nothing was left to change. */
  readonly type: 'accepted' | 'refused' | 'noted'
  /** The event that says so, or the type of the input where that is known. */
  readonly about: string
  /** The job that a submission made or that a cancel is about. */
  readonly job: number | null
  readonly reasons: ReadonlyArray<RefusalReason>
  readonly atMs: number
  readonly position: number
}

export const outcomes = tableOf<OutcomeRow>({
  name: 'outcomes',
  columns: {
    source: 'text',
    id: 'text',
    digest: 'text',
    type: 'text',
    about: 'text',
    job: 'integer',
    reasons: 'json',
    atMs: 'integer',
    position: 'integer'
  },
  key: ['source', 'id', 'digest']
})

export const outcomesView: View = {
  name: 'outcomes',
  version: 1,
  tables: [outcomes.schema],
  project: (rows, round, firstPosition) =>
    eachEvent(round, firstPosition, (event, position) => {
      const when = { atMs: round.at, position }
      switch (event.type) {
        case 'JobSubmitted':
        case 'CancelRequested':
          return note(rows, event.cause, { ...when, type: 'accepted', about: event.type, job: event.job, reasons: [] })
        case 'NodeCordoned':
        case 'NodeUncordoned':
        case 'NodeDrained':
        case 'PolicySet':
        case 'PriceSet':
          return note(rows, event.cause, { ...when, type: 'accepted', about: event.type, job: null, reasons: [] })
        case 'InputNoted':
          return note(rows, event.cause, { ...when, type: 'noted', about: event.input, job: null, reasons: [] })
        case 'InputRefused':
          return note(rows, event.cause, { ...when, type: 'refused', about: event.input, job: null, reasons: event.reasons })
        default:
          return
      }
    })
}

/** Who repeats an accepted input after the window of its id hears a refusal from intake; here it stays what it was. */
const note = (rows: Rows, cause: Cause, outcome: Omit<OutcomeRow, 'source' | 'id' | 'digest'>): void => {
  const { source, id, digest } = cause
  if (outcome.type !== 'accepted' && outcomes.get(rows, source, id, digest)?.type === 'accepted') return
  outcomes.put(rows, { source, id, digest, ...outcome })
}
