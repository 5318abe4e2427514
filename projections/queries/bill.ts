/**
 * The bill of a span: what each tenant held, at the prices in force at the time, and what nobody held. Times are exact, and the times of
 * all lines and of the idle rest are together those of all GPUs that were there. Only the amount of a line is rounded.
 */
import { billed, capacity, NO_POSITION, prices, type BilledRow, type CapacityRow, type PriceRow } from '../billing.ts'
import { amountOf, type Amount } from '../money.ts'
import { models } from '../names.ts'
import { answered, wanting, type Question } from '../question.ts'
import { HOUR_MS, hourOf } from '../series.ts'
import { inGpus, type SpanAsked } from './usage.ts'

export const BILL_KEYS = ['tenant', 'job'] as const
export type BillKey = (typeof BILL_KEYS)[number]

export interface BillAsked extends SpanAsked {
  /** One line for each tenant, model and price, or one for each job, model and price; by tenant where it is left out. */
  readonly by?: BillKey | undefined
  /** Split further at each full hour. */
  readonly hourly?: boolean | undefined
}

export interface BillRow {
  readonly tenant: string
  /** Only in a bill by job. */
  readonly job: number | null
  readonly model: string
  /** Only in an hourly bill. */
  readonly hourMs: number | null
  readonly microPerGpuHour: number
  /** The event that set the price; null where none had been set. */
  readonly pricePosition: number | null
  readonly gpuMilliMs: number
  readonly gpuMs: number
  readonly costMicro: number
  readonly remainder: number
  readonly jobs: number
  /** The events that the line comes from, in order: of allocations and of their ends. Of more, the first POSITIONS_MAX. */
  readonly positions: ReadonlyArray<number>
  readonly positionCount: number
}

export interface Bill {
  readonly sinceMs: number
  readonly untilMs: number
  readonly rows: ReadonlyArray<BillRow>
  /** The sum of the rows. */
  readonly totalMicro: number
  /** What the total would be if nothing but the total were rounded. */
  readonly exact: Amount
  readonly idle: ReadonlyArray<{
    readonly model: string
    readonly gpuMilliMs: number
    readonly gpuMs: number
    readonly capacityGpuMilliMs: number
  }>
  readonly idleGpuMilliMs: number
  readonly capacityGpuMilliMs: number
  readonly idleGpuMs: number
  readonly capacityGpuMs: number
}

export const POSITIONS_MAX = 10_000

export const askBill = (asked: BillAsked): Question<Bill> =>
  wanting(
    [
      billed.select({
        where: [
          { column: 'toMs', op: '>', value: asked.sinceMs ?? -1 },
          { column: 'fromMs', op: '<', value: Math.min(asked.untilMs ?? asked.nowMs, asked.nowMs) }
        ]
      }),
      prices.select({}),
      capacity.select({}),
      models.select({})
    ],
    (held, set, there, named) => {
      const untilMs = Math.min(asked.untilMs ?? asked.nowMs, asked.nowMs)
      const first = there.reduce((least, row) => Math.min(least, row.fromMs), untilMs)
      // Before there was a GPU there was nothing to bill.
      const sinceMs = Math.min(Math.max(asked.sinceMs ?? first, first), untilMs)
      const names = new Map(named.map((row) => [row.model, row.name]))
      return answered(billOf({ ...asked, sinceMs, untilMs }, { held, set, there, nameOf: (model) => names.get(model) ?? `model ${model}` }))
    }
  )

interface Found {
  readonly held: ReadonlyArray<BilledRow>
  readonly set: ReadonlyArray<PriceRow>
  readonly there: ReadonlyArray<CapacityRow>
  readonly nameOf: (model: number) => string
}
type Spanned = BillAsked & { readonly sinceMs: number; readonly untilMs: number }

const billOf = (asked: Spanned, found: Found): Bill => {
  const lines = linesOf(asked, found)
  const idle = idleOf(asked, found)
  const rows = lines.map((line) => rowOf(line, found.nameOf)).sort(byName)
  const idleGpuMilliMs = idle.reduce((sum, row) => sum + row.gpuMilliMs, 0)
  const capacityGpuMilliMs = idle.reduce((sum, row) => sum + row.capacityGpuMilliMs, 0)
  return {
    sinceMs: asked.sinceMs,
    untilMs: asked.untilMs,
    rows,
    totalMicro: rows.reduce((sum, row) => sum + row.costMicro, 0),
    exact: amountOf(lines.map((line) => ({ milliMs: line.milliMs, microPerGpuHour: line.price.microPerGpuHour }))),
    idle,
    idleGpuMilliMs,
    capacityGpuMilliMs,
    idleGpuMs: inGpus(idleGpuMilliMs),
    capacityGpuMs: inGpus(capacityGpuMilliMs)
  }
}

interface Line {
  readonly tenant: string
  readonly job: number | null
  readonly model: number
  readonly hourMs: number | null
  readonly price: PriceRow
  milliMs: number
  jobs: number
  lastJob: number
  /** In any order, and some twice. */
  readonly positions: Array<number>
}

