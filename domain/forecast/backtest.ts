/** How well a method would have done: it foretells the end of the history from ever later points of it, and is compared with what came. */
import type { Method } from './methods.ts'

export interface Backtest {
  /** Values that were foretold and compared. */
  readonly points: number
  /** Mean of the absolute errors. */
  readonly mae: number
  /** Sum of the absolute errors over the sum of the values, in thousandths; null where all values were 0. */
  readonly wapeMilli: number | null
  /** What came less what was foretold, in ascending order. */
  readonly residuals: ReadonlyArray<number>
}

/** Points of the history at which the method is asked, and how far they are apart. */
const ORIGINS_MAX = 28
const STEP_POINTS = 12

/**
 * No origin has fewer than `pointsMin` points before it: methods that are compared are given the same. Null while the history is too
 * short for a single comparison.
 */
export const backtest = (
  method: Method,
  history: ReadonlyArray<number>,
  horizon: number,
  pointsMin = method.pointsMin
): Backtest | null => {
  const residuals: Array<number> = []
  let errors = 0
  let values = 0
  const span = Math.max(1, Math.min(horizon, Math.floor((history.length - pointsMin) / 2)))
  let origin = history.length - span
  for (let asked = 0; asked < ORIGINS_MAX && origin >= pointsMin; asked++, origin -= Math.min(STEP_POINTS, span)) {
    const foretold = method.continue(history, origin, span)
    for (let lead = 0; lead < span; lead++) {
      const value = history[origin + lead]!
      const error = value - Math.round(foretold[lead]!)
      residuals.push(error)
      errors += Math.abs(error)
      values += Math.abs(value)
    }
  }
  if (residuals.length === 0) return null
  return {
    points: residuals.length,
    mae: Math.round(errors / residuals.length),
    wapeMilli: values === 0 ? null : Math.round((errors * 1000) / values),
    residuals: residuals.sort((a, b) => a - b)
  }
}

/** The residual that `milli` thousandths of them do not pass. */
export const quantile = (sorted: ReadonlyArray<number>, milli: number): number => {
  const index = Math.min(sorted.length - 1, Math.floor((sorted.length * milli) / 1000))
  return sorted[index] ?? 0
}
