/** How many GPUs of a model were wanted hour by hour, and how many will be, beside what the seasonal naive method would say. */
import { foretell, HISTORY_HOURS_MAX, type Score } from '../../domain/forecast/forecast.ts'
import { arrivals, demand, type ArrivalRow } from '../demand.ts'
import { ANY_MODEL, ANY_MODEL_NAME, models } from '../names.ts'
import { answered, wanting, type Question } from '../question.ts'
import { HOUR_MS, hourOf, type HourRow, type LevelRow } from '../series.ts'
import { sums } from '../spans.ts'

export interface ForecastAsked {
  /** Left out: each model that was ever wanted. */
  readonly model?: string | undefined
  readonly hours: number
  readonly nowMs: number
}

export interface Forecast {
  readonly model: string
  /** From the hour under way on: GPUs wanted on average, and the bounds within which nine of ten hours would have been. */
  readonly hours: ReadonlyArray<{ readonly startMs: number; readonly gpus: number; readonly low: number; readonly high: number }>
  /** The hours that are over, oldest first. */
  readonly history: ReadonlyArray<{ readonly startMs: number; readonly gpus: number }>
  /** Of the chosen method, and the same of the seasonal naive one. */
  readonly errorGpus: number | null
  readonly naiveErrorGpus: number | null
  readonly chosen: Score
  readonly baseline: Score
  /** Jobs that came and the waits that ended in the hours of the history. */
  readonly arrivals: number
  readonly waits: { readonly count: number; readonly meanMs: number | null; readonly maxMs: number | null }
}

export const askForecast = (asked: ForecastAsked): Question<ReadonlyArray<Forecast>> => {
  const now = hourOf(asked.nowMs)
  const where = [{ column: 'hour', op: '>=', value: now - HISTORY_HOURS_MAX }] as const
  return wanting(
    [demand.levels.select({}), demand.hours.select({ where }), arrivals.select({ where }), models.select({})],
    (levels, hours, came, named) => {
      const names = new Map([...named.map((row) => [row.model, row.name] as const), [ANY_MODEL, ANY_MODEL_NAME] as const])
      const wanted = levels.filter((level) => asked.model === undefined || names.get(level.model) === asked.model)
      return answered(wanted.map((level) => forecastOf(asked, names.get(level.model) ?? `model ${level.model}`, { level, hours, came })))
    }
  )
}

interface Past {
  readonly level: LevelRow
  readonly hours: ReadonlyArray<HourRow>
  readonly came: ReadonlyArray<ArrivalRow>
}

const forecastOf = (asked: ForecastAsked, model: string, past: Past): Forecast => {
  const { level, came } = past
  const hours = past.hours.filter((row) => row.model === level.model)
  const now = Math.max(hourOf(asked.nowMs), hourOf(level.atMs))
  // A series that has no row in so long has been at its level all along.
  const first =
    hours.length === 0 ? now - HISTORY_HOURS_MAX : Math.max(now - HISTORY_HOURS_MAX, hours[0]!.startMilli > 0 ? 0 : hours[0]!.hour)
  const sum = sums([level], hours, { sinceMs: first * HOUR_MS, untilMs: now * HOUR_MS })[0]
  const history = (sum?.hours ?? []).map((milliMs) => Math.round(milliMs / HOUR_MS))
  // Before the first full hour is over, what is wanted now is all that is known.
  const { chosen, baseline, points } = foretell(history.length === 0 ? [level.milli] : history, asked.hours)
  const counted = came.filter((row) => row.model === level.model)
  const waits = counted.reduce((all, row) => all + row.waits, 0)
  return {
    model,
    hours: points.map((point, lead) => ({
      startMs: (now + lead) * HOUR_MS,
      gpus: point.value / 1000,
      low: point.low / 1000,
      high: point.high / 1000
    })),
    history: history.map((milli, hour) => ({ startMs: (first + hour) * HOUR_MS, gpus: milli / 1000 })),
    errorGpus: chosen.test === null ? null : chosen.test.mae / 1000,
    naiveErrorGpus: baseline.test === null ? null : baseline.test.mae / 1000,
    chosen,
    baseline,
    arrivals: counted.reduce((all, row) => all + row.arrivals, 0),
    waits: {
      count: waits,
      meanMs: waits === 0 ? null : Math.round(counted.reduce((all, row) => all + row.waitedMs, 0) / waits),
      maxMs: waits === 0 ? null : counted.reduce((most, row) => Math.max(most, row.waitMsMax), 0)
    }
  }
}
