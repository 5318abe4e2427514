/** Sums of series over spans of time: the hours of each series, with or without a row. */
import { HOUR_MS, hourOf, type HourRow, type LevelRow, type SeriesKey } from './series.ts'

/** From the beginning of an hour to the end of one, or to now. */
export interface Span {
  readonly sinceMs: number
  readonly untilMs: number
}

/**
 * The span that can be answered exactly: it begins with an hour, and ends with one unless it ends now. `now` is not before the last
 * change, whatever the asking clock says; without a beginning it begins with the first hour there is.
 */
export const spanOf = (
  asked: { readonly sinceMs?: number | undefined; readonly untilMs?: number | undefined; readonly nowMs: number },
  levels: ReadonlyArray<LevelRow>,
  hours: ReadonlyArray<HourRow>
): Span => {
  const nowMs = levels.reduce((latest, level) => Math.max(latest, level.atMs), asked.nowMs)
  const first = hours.reduce((least, row) => Math.min(least, row.hour), hourOf(nowMs))
  const sinceMs = (asked.sinceMs === undefined ? first : hourOf(asked.sinceMs)) * HOUR_MS
  const untilMs = asked.untilMs === undefined ? nowMs : Math.min(nowMs, Math.ceil(asked.untilMs / HOUR_MS) * HOUR_MS)
  return { sinceMs: Math.min(sinceMs, untilMs), untilMs }
}

/** How many hours a span has, the last of which may not be whole. */
export const hoursIn = ({ sinceMs, untilMs }: Span): number => (sinceMs < untilMs ? Math.ceil(untilMs / HOUR_MS) - hourOf(sinceMs) : 0)

export interface SeriesSum extends SeriesKey {
  readonly milliMs: number
  /** Parts that were there when the span began, or came during it. */
  readonly parts: number
  /** By hour of the span, from its first on. */
  readonly hours: ReadonlyArray<number>
}

/** The sum of each series over a span, in the order of the levels. `hours` are in order, and none is missing from the span's begin on. */
export const sums = (levels: ReadonlyArray<LevelRow>, hours: ReadonlyArray<HourRow>, span: Span): ReadonlyArray<SeriesSum> => {
  const byKey = new Map<string, Array<HourRow>>()
  for (const row of hours) {
    const known = byKey.get(keyOf(row))
    if (known === undefined) byKey.set(keyOf(row), [row])
    else known.push(row)
  }
  return levels.map((level) => sumOf(level, byKey.get(keyOf(level)) ?? [], span))
}

const keyOf = (key: SeriesKey): string => `${key.kind} ${key.subject} ${key.model}`

const sumOf = (level: LevelRow, rows: ReadonlyArray<HourRow>, span: Span): SeriesSum => {
  const first = hourOf(span.sinceMs)
  const end = first + hoursIn(span)
  let index = 0
  while (index < rows.length && rows[index]!.hour < first) index += 1
  // Without a later change the level has been what it is now all along.
  let milli = rows[index]?.startMilli ?? level.milli
  let parts = rows[index]?.startParts ?? level.parts
  let milliMs = 0
  const hours: Array<number> = []
  for (let hour = first; hour < end; hour++) {
    const row = rows[index]?.hour === hour ? rows[index++] : undefined
    const next = row === undefined ? milli : (rows[index]?.startMilli ?? level.milli)
    const leftMs = Math.max(0, (hour + 1) * HOUR_MS - span.untilMs)
    const sum = (row === undefined ? milli * HOUR_MS : row.startMilli * HOUR_MS + row.changeMilliMs) - next * leftMs
    milli = next
    parts += row?.came ?? 0
    milliMs += sum
    hours.push(sum)
  }
  return { kind: level.kind, subject: level.subject, model: level.model, milliMs, parts, hours }
}

/** Adds up lists of hours of the same span. */
export const addHours = (lists: ReadonlyArray<ReadonlyArray<number>>, length: number): ReadonlyArray<number> => {
  const total = Array.from({ length }, () => 0)
  for (const list of lists) for (let hour = 0; hour < length; hour++) total[hour]! += list[hour] ?? 0
  return total
}
