/** Bills and usage with numbers that a person can check. */
import { describe, expect, test } from 'vitest'
import { MILLI_MS_PER_GPU_HOUR } from '../../projections/money.ts'
import { after, allocated, at, ended, finished, priceSet, start, submitted } from './story.ts'
import { given } from './views.ts'

const HOUR = MILLI_MS_PER_GPU_HOUR
const H100 = 0
const A100 = 1

describe('a bill', () => {
  test('is what was held, at the price that was in force then, and what nobody held', () => {
    const { ask } = given(
      start,
      after(0, priceSet(H100, 2_000_000), submitted(0), allocated(0, 1, [0, 0])),
      after(30, priceSet(H100, 4_000_000)),
      after(90, finished(0), ended(0))
    )
    const bill = ask('bill', { sinceMs: at(0), untilMs: at(120), nowMs: at(120) })
    expect(bill.rows).toMatchObject([
      {
        tenant: 'ada',
        model: 'H100',
        microPerGpuHour: 2_000_000,
        gpuMilliMs: HOUR / 2,
        costMicro: 1_000_000,
        remainder: 0,
        pricePosition: 10
      },
      { tenant: 'ada', model: 'H100', microPerGpuHour: 4_000_000, gpuMilliMs: HOUR, costMicro: 4_000_000, remainder: 0, pricePosition: 13 }
    ])
    expect(bill.rows.map((row) => row.positions)).toEqual([
      [12, 14],
      [12, 14]
    ])
    expect(bill.totalMicro).toBe(5_000_000)
    expect(bill.idle).toMatchObject([
      { model: 'H100', gpuMilliMs: 2.5 * HOUR, capacityGpuMilliMs: 4 * HOUR },
      { model: 'A100', gpuMilliMs: 4 * HOUR, capacityGpuMilliMs: 4 * HOUR }
    ])
  })

  test('of what is still held goes up to now, and half a GPU costs half', () => {
    const { ask } = given(start, after(0, priceSet(A100, 3_000_000), submitted(0, 1), allocated(0, 1, [1, 2])))
    const bill = ask('bill', { nowMs: at(20) })
    expect(bill.rows).toMatchObject([{ model: 'A100', gpuMilliMs: HOUR / 6, costMicro: 500_000, positions: [12], jobs: 1 }])
    expect(bill).toMatchObject({ sinceMs: at(0), untilMs: at(20) })
  })

  test('has a line of price 0 where no price was set, by job and hour where that is asked for', () => {
    const { ask } = given(start, after(30, submitted(0, 2, { tenant: 1 }), allocated(0, 1, [0, 0, 1], [1, 2, 3])), after(90, finished(0)))
    const bill = ask('bill', { by: 'job', hourly: true, nowMs: at(150) })
    const line = (model: string, hourMs: number, gpus: number) => ({
      ...{ tenant: 'bob', job: 0, model, hourMs, microPerGpuHour: 0, pricePosition: null, costMicro: 0 },
      gpuMilliMs: (gpus * HOUR) / 2
    })
    expect(bill.rows).toMatchObject([
      line('A100', at(0), 2),
      line('A100', at(60), 4),
      line('A100', at(120), 2),
      line('H100', at(0), 2),
      line('H100', at(60), 2)
    ])
  })

  test('rounds each line down, and tells what it rounded off', () => {
    const { ask } = given(
      start,
      after(0, priceSet(H100, 1), submitted(0), submitted(1, 0, { tenant: 1 }), allocated(0, 1, [0, 0]), allocated(1, 1, [0, 1]))
    )
    const bill = ask('bill', { nowMs: at(90) })
    expect(bill.rows).toMatchObject([
      { tenant: 'ada', costMicro: 1, remainder: HOUR / 2 },
      { tenant: 'bob', costMicro: 1, remainder: HOUR / 2 }
    ])
    expect(bill.totalMicro).toBe(2)
    expect(bill.exact).toEqual({ micro: 3, remainder: 0 })
  })

  test('of a span in which nothing was held is all idle; one before everything is empty', () => {
    const { ask } = given(start, after(60, submitted(0), allocated(0, 1, [0, 0])))
    expect(ask('bill', { sinceMs: at(0), untilMs: at(60), nowMs: at(90) })).toMatchObject({ rows: [], idleGpuMilliMs: 4 * HOUR })
    expect(ask('bill', { sinceMs: at(-60), untilMs: at(-30), nowMs: at(90) })).toMatchObject({
      rows: [],
      idleGpuMilliMs: 0,
      capacityGpuMilliMs: 0
    })
  })
})

test('usage goes by whole hours and up to now, and says which span that is', () => {
  const { ask } = given(
    start,
    after(30, submitted(0), allocated(0, 1, [0, 0])),
    after(150, finished(0), ended(0), submitted(1, 1), allocated(1, 1, [1, 2]))
  )
  const usage = ask('usage', { by: 'model', sinceMs: at(70), nowMs: at(170) })
  expect(usage).toMatchObject({
    sinceMs: at(60),
    untilMs: at(170),
    rows: [
      { key: 'H100', gpuMilliMs: 1.5 * HOUR, jobs: 1 },
      { key: 'A100', gpuMilliMs: HOUR / 6, jobs: 1 }
    ],
    hours: [
      { startMs: at(60), allocatedGpuMs: 3_600_000, capacityGpuMs: 4 * 3_600_000 },
      { startMs: at(120), allocatedGpuMs: 2_400_000, capacityGpuMs: (4 * 3_600_000 * 5) / 6 }
    ]
  })
  expect(ask('usage', { by: 'tenant', nowMs: at(170) }).rows).toMatchObject([{ key: 'ada', jobs: 2 }])
  expect(ask('usage', { by: 'node', nowMs: at(170) }).rows.map((row) => row.key)).toEqual(['n0', 'n1'])
})

test('the capacity of an idle pool costs no row an hour', () => {
  const { rows, ask } = given(start, after(60 * 24 * 365, { type: 'NodeRebooted', node: 0, boot: 'c' } as { type: string }))
  expect(rows('usage_hours')).toHaveLength(2)
  expect(ask('usage', { by: 'tenant', nowMs: at(60 * 24 * 365) }).capacityGpuMilliMs).toBe(24 * 365 * 4 * HOUR)
})
