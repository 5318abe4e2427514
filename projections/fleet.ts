/**
 * The view `fleet`: the nodes that ever joined, as they stand. What their GPUs are held by is what the live tasks of the view `jobs`
 * hold, so a node's row changes only when something happens to the node itself.
 */
import type { Event } from '../domain/events/event.ts'
import { labelsOf, modelName, names } from './names.ts'
import { eachEvent, tableOf, type Rows, type View } from './view.ts'

export const NODE_STATES = ['ready', 'cordoned', 'draining', 'retired'] as const
export type NodeState = (typeof NODE_STATES)[number]

export type NodeRow = {
  readonly node: number
  readonly name: string
  readonly state: NodeState
  readonly reason: string
  readonly by: string | null
  readonly boot: string
  readonly cpuMilli: number
  readonly memoryMib: number
  readonly labels: Readonly<Record<string, string>>
  readonly firstGpu: number
  readonly gpus: ReadonlyArray<{ readonly uuid: string; readonly model: string; readonly memoryMib: number }>
  /** When the jobs of a draining node are stopped; null: never. */
  readonly stopAtMs: number | null
  readonly registeredMs: number
  readonly bootedMs: number
  /** The event that brought it into its state. */
  readonly sinceMs: number
  readonly position: number
}

export const nodes = tableOf<NodeRow>({
  name: 'nodes',
  columns: {
    node: 'integer',
    name: 'text',
    state: 'text',
    reason: 'text',
    by: 'text',
    boot: 'text',
    cpuMilli: 'integer',
    memoryMib: 'integer',
    labels: 'json',
    firstGpu: 'integer',
    gpus: 'json',
    stopAtMs: 'integer',
    registeredMs: 'integer',
    bootedMs: 'integer',
    sinceMs: 'integer',
    position: 'integer'
  },
  key: ['node'],
  indexes: [['name'], ['state']]
})

export const fleetView: View = {
  name: 'fleet',
  version: 1 + 1000 * names.version,
  tables: [nodes.schema],
  project: (rows, round, firstPosition) =>
    eachEvent(round, firstPosition, (event, position) => see(rows, event, { sinceMs: round.at, position }))
}

type When = { readonly sinceMs: number; readonly position: number }

const see = (rows: Rows, event: Event, when: When): void => {
  switch (event.type) {
    case 'NodeRegistered':
      return nodes.put(rows, {
        node: event.node,
        name: event.name,
        state: event.cordoned === undefined ? 'ready' : 'cordoned',
        reason: event.cordoned ?? '',
        by: null,
        boot: event.boot,
        cpuMilli: event.cpuMilli,
        memoryMib: event.memoryMib,
        labels: labelsOf(rows, event.labels),
        firstGpu: event.firstGpu,
        gpus: event.gpus.map((gpu) => ({ uuid: gpu.uuid, model: modelName(rows, gpu.model), memoryMib: gpu.memoryMib })),
        stopAtMs: null,
        registeredMs: when.sinceMs,
        bootedMs: when.sinceMs,
        ...when
      })
    case 'NodeRebooted':
      return change(rows, event.node, { boot: event.boot, bootedMs: when.sinceMs })
    case 'NodeRetired':
      return change(rows, event.node, { state: 'retired', reason: event.reason, by: null, ...when })
    case 'NodeCordoned': {
      const known = nodes.get(rows, event.node)
      // A cordon does not lift a drain.
      const state = known?.state === 'draining' ? 'draining' : 'cordoned'
      return change(rows, event.node, { state, reason: event.reason, by: event.by ?? null, ...when })
    }
    case 'NodeUncordoned':
      return change(rows, event.node, { state: 'ready', reason: '', by: event.by ?? null, stopAtMs: null, ...when })
    case 'NodeDrained': {
      const stopAtMs = event.stopAtMs < 0 ? null : event.stopAtMs
      return change(rows, event.node, { state: 'draining', reason: event.reason, by: event.by ?? null, stopAtMs, ...when })
    }
    default:
      return
  }
}

/** A node that was retired stays as it was then, but for its boot. */
const change = (rows: Rows, node: number, to: Partial<NodeRow>): void => {
  const known = nodes.get(rows, node)
  if (known !== undefined && (known.state !== 'retired' || to.state === undefined)) nodes.put(rows, { ...known, ...to })
}
