/** GPU time and money add up, exactly, whatever happened and whatever span is asked for. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MILLI_MS_PER_GPU_HOUR } from '../../projections/money.ts'
import { accountOf } from './reference.ts'
import { busySteps, START_MS, steps, type Step } from './rounds.ts'
import { given, type Projected } from './views.ts'

const HOUR_MS = 3_600_000

const endOf = (history: ReadonlyArray<Step>): number => history.at(-1)!.atMs
/** Begins before or in the history, and ends in it or behind it. */
const span = fc.record({ since: fc.double({ min: -0.1, max: 1.1, noNaN: true }), length: fc.double({ min: 0, max: 1.2, noNaN: true }) })
const spanIn = (history: ReadonlyArray<Step>, part: { readonly since: number; readonly length: number }) => {
  const lengthMs = endOf(history) - START_MS + HOUR_MS
  const sinceMs = START_MS + Math.floor(part.since * lengthMs)
  return { sinceMs, untilMs: sinceMs + Math.floor(part.length * lengthMs) }
}
const sumsOf = (rows: ReadonlyArray<readonly [string, number]>): ReadonlyMap<string, number> => {
  const sums = new Map<string, number>()
  for (const [key, value] of rows) if (value !== 0) sums.set(key, (sums.get(key) ?? 0) + value)
  return sums
}
const total = (sums: Iterable<number>): number => [...sums].reduce((sum, value) => sum + value, 0)

const check = (asserted: (projected: Projected, history: ReadonlyArray<Step>, part: { sinceMs: number; untilMs: number }) => void): void =>
  fc.assert(
    fc.property(fc.oneof(steps, { arbitrary: busySteps, weight: 4 }), span, (history, part) =>
      asserted(given(...history), history, spanIn(history, part))
    ),
    { numRuns: 100 }
  )

describe('a bill', () => {
  test('has the GPU time of a slow account by tenant, and the idle and whole time by model, in any span', () => {
    check((projected, history, part) => {
      const nowMs = endOf(history) + 1_234_567
      const bill = projected.ask('bill', { ...part, nowMs })
      const account = accountOf(history, part.sinceMs, Math.min(part.untilMs, nowMs))
      expect(sumsOf(bill.rows.map((row) => [row.tenant, row.gpuMilliMs]))).toEqual(account.heldByTenant)
      expect(sumsOf(bill.rows.map((row) => [row.model, row.gpuMilliMs]))).toEqual(account.held)
      expect(sumsOf(bill.idle.map((row) => [row.model, row.gpuMilliMs]))).toEqual(account.idle)
      expect(sumsOf(bill.idle.map((row) => [row.model, row.capacityGpuMilliMs]))).toEqual(account.there)
    })
  })

  test('is complete: all lines and the idle rest are all GPUs times the time, by any key', () => {
    check((projected, history, part) => {
      for (const how of [{}, { by: 'job' }, { by: 'tenant', hourly: true }] as const) {
        const bill = projected.ask('bill', { ...part, ...how, nowMs: endOf(history) })
        expect(total(bill.rows.map((row) => row.gpuMilliMs)) + bill.idleGpuMilliMs).toBe(bill.capacityGpuMilliMs)
      }
    })
  })

  test('loses no part of a micro-unit: amounts and remainders are the price times the time of a slow account', () => {
    check((projected, history, part) => {
      const account = accountOf(history, part.sinceMs, Math.min(part.untilMs, endOf(history)))
      for (const by of ['tenant', 'job'] as const) {
        const bill = projected.ask('bill', { ...part, by, nowMs: endOf(history) })
        const unit = BigInt(MILLI_MS_PER_GPU_HOUR)
        const exact = bill.rows.reduce((sum, row) => sum + BigInt(row.costMicro) * unit + BigInt(row.remainder), 0n)
        expect(exact).toBe(account.cost)
        expect(BigInt(bill.exact.micro) * unit + BigInt(bill.exact.remainder)).toBe(account.cost)
        expect(bill.exact.micro - bill.totalMicro).toBeGreaterThanOrEqual(0)
        expect(bill.exact.micro - bill.totalMicro).toBeLessThanOrEqual(bill.rows.length)
        for (const row of bill.rows) expect(row.remainder).toBeLessThan(MILLI_MS_PER_GPU_HOUR)
      }
    })
  })

  test('of two spans that meet is the bill of both together', () => {
    check((projected, history, part) => {
      const nowMs = endOf(history)
      const middleMs = Math.floor((part.sinceMs + part.untilMs) / 2)
      const [first, second, both] = [{ sinceMs: part.sinceMs, untilMs: middleMs }, { sinceMs: middleMs, untilMs: part.untilMs }, part].map(
        (some) => projected.ask('bill', { ...some, nowMs })
      )
      expect(first!.capacityGpuMilliMs + second!.capacityGpuMilliMs).toBe(both!.capacityGpuMilliMs)
      expect(first!.idleGpuMilliMs + second!.idleGpuMilliMs).toBe(both!.idleGpuMilliMs)
    })
  })

  test('cites events that are allocations and ends of what it bills', () => {
    check((projected, history, part) => {
      const events = history.flatMap((step) => step.events)
      const bill = projected.ask('bill', { ...part, by: 'job', nowMs: endOf(history) })
      for (const row of bill.rows) {
        const cited = row.positions.map((position) => events[position]!)
        expect(cited[0]?.type).toBe('JobAllocated')
        for (const event of cited) expect(event).toMatchObject({ job: row.job })
        const price = row.pricePosition === null ? undefined : events[row.pricePosition]
        expect(price?.type === 'PriceSet' ? price.microPerGpuHour : 0).toBe(row.microPerGpuHour)
      }
    })
  })
})

