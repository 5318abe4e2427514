/** Forecasts: always beside the seasonal naive one, honest about their errors, and the same everywhere. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backtest, quantile } from '../../domain/forecast/backtest.ts'
import { DAY_HOURS, foretell, WEEK_HOURS } from '../../domain/forecast/forecast.ts'
import { holtWinters, seasonalNaive } from '../../domain/forecast/methods.ts'

/** A load with a day and a week, growing slowly, with noise of a fixed seed. */
const load = (hours: number, noise: number): ReadonlyArray<number> => {
  let seed = 12345
  const random = (): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    return seed / 2 ** 32 - 0.5
  }
  return Array.from({ length: hours }, (_, hour) => {
    const day = Math.abs((hour % 24) - 12) * 2_000
    const week = hour % 168 < 120 ? 30_000 : 5_000
    return Math.round(day + week + hour * 10 + noise * random() * 2)
  })
}

describe('the seasonal naive method', () => {
  test('says again what was a season ago, over and over', () => {
    const history = [1, 2, 3, 4, 5, 6]
    expect(seasonalNaive(3).continue(history, 6, 7)).toEqual([4, 5, 6, 4, 5, 6, 4])
    expect(seasonalNaive(1).continue(history, 4, 2)).toEqual([4, 4])
  })

  test('has a season of a week, of a day or none, as the history allows', () => {
    const period = (points: number): number => foretell(load(points, 100), 24).baseline.period
    expect(period(WEEK_HOURS + DAY_HOURS)).toBe(WEEK_HOURS)
    expect(period(WEEK_HOURS)).toBe(DAY_HOURS)
    expect(period(DAY_HOURS)).toBe(1)
  })
})

describe('a forecast', () => {
  test('of a season that repeats itself is right, and its back-test says so', () => {
    const season = load(WEEK_HOURS, 0).map((value, hour) => value - hour * 10)
    const history = Array.from({ length: 5 * WEEK_HOURS }, (_, hour) => season[hour % WEEK_HOURS]!)
    const { points, chosen, baseline } = foretell(history, 48)
    expect(points.map((point) => point.value)).toEqual(season.slice(0, 48))
    expect(baseline.test).toMatchObject({ mae: 0, wapeMilli: 0 })
    expect(chosen).toEqual(baseline)
    for (const point of points) expect(point).toMatchObject({ low: point.value, high: point.value })
  })

  test('takes the smoothing method where that would have done better, and still tells how the naive one did', () => {
    const { chosen, baseline } = foretell(load(8 * WEEK_HOURS, 8_000), 24)
    expect(baseline.method).toBe('seasonalNaive')
    expect(chosen.method).toBe('holtWinters')
    expect(chosen.test!.mae).toBeLessThan(baseline.test!.mae)
    expect(chosen.test!.points).toBe(baseline.test!.points)
  })

  test('has bounds that nine of ten later hours keep, about', () => {
    const all = load(8 * WEEK_HOURS + 200, 8_000)
    let kept = 0
    for (let hour = 0; hour < 200; hour += 10) {
      const { points } = foretell(all.slice(0, 8 * WEEK_HOURS + hour), 10)
      points.forEach((point, lead) => {
        const value = all[8 * WEEK_HOURS + hour + lead]!
        if (value >= point.low && value <= point.high) kept += 1
      })
    }
    expect(kept / 200).toBeGreaterThan(0.8)
    expect(kept / 200).toBeLessThan(0.99)
  })

  test('of nothing is nothing, and of too little says that its error is not known', () => {
    expect(foretell([], 3)).toMatchObject({
      chosen: { method: 'lastValue', test: null },
      points: [{ value: 0 }, { value: 0 }, { value: 0 }]
    })
    expect(foretell([5], 2)).toMatchObject({ chosen: { test: null }, points: [{ value: 5, low: 5, high: 5 }, { value: 5 }] })
  })

  test('of any history has as many points as were asked for, whole numbers from 0 on, low to high', () => {
    const histories = fc.array(fc.nat(10 ** 8), { maxLength: 600, size: 'max' })
    fc.assert(
      fc.property(histories, fc.nat(60), (history, hours) => {
        const { points, chosen, baseline } = foretell(history, hours)
        expect(points).toHaveLength(hours)
        for (const { value, low, high } of points) {
          for (const number of [value, low, high]) expect(Number.isSafeInteger(number)).toBe(true)
          expect(0 <= low && low <= value && value <= high).toBe(true)
        }
        if (chosen.test !== null && baseline.test !== null) expect(chosen.test.mae).toBeLessThanOrEqual(baseline.test.mae)
      }),
      { numRuns: 60 }
    )
  })
})

describe('a back-test', () => {
  test('never shows a method what it is to foretell', () => {
    const history = load(600, 1_000)
    const seen: Array<number> = []
    const spy = {
      ...seasonalNaive(24),
      continue: (_: ReadonlyArray<number>, count: number, horizon: number) => (
        seen.push(count + horizon),
        seasonalNaive(24).continue(history.slice(0, count), count, horizon)
      )
    }
    expect(backtest(spy, history, 24)).toEqual(backtest(seasonalNaive(24), history, 24))
    expect(Math.max(...seen)).toBeLessThanOrEqual(600)
  })

  test('measures what was missed: by 1 on average of 10 is 100 thousandths', () => {
    const history = Array.from({ length: 40 }, (_, hour) => (hour < 20 ? 9 : 10))
    const lagging = {
      ...seasonalNaive(1),
      pointsMin: 20,
      continue: (_: ReadonlyArray<number>, __: number, horizon: number) => Array.from({ length: horizon }, () => 9)
    }
    expect(backtest(lagging, history, 5)).toMatchObject({ mae: 1, wapeMilli: 100 })
  })

  test('has no answer where the history is too short', () => expect(backtest(holtWinters(24), load(72, 0), 24)).toBeNull())
})

test('a quantile is one of the values, and those of nothing are 0', () => {
  expect(quantile([1, 2, 3, 4], 500)).toBe(3)
  expect(quantile([1, 2, 3, 4], 1000)).toBe(4)
  expect(quantile([], 50)).toBe(0)
})
