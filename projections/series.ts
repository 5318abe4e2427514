/**
 * Levels over time, such as how much of the GPUs of a model a tenant holds, so that their sum over any hour is exact. A change costs
 * one row of its hour, however long a level lasts: an hour in which nothing changed has no row. All times are those of the ledger,
 * which never go back.
 */
import { tableOf, type Rows, type TableOf } from './view.ts'

export const HOUR_MS = 3_600_000
export const hourOf = (atMs: number): number => Math.floor(atMs / HOUR_MS)

export type SeriesKey = { readonly kind: string; readonly subject: number; readonly model: number }

/** As it stands now. */
export type LevelRow = SeriesKey & {
  readonly milli: number
  /** How many there are that make the level up. */
  readonly parts: number
  /** Of the last change. */
  readonly atMs: number
}

export type HourRow = SeriesKey & {
  readonly hour: number
  /** As it was when the hour began. */
  readonly startMilli: number
  readonly startParts: number
  /** What the changes of this hour add to its sum: each by the time from then to the end of the hour. */
  readonly changeMilliMs: number
  /** Parts that came during the hour. */
  readonly came: number
}

export interface Series {
  readonly levels: TableOf<LevelRow>
  readonly hours: TableOf<HourRow>
  readonly move: (rows: Rows, key: SeriesKey, atMs: number, by: { readonly milli: number; readonly parts: number }) => void
}

const key = { kind: 'text', subject: 'integer', model: 'integer' } as const

export const seriesOf = (prefix: string): Series => {
  const levels = tableOf<LevelRow>({
    name: `${prefix}_levels`,
    columns: { ...key, milli: 'integer', parts: 'integer', atMs: 'integer' },
    key: ['kind', 'subject', 'model']
  })
  const hours = tableOf<HourRow>({
    name: `${prefix}_hours`,
    columns: {
      ...key,
      hour: 'integer',
      startMilli: 'integer',
      startParts: 'integer',
      changeMilliMs: 'integer',
      came: 'integer'
    },
    key: ['kind', 'subject', 'model', 'hour'],
    indexes: [['kind', 'hour']]
  })
  return {
    levels,
    hours,
    move: (rows, { kind, subject, model }, atMs, by) => {
      const level = levels.get(rows, kind, subject, model)
      const milli = level?.milli ?? 0
      const parts = level?.parts ?? 0
      const hour = hourOf(atMs)
      const sameHour = level !== undefined && hourOf(level.atMs) === hour
      const row = sameHour ? hours.get(rows, kind, subject, model, hour) : undefined
      hours.put(rows, {
        kind,
        subject,
        model,
        hour,
        startMilli: row?.startMilli ?? milli,
        startParts: row?.startParts ?? parts,
        changeMilliMs: (row?.changeMilliMs ?? 0) + by.milli * ((hour + 1) * HOUR_MS - atMs),
        came: (row?.came ?? 0) + Math.max(0, by.parts)
      })
      levels.put(rows, { kind, subject, model, milli: milli + by.milli, parts: parts + by.parts, atMs })
    }
  }
}