describe('utilization', () => {
  test('has the GPU time of a slow account, by tenant, model and node, of whole hours and up to now', () => {
    check((projected, history, part) => {
      const nowMs = endOf(history) + 1_234_567
      for (const [by, key] of [
        ['tenant', 'heldByTenant'],
        ['model', 'held'],
        ['node', 'heldByNode']
      ] as const) {
        const usage = projected.ask('usage', { ...part, by, nowMs })
        const account = accountOf(history, usage.sinceMs, usage.untilMs)
        expect(sumsOf(usage.rows.map((row) => [row.key, row.gpuMilliMs]))).toEqual(account[key])
        expect(usage.capacityGpuMilliMs).toBe(total(account.there.values()))
        expect(usage.allocatedGpuMilliMs).toBe(total(account.held.values()))
      }
    })
  })

  test('is the GPU time of the bill of the same span', () => {
    check((projected, history, part) => {
      const nowMs = endOf(history)
      const usage = projected.ask('usage', { ...part, by: 'tenant', nowMs })
      const bill = projected.ask('bill', { sinceMs: usage.sinceMs, untilMs: usage.untilMs, nowMs })
      expect(sumsOf(usage.rows.map((row) => [row.key, row.gpuMilliMs]))).toEqual(
        sumsOf(bill.rows.map((row) => [row.tenant, row.gpuMilliMs]))
      )
      expect(usage.capacityGpuMilliMs).toBe(bill.capacityGpuMilliMs)
    })
  })

  test('has every hour of the span once, each with the time of that hour', () => {
    check((projected, history) => {
      const nowMs = endOf(history)
      const usage = projected.ask('usage', { by: 'tenant', nowMs })
      usage.hours.forEach((hour, index) => {
        expect(hour.startMs).toBe(usage.sinceMs + index * HOUR_MS)
        const account = accountOf(history, hour.startMs, Math.min(hour.startMs + HOUR_MS, nowMs))
        expect(hour.allocatedGpuMs).toBe(Math.floor(total(account.held.values()) / 1000))
        expect(hour.capacityGpuMs).toBe(Math.floor(total(account.there.values()) / 1000))
      })
    })
  })
})

test('the demand of an hour is what was held and waited for in a slow account', () => {
  check((projected, history) => {
    const nowMs = endOf(history) + HOUR_MS
    for (const forecast of projected.ask('forecast', { hours: 3, nowMs }))
      for (const { startMs, gpus } of forecast.history.slice(-12)) {
        const wanted = accountOf(history, startMs, startMs + HOUR_MS).wanted.get(forecast.model) ?? 0
        expect(gpus).toBe(Math.round(wanted / HOUR_MS) / 1000)
      }
  })
})

test('the histories are not empty: most have time that was billed, and some a node that was retired while it was held', () => {
  const seen = { billed: 0, priced: 0, retired: 0, twoPrices: 0 }
  const samples = fc.sample(busySteps, { numRuns: 100, seed: 7 })
  for (const history of samples) {
    const bill = given(...history).ask('bill', { nowMs: endOf(history) })
    if (bill.rows.some((row) => row.gpuMilliMs > 0)) seen.billed += 1
    if (bill.totalMicro > 0) seen.priced += 1
    if (new Set(bill.rows.map((row) => `${row.tenant} ${row.model}`)).size < bill.rows.length) seen.twoPrices += 1
    const present = given(...history).rows('capacity')
    const there = present.reduce((sum, row) => {
      const toMs = Math.min(Number(row['toMs']), endOf(history))
      return sum + Number(row['milli']) * (toMs - Number(row['fromMs']))
    }, 0)
    if (bill.capacityGpuMilliMs > there) seen.retired += 1
  }
  expect(seen.billed).toBeGreaterThan(50)
  expect(seen.priced).toBeGreaterThan(25)
  expect(seen.twoPrices).toBeGreaterThan(10)
  expect(seen.retired).toBeGreaterThan(5)
})
