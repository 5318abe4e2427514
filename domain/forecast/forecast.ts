/**
 * Foretells hourly values, such as the demand for a GPU model, from their history: by the method that would have done best so far, and
 * always beside the seasonal naive one, so that it is seen whether the better method is one.
 */
import { backtest, quantile, type Backtest } from './backtest.ts'
import { holtWinters, seasonalNaive, type Method } from './methods.ts'

export const WEEK_HOURS = 168
export const DAY_HOURS = 24
export const HORIZON_HOURS_MAX = 1_000
/** Older values than these say little, and would only cost time. */
export const HISTORY_HOURS_MAX = 8 * WEEK_HOURS
/** The interval leaves out so many thousandths of the errors at either end. */
export const TAIL_MILLI = 50

export interface Score {
  readonly method: Method['name']
  readonly period: number
  /** Null where there was too little to compare. */
  readonly test: Omit<Backtest, 'residuals'> | null
}

export interface Foretold {
  readonly chosen: Score
  readonly baseline: Score
  /** The value and the bounds between which nine of ten would have been; none below 0. */
  readonly points: ReadonlyArray<{ readonly value: number; readonly low: number; readonly high: number }>
}

/** `history` has one integer an hour, oldest first. */
export const foretell = (history: ReadonlyArray<number>, horizonHours: number): Foretold => {
  const known = history.slice(-HISTORY_HOURS_MAX)
  const horizon = Math.max(0, Math.min(horizonHours, HORIZON_HOURS_MAX))
  const naive = seasonalNaive(periodOf(known.length))
  const smooth = holtWinters(known.length < 4 * WEEK_HOURS ? DAY_HOURS : WEEK_HOURS)
  const enough = known.length >= smooth.pointsMin + DAY_HOURS
  const pointsMin = enough ? smooth.pointsMin : naive.pointsMin
  const baseline = tried(naive, known, horizon, pointsMin)
  const other = enough ? tried(smooth, known, horizon, pointsMin) : baseline
  const chosen = isBetter(other.test, baseline.test) ? other : baseline
  const values = known.length === 0 ? Array.from({ length: horizon }, () => 0) : chosen.method.continue(known, known.length, horizon)
  const residuals = chosen.test?.residuals ?? []
  const [under, over] = [Math.min(0, quantile(residuals, TAIL_MILLI)), Math.max(0, quantile(residuals, 1000 - TAIL_MILLI))]
  return {
    chosen: scoreOf(chosen),
    baseline: scoreOf(baseline),
    points: values.map((foretold) => {
      const value = Math.max(0, Math.round(foretold))
      return { value, low: Math.max(0, value + under), high: value + over }
    })
  }
}

interface Tried {
  readonly method: Method
  readonly test: Backtest | null
}

const tried = (method: Method, history: ReadonlyArray<number>, horizon: number, pointsMin: number): Tried => ({
  method,
  test: history.length < pointsMin ? null : backtest(method, history, Math.max(1, horizon), pointsMin)
})

/** A week where one more day than a week is known, else a day, else the last value. */
const periodOf = (points: number): number => (points >= WEEK_HOURS + DAY_HOURS ? WEEK_HOURS : points >= DAY_HOURS + 6 ? DAY_HOURS : 1)

const isBetter = (one: Backtest | null, other: Backtest | null): boolean => one !== null && other !== null && one.mae < other.mae

const scoreOf = ({ method, test }: Tried): Score => ({
  method: method.name,
  period: method.period,
  test: test === null ? null : { points: test.points, mae: test.mae, wapeMilli: test.wapeMilli }
})
