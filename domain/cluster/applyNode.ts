/** What happens to nodes, applied to the rows under edit. */
import { GPU_MILLI } from '../events/request.ts'
import type { EventOf } from '../events/event.ts'
import { addName } from '../kernel/names.ts'
import { at, push, put } from '../kernel/shelf.ts'
import { append } from '../kernel/table.ts'
import type { Edit } from './edit.ts'
import { remember } from './ids.ts'
import { CORDONED, DRAINING, Gpus, Nodes, RETIRED } from './tables.ts'

const node = Nodes.column
const gpu = Gpus.column

export const applyRegistered = (edit: Edit, event: EventOf<'NodeRegistered'>): void => {
  const { nodes, gpus } = edit
  if (event.node !== nodes.size || event.firstGpu !== gpus.size) return
  const row = append(nodes)
  node.cpuMilli.set(nodes, row, event.cpuMilli)
  node.memoryMib.set(nodes, row, event.memoryMib)
  node.cpuFree.set(nodes, row, event.cpuMilli)
  node.memoryFree.set(nodes, row, event.memoryMib)
  node.firstGpu.set(nodes, row, event.firstGpu)
  node.gpuCount.set(nodes, row, event.gpus.length)
  node.stopAtMs.set(nodes, row, -1)
  if (event.cordoned !== undefined) node.flags.set(nodes, row, CORDONED)
  for (const facts of event.gpus) {
    const number = append(gpus)
    gpu.node.set(gpus, number, row)
    gpu.model.set(gpus, number, facts.model)
    gpu.memoryMib.set(gpus, number, facts.memoryMib)
    gpu.freeMilli.set(gpus, number, GPU_MILLI)
  }
  push(edit.nodeFacts, { name: event.name, boot: event.boot, labels: event.labels, gpus: event.gpus, reason: event.cordoned ?? '' })
  const name = addName(edit.nodeNames, event.name)
  if (name === edit.newestNode.size) push(edit.newestNode, row)
  else put(edit.newestNode, name, row)
}

export const applyRebooted = (edit: Edit, event: EventOf<'NodeRebooted'>): void => {
  if (event.node >= edit.nodes.size) return
  put(edit.nodeFacts, event.node, { ...at(edit.nodeFacts, event.node), boot: event.boot })
}

export const applyRetired = (edit: Edit, event: EventOf<'NodeRetired'>): void =>
  change(edit, event.node, { set: RETIRED, clear: 0, reason: event.reason })

export const applyCordoned = (edit: Edit, event: EventOf<'NodeCordoned'>): void => {
  remember(edit.ids, event.cause, -1, edit.atMs)
  change(edit, event.node, { set: CORDONED, clear: 0, reason: event.reason })
}

export const applyUncordoned = (edit: Edit, event: EventOf<'NodeUncordoned'>): void => {
  remember(edit.ids, event.cause, -1, edit.atMs)
  change(edit, event.node, { set: 0, clear: CORDONED | DRAINING, reason: '', stopAtMs: -1 })
}

export const applyDrained = (edit: Edit, event: EventOf<'NodeDrained'>): void => {
  remember(edit.ids, event.cause, -1, edit.atMs)
  change(edit, event.node, { set: DRAINING, clear: 0, reason: event.reason, stopAtMs: event.stopAtMs })
}

interface Change {
  readonly set: number
  readonly clear: number
  readonly reason: string
  /** Left out: the end of a drain stays, so that a cordon does not lift it. */
  readonly stopAtMs?: number
}

/** A node that was retired stays as it was then. */
const change = (edit: Edit, row: number, to: Change): void => {
  const { nodes } = edit
  if (row >= nodes.size) return
  const flags = node.flags.get(nodes, row)
  if ((flags & RETIRED) !== 0) return
  node.flags.set(nodes, row, (flags | to.set) & ~to.clear)
  if (to.stopAtMs !== undefined) node.stopAtMs.set(nodes, row, to.stopAtMs)
  put(edit.nodeFacts, row, { ...at(edit.nodeFacts, row), reason: to.reason })
}
