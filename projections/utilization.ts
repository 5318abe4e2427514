/**
 * The view `utilization`: how much of the GPUs was held, by tenant and by node, and how much there was to hold, hour by hour. A retired
 * node counts with what is still held on it, until that is given back, so that what is held never exceeds what there is.
 */
import type { EventOf } from '../domain/events/event.ts'
import { lifeOf, type Hold } from './life.ts'
import { names } from './names.ts'
import { seriesOf } from './series.ts'
import { eachEvent, tableOf, type Rows, type View } from './view.ts'

const life = lifeOf('usage')
export const usage = seriesOf('usage')

/** Kinds of series. The subject of `held` is a tenant, and of `heldOnNode` a node; `there` is what could be held in the whole pool. */
export const USAGE_KINDS = { byTenant: 'held', byNode: 'heldOnNode', there: 'there' } as const

type UsageNodeRow = {
  readonly node: number
  readonly models: ReadonlyArray<{ readonly model: number; readonly milli: number }>
  readonly retired: number
}
const usageNodes = tableOf<UsageNodeRow>({
  name: 'usage_nodes',
  columns: { node: 'integer', models: 'json', retired: 'integer' },
  key: ['node']
})

export const utilizationView: View = {
  name: 'utilization',
  version: 1 + 1000 * names.version,
  tables: [...life.tables, usageNodes.schema, usage.levels.schema, usage.hours.schema],
  project: (rows, round, firstPosition) =>
    eachEvent(round, firstPosition, (event) => {
      if (event.type === 'NodeRegistered') return registered(rows, event, round.at)
      if (event.type === 'NodeRetired') return retired(rows, event.node, round.at)
      life.follow(rows, event, round.at, (turn) => {
        if (turn.type === 'Takes') holds(rows, turn.hold, round.at, 1)
        if (turn.type === 'Frees') holds(rows, turn.hold, round.at, -1)
      })
    })
}

const holds = (rows: Rows, hold: Hold, atMs: number, sign: 1 | -1): void => {
  for (const { model, milli } of hold.parts) {
    // A gang is one part of its tenant's level, and one of each of its nodes.
    const gang = hold.member === 0 ? sign : 0
    usage.move(rows, { kind: USAGE_KINDS.byTenant, subject: hold.tenant, model }, atMs, { milli: sign * milli, parts: gang })
    usage.move(rows, { kind: USAGE_KINDS.byNode, subject: hold.node, model }, atMs, { milli: sign * milli, parts: sign })
    if (sign < 0 && usageNodes.get(rows, hold.node)?.retired === 1) there(rows, model, atMs, -milli)
  }
}

const registered = (rows: Rows, event: EventOf<'NodeRegistered'>, atMs: number): void => {
  if (usageNodes.get(rows, event.node) !== undefined) return
  const models = milliByModel(event.gpus)
  usageNodes.put(rows, { node: event.node, models, retired: 0 })
  for (const { model, milli } of models) there(rows, model, atMs, milli)
}

const retired = (rows: Rows, node: number, atMs: number): void => {
  const known = usageNodes.get(rows, node)
  if (known === undefined || known.retired === 1) return
  usageNodes.put(rows, { ...known, retired: 1 })
  for (const { model, milli } of known.models) {
    const held = usage.levels.get(rows, USAGE_KINDS.byNode, node, model)?.milli ?? 0
    there(rows, model, atMs, held - milli)
  }
}

const there = (rows: Rows, model: number, atMs: number, milli: number): void =>
  usage.move(rows, { kind: USAGE_KINDS.there, subject: 0, model }, atMs, { milli, parts: 0 })

/** A node's GPUs by model, in thousandths, in the order in which the models first come. */
export const milliByModel = (
  gpus: ReadonlyArray<{ readonly model: number }>
): ReadonlyArray<{ readonly model: number; readonly milli: number }> => {
  const found: Array<{ readonly model: number; milli: number }> = []
  for (const { model } of gpus) {
    const known = found.find((other) => other.model === model)
    if (known === undefined) found.push({ model, milli: 1000 })
    else known.milli += 1000
  }
  return found
}
