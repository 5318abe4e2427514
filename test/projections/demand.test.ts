/** What was wanted of each model, hour by hour, and what is foretold from it. */
import { expect, test } from 'vitest'
import { after, allocated, at, ended, finished, start, submitted } from './story.ts'
import type { Step } from './rounds.ts'
import { given } from './views.ts'

const HOUR = 60
const hourly = (points: ReadonlyArray<{ readonly gpus: number }>): ReadonlyArray<number> => points.map((point) => point.gpus)

test('what waits is wanted of the model it likes best, and what is held of the model it has got', () => {
  const { ask } = given(
    start,
    after(0, submitted(0), submitted(1, 1)),
    after(HOUR, allocated(0, 1, [0, 0])),
    after(2 * HOUR, allocated(1, 1, [1, 2])),
    after(3 * HOUR, finished(0), ended(0))
  )
  const [any, h100, a100] = ask('forecast', { hours: 2, nowMs: at(4 * HOUR) })
  expect(any).toMatchObject({ model: 'any', arrivals: 1, waits: { count: 1, meanMs: HOUR * 60_000, maxMs: HOUR * 60_000 } })
  expect(hourly(any!.history)).toEqual([1, 0, 0, 0])
  expect(hourly(h100!.history)).toEqual([1, 1, 0])
  expect(a100).toMatchObject({ model: 'A100', arrivals: 1, waits: { count: 1, meanMs: 2 * HOUR * 60_000 } })
  expect(hourly(a100!.history)).toEqual([0.5, 0.5, 0.5, 0.5])
  expect(hourly(a100!.hours)).toEqual([0.5, 0.5])
  expect(a100!.hours[0]!.startMs).toBe(at(4 * HOUR))
})

test('before the first full hour what is wanted now is foretold, and no error is claimed', () => {
  const { ask } = given(start, after(1, submitted(0, 2)))
  expect(ask('forecast', { model: 'any', hours: 2, nowMs: at(30) })).toMatchObject([
    { history: [], errorGpus: null, naiveErrorGpus: null, hours: [{ gpus: 4 }, { gpus: 4 }] }
  ])
  expect(ask('forecast', { model: 'B200', hours: 2, nowMs: at(30) })).toEqual([])
})

test('a day that repeats itself is foretold as it was, and the back-test finds no error', () => {
  const days = 8
  const steps: Array<Step> = []
  for (let day = 0; day < days; day++) {
    const morning = (day * 24 + 8) * HOUR
    steps.push(after(morning, submitted(day), allocated(day, 1, [0, 0])), after(morning + 5 * HOUR, finished(day), ended(day)))
  }
  const [, h100] = given(start, ...steps).ask('forecast', { hours: 24, nowMs: at((days - 1) * 24 * HOUR + 20 * HOUR) })
  expect(hourly(h100!.hours)).toEqual(Array.from({ length: 24 }, (_, lead) => ((20 + lead) % 24 >= 8 && (20 + lead) % 24 < 13 ? 1 : 0)))
  expect(h100).toMatchObject({ errorGpus: 0, naiveErrorGpus: 0, baseline: { method: 'seasonalNaive', period: 24 } })
})