const linesOf = (asked: Spanned, { held, set }: Found): ReadonlyArray<Line> => {
  const pricesOf = byModel(set)
  const lines = new Map<string, Line>()
  for (const row of held)
    for (const part of partsOf(row, pricesOf.get(row.model) ?? [], asked)) {
      const { price, hourMs } = part
      const job = asked.by === 'job' ? row.job : null
      const key = `${job ?? row.tenant} ${row.model} ${price.position} ${hourMs ?? ''}`
      const line = lines.get(key) ?? {
        tenant: row.tenant,
        job,
        model: row.model,
        hourMs,
        price,
        milliMs: 0,
        jobs: 0,
        lastJob: -1,
        positions: []
      }
      line.milliMs += row.milli * (part.toMs - part.fromMs)
      // What was held comes in the order of its jobs.
      if (row.job !== line.lastJob) line.jobs += 1
      line.lastJob = row.job
      line.positions.push(row.fromPosition)
      if (row.toPosition !== NO_POSITION) line.positions.push(row.toPosition)
      lines.set(key, line)
    }
  return [...lines.values()]
}

const byModel = (set: ReadonlyArray<PriceRow>): ReadonlyMap<number, ReadonlyArray<PriceRow>> => {
  const found = new Map<number, Array<PriceRow>>()
  for (const row of set) {
    const known = found.get(row.model)
    if (known === undefined) found.set(row.model, [row])
    else known.push(row)
  }
  return found
}

interface Part {
  readonly fromMs: number
  readonly toMs: number
  readonly price: PriceRow
  readonly hourMs: number | null
}

/** What was held in the span, cut wherever the price changed, and at the hours where that is asked. Prices are in order of time. */
const partsOf = (row: BilledRow, set: ReadonlyArray<PriceRow>, asked: Spanned): ReadonlyArray<Part> => {
  const parts: Array<Part> = []
  const endMs = Math.min(row.toMs, asked.untilMs)
  let fromMs = Math.max(row.fromMs, asked.sinceMs)
  let next = 0
  let price: PriceRow = { model: row.model, position: NO_POSITION, fromMs: 0, microPerGpuHour: 0 }
  while (fromMs < endMs) {
    // Of several prices of one moment the last one holds.
    while (next < set.length && set[next]!.fromMs <= fromMs) price = set[next++]!
    const hourMs = asked.hourly === true ? hourOf(fromMs) * HOUR_MS : null
    const toMs = Math.min(endMs, set[next]?.fromMs ?? endMs, hourMs === null ? endMs : hourMs + HOUR_MS)
    parts.push({ fromMs, toMs, price, hourMs })
    fromMs = toMs
  }
  return parts
}

const rowOf = (line: Line, nameOf: Found['nameOf']): BillRow => {
  const positions = distinct(line.positions)
  const amount = amountOf([{ milliMs: line.milliMs, microPerGpuHour: line.price.microPerGpuHour }])
  return {
    tenant: line.tenant,
    job: line.job,
    model: nameOf(line.model),
    hourMs: line.hourMs,
    microPerGpuHour: line.price.microPerGpuHour,
    pricePosition: line.price.position === NO_POSITION ? null : line.price.position,
    gpuMilliMs: line.milliMs,
    gpuMs: inGpus(line.milliMs),
    costMicro: amount.micro,
    remainder: amount.remainder,
    jobs: line.jobs,
    positions: positions.slice(0, POSITIONS_MAX),
    positionCount: positions.length
  }
}

/** In ascending order, each once. */
const distinct = (numbers: ReadonlyArray<number>): ReadonlyArray<number> => {
  const sorted = Float64Array.from(numbers).sort()
  const found: Array<number> = []
  for (const number of sorted) if (number !== found.at(-1)) found.push(number)
  return found
}

const byName = (a: BillRow, b: BillRow): number =>
  order(a.tenant, b.tenant) ||
  (a.job ?? 0) - (b.job ?? 0) ||
  order(a.model, b.model) ||
  (a.hourMs ?? 0) - (b.hourMs ?? 0) ||
  (a.pricePosition ?? -1) - (b.pricePosition ?? -1)

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** What was there and not held. What is held on a retired node is there until it is given back, and none of it is idle. */
const idleOf = (asked: Spanned, { held, there, nameOf }: Found): Bill['idle'] => {
  const retiredMs = new Map(there.map((row) => [row.node, row.toMs]))
  const sums = new Map<number, { idle: number; capacity: number }>()
  const add = (model: number, idle: number, all: number): void => {
    const sum = sums.get(model) ?? { idle: 0, capacity: 0 }
    sums.set(model, { idle: sum.idle + idle, capacity: sum.capacity + all })
  }
  for (const row of there) {
    const milliMs = row.milli * overlapMs(row.fromMs, row.toMs, asked)
    add(row.model, milliMs, milliMs)
  }
  for (const row of held) {
    const goneMs = retiredMs.get(row.node) ?? 0
    const within = row.milli * overlapMs(row.fromMs, Math.min(row.toMs, goneMs), asked)
    add(row.model, -within, row.milli * overlapMs(row.fromMs, row.toMs, asked) - within)
  }
  return [...sums]
    .sort(([a], [b]) => a - b)
    .map(([model, sum]) => ({ model: nameOf(model), gpuMilliMs: sum.idle, gpuMs: inGpus(sum.idle), capacityGpuMilliMs: sum.capacity }))
}

const overlapMs = (fromMs: number, toMs: number, span: Spanned): number =>
  Math.max(0, Math.min(toMs, span.untilMs) - Math.max(fromMs, span.sinceMs))
