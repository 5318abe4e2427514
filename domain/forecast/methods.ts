/**
 * Ways to continue a series of hourly values. Each sees the past only, and uses no function that differs between machines: the same
 * history gives the same numbers everywhere.
 */

export interface Method {
  readonly name: 'lastValue' | 'seasonalNaive' | 'holtWinters'
  /** The season in points; 1: none. */
  readonly period: number
  /** Shortest history that it can work with. */
  readonly pointsMin: number
  /** The `horizon` values after the first `count` of the history. */
  readonly continue: (history: ReadonlyArray<number>, count: number, horizon: number) => ReadonlyArray<number>
}

/** The value of one season ago: hard to beat, and so what every other method is measured against. */
export const seasonalNaive = (period: number): Method => ({
  name: period === 1 ? 'lastValue' : 'seasonalNaive',
  period,
  pointsMin: period,
  continue: (history, count, horizon) => Array.from({ length: horizon }, (_, lead) => history[count - period + (lead % period)] ?? 0)
})

const ALPHAS = [0.05, 0.1, 0.3] as const
const GAMMAS = [0.1, 0.3] as const

/**
 * Holt and Winters' smoothing with an additive season and no trend (a trend of demand does not go on for ever). How fast it learns is
 * chosen by how well it would have foretold the history, one point ahead.
 */
export const holtWinters = (period: number): Method => ({
  name: 'holtWinters',
  period,
  pointsMin: 3 * period,
  continue: (history, count, horizon) => {
    let best: Fit | undefined
    for (const alpha of ALPHAS)
      for (const gamma of GAMMAS) {
        const fitted = fit(history, count, { period, alpha, gamma })
        if (best === undefined || fitted.squares < best.squares) best = fitted
      }
    const { level, season } = best ?? { level: 0, season: [0] }
    return Array.from({ length: horizon }, (_, lead) => level + (season[(count + lead) % period] ?? 0))
  }
})

interface Fit {
  readonly level: number
  /** By the point's number in its season. */
  readonly season: ReadonlyArray<number>
  readonly squares: number
}

const fit = (
  history: ReadonlyArray<number>,
  count: number,
  how: { readonly period: number; readonly alpha: number; readonly gamma: number }
): Fit => {
  const { period, alpha, gamma } = how
  let level = 0
  for (let point = 0; point < period; point++) level += history[point]! / period
  const season = Array.from({ length: period }, (_, point) => history[point]! - level)
  let squares = 0
  for (let point = period; point < count; point++) {
    const value = history[point]!
    const seasonal = season[point % period]!
    const error = value - level - seasonal
    squares += error * error
    level = level + alpha * error
    season[point % period] = seasonal + gamma * (1 - alpha) * error
  }
  return { level, season, squares }
}
