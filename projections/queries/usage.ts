/** How much GPU time was held in a span, by tenant, model or node, of how much there was. */
import { machines, models, tenants } from '../names.ts'
import { answered, wanting, type Question } from '../question.ts'
import { HOUR_MS, hourOf } from '../series.ts'
import { addHours, hoursIn, spanOf, sums, type SeriesSum, type Span } from '../spans.ts'
import { USAGE_KINDS, usage } from '../utilization.ts'

export const USAGE_KEYS = ['tenant', 'model', 'node'] as const
export type UsageKey = (typeof USAGE_KEYS)[number]

export interface SpanAsked {
  readonly sinceMs?: number | undefined
  readonly untilMs?: number | undefined
  readonly nowMs: number
}

/** Times of GPUs in thousandths of a GPU times ms are exact; `gpuMs` is the same in whole GPUs, rounded down. */
export interface UsageRow {
  readonly key: string
  readonly gpuMilliMs: number
  readonly gpuMs: number
  /** Attempts of jobs that held something; one that used two models or nodes counts for both. */
  readonly jobs: number
}

export interface Usage {
  readonly by: UsageKey
  /** Whole hours; the last one ends now where the span does. */
  readonly sinceMs: number
  readonly untilMs: number
  readonly rows: ReadonlyArray<UsageRow>
  readonly allocatedGpuMilliMs: number
  readonly capacityGpuMilliMs: number
  readonly allocatedGpuMs: number
  readonly capacityGpuMs: number
  /** Oldest first; of a span of more hours, the last HOURS_MAX. */
  readonly hours: ReadonlyArray<{ readonly startMs: number; readonly allocatedGpuMs: number; readonly capacityGpuMs: number }>
}

export const HOURS_MAX = 24 * 366

export const askUsage = (asked: SpanAsked & { readonly by: UsageKey }): Question<Usage> => {
  const kinds = [USAGE_KINDS.there, asked.by === 'node' ? USAGE_KINDS.byNode : USAGE_KINDS.byTenant]
  const among = { column: 'kind', values: kinds }
  const from = asked.sinceMs === undefined ? [] : [{ column: 'hour', op: '>=', value: hourOf(asked.sinceMs) } as const]
  return wanting([usage.levels.select({ among }), usage.hours.select({ among, where: from })], (levels, hours) => {
    const span = spanOf(asked, levels, hours)
    const all = sums(levels, hours, span)
    const there = all.filter((one) => one.kind === USAGE_KINDS.there)
    const held = all.filter((one) => one.kind !== USAGE_KINDS.there)
    return named(asked.by, held, (rows) => answered(usageOf(asked.by, span, { rows, held, there })))
  })
}

const usageOf = (
  by: UsageKey,
  span: Span,
  found: { readonly rows: ReadonlyArray<UsageRow>; readonly held: ReadonlyArray<SeriesSum>; readonly there: ReadonlyArray<SeriesSum> }
): Usage => {
  const length = hoursIn(span)
  const allocated = addHours(
    found.held.map((one) => one.hours),
    length
  )
  const capacity = addHours(
    found.there.map((one) => one.hours),
    length
  )
  const [allocatedGpuMilliMs, capacityGpuMilliMs] = [total(allocated), total(capacity)]
  return {
    by,
    ...span,
    rows: found.rows,
    allocatedGpuMilliMs,
    capacityGpuMilliMs,
    allocatedGpuMs: inGpus(allocatedGpuMilliMs),
    capacityGpuMs: inGpus(capacityGpuMilliMs),
    hours: allocated
      .map((milliMs, hour) => ({
        startMs: span.sinceMs + hour * HOUR_MS,
        allocatedGpuMs: inGpus(milliMs),
        capacityGpuMs: inGpus(capacity[hour] ?? 0)
      }))
      .slice(-HOURS_MAX)
  }
}

const total = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0)
export const inGpus = (milliMs: number): number => Math.floor(milliMs / 1000)

/** One row for each name that held something, the most first. */
const named = <A>(by: UsageKey, held: ReadonlyArray<SeriesSum>, then: (rows: ReadonlyArray<UsageRow>) => Question<A>): Question<A> => {
  const keyOf = (one: SeriesSum): number => (by === 'model' ? one.model : one.subject)
  const found = new Map<number, { milliMs: number; parts: number }>()
  for (const one of held) {
    const known = found.get(keyOf(one)) ?? { milliMs: 0, parts: 0 }
    found.set(keyOf(one), { milliMs: known.milliMs + one.milliMs, parts: known.parts + one.parts })
  }
  const answer = (names: ReadonlyMap<number, string>): Question<A> => {
    // A node that came back with other hardware is another node of the same name.
    const rows = new Map<string, UsageRow>()
    for (const [number, sum] of found) {
      const key = names.get(number) ?? `${number}`
      const gpuMilliMs = sum.milliMs + (rows.get(key)?.gpuMilliMs ?? 0)
      if (gpuMilliMs > 0 || sum.parts > 0)
        rows.set(key, { key, gpuMilliMs, gpuMs: inGpus(gpuMilliMs), jobs: sum.parts + (rows.get(key)?.jobs ?? 0) })
    }
    return then([...rows.values()].sort((a, b) => b.gpuMilliMs - a.gpuMilliMs || (a.key < b.key ? -1 : 1)))
  }
  const values = [...found.keys()]
  switch (by) {
    case 'tenant':
      return wanting([tenants.select({ among: { column: 'tenant', values } })], (rows) =>
        answer(new Map(rows.map((row) => [row.tenant, row.name])))
      )
    case 'model':
      return wanting([models.select({ among: { column: 'model', values } })], (rows) =>
        answer(new Map(rows.map((row) => [row.model, row.name])))
      )
    case 'node':
      return wanting([machines.select({ among: { column: 'node', values } })], (rows) =>
        answer(new Map(rows.map((row) => [row.node, row.name])))
      )
    default: {
      const unreachable: never = by
      return unreachable
    }
  }
}
