/**
 * The view `billing`: what was held from when to when, what it cost at that time, and what there was to hold, each with the ledger
 * positions that say so. A bill of any span is computed from these intervals when it is asked for, so nothing is ever rounded here,
 * and what is still held costs nothing to keep.
 */
import type { EventOf } from '../domain/events/event.ts'
import { lifeOf, type Hold } from './life.ts'
import { names, tenantName } from './names.ts'
import { milliByModel } from './utilization.ts'
import { eachEvent, tableOf, type Rows, type View } from './view.ts'

/** The end of what has not ended: later than any time. */
export const OPEN_MS = Number.MAX_SAFE_INTEGER
export const NO_POSITION = -1

const life = lifeOf('billing')

/** GPUs of one model that one member of an attempt held. */
export type BilledRow = {
  readonly job: number
  readonly attempt: number
  readonly member: number
  readonly model: number
  readonly tenant: string
  readonly node: number
  readonly gpus: number
  /** Thousandths of GPUs, all together. */
  readonly milli: number
  readonly fromMs: number
  readonly toMs: number
  readonly fromPosition: number
  readonly toPosition: number
}
export const billed = tableOf<BilledRow>({
  name: 'billed',
  columns: {
    job: 'integer',
    attempt: 'integer',
    member: 'integer',
    model: 'integer',
    tenant: 'text',
    node: 'integer',
    gpus: 'integer',
    milli: 'integer',
    fromMs: 'integer',
    toMs: 'integer',
    fromPosition: 'integer',
    toPosition: 'integer'
  },
  key: ['job', 'attempt', 'member', 'model'],
  indexes: [['toMs', 'fromMs']]
})

/** The price of a model from a time on, until the next. */
export type PriceRow = { readonly model: number; readonly position: number; readonly fromMs: number; readonly microPerGpuHour: number }
export const prices = tableOf<PriceRow>({
  name: 'prices',
  columns: { model: 'integer', position: 'integer', fromMs: 'integer', microPerGpuHour: 'integer' },
  key: ['model', 'position']
})

/** The GPUs of one model of a node, from when it joined until it was retired. */
export type CapacityRow = {
  readonly node: number
  readonly model: number
  readonly milli: number
  readonly fromMs: number
  readonly toMs: number
  readonly fromPosition: number
  readonly toPosition: number
}
export const capacity = tableOf<CapacityRow>({
  name: 'capacity',
  columns: {
    node: 'integer',
    model: 'integer',
    milli: 'integer',
    fromMs: 'integer',
    toMs: 'integer',
    fromPosition: 'integer',
    toPosition: 'integer'
  },
  key: ['node', 'model']
})

type BilledNodeRow = { readonly node: number; readonly models: ReadonlyArray<number> }
const billedNodes = tableOf<BilledNodeRow>({ name: 'billed_nodes', columns: { node: 'integer', models: 'json' }, key: ['node'] })

export const billingView: View = {
  name: 'billing',
  version: 1 + 1000 * names.version,
  tables: [...life.tables, billed.schema, prices.schema, capacity.schema, billedNodes.schema],
  project: (rows, round, firstPosition) =>
    eachEvent(round, firstPosition, (event, position) => {
      const atMs = round.at
      switch (event.type) {
        case 'PriceSet':
          return prices.put(rows, { model: event.model, position, fromMs: atMs, microPerGpuHour: event.microPerGpuHour })
        case 'NodeRegistered':
          return registered(rows, event, atMs, position)
        case 'NodeRetired':
          return retired(rows, event.node, atMs, position)
        default:
          return life.follow(rows, event, atMs, (turn) => {
            if (turn.type === 'Takes') takes(rows, turn.hold, atMs, position)
            if (turn.type === 'Frees') frees(rows, turn.hold, atMs, position)
          })
      }
    })
}

const takes = (rows: Rows, hold: Hold, atMs: number, position: number): void => {
  for (const { model, gpus, milli } of hold.parts)
    billed.put(rows, {
      job: hold.job,
      attempt: hold.attempt,
      member: hold.member,
      model,
      tenant: tenantName(rows, hold.tenant),
      node: hold.node,
      gpus,
      milli,
      fromMs: atMs,
      toMs: OPEN_MS,
      fromPosition: position,
      toPosition: NO_POSITION
    })
}

const frees = (rows: Rows, hold: Hold, atMs: number, position: number): void => {
  for (const { model } of hold.parts) {
    const open = billed.get(rows, hold.job, hold.attempt, hold.member, model)
    if (open !== undefined) billed.put(rows, { ...open, toMs: atMs, toPosition: position })
  }
}

const registered = (rows: Rows, event: EventOf<'NodeRegistered'>, atMs: number, position: number): void => {
  if (billedNodes.get(rows, event.node) !== undefined) return
  const models = milliByModel(event.gpus)
  billedNodes.put(rows, { node: event.node, models: models.map(({ model }) => model) })
  for (const { model, milli } of models)
    capacity.put(rows, { node: event.node, model, milli, fromMs: atMs, toMs: OPEN_MS, fromPosition: position, toPosition: NO_POSITION })
}

const retired = (rows: Rows, node: number, atMs: number, position: number): void => {
  for (const model of billedNodes.get(rows, node)?.models ?? []) {
    const open = capacity.get(rows, node, model)
    if (open !== undefined && open.toPosition === NO_POSITION) capacity.put(rows, { ...open, toMs: atMs, toPosition: position })
  }
}
