/**
 * What every node has and what of it is free, in private typed columns that plan can search and write to. Between plans they equal
 * the rows of the state; within a plan they run ahead of it by the plan's own allocations. Every node that changes is written to a
 * log, so that the indexes over the nodes catch up with those alone.
 */
import type { State } from '../cluster/state.ts'
import { Gpus, Nodes, RETIRED } from '../cluster/tables.ts'
import { GPU_MILLI } from '../events/request.ts'
import { at, readShelf } from '../kernel/shelf.ts'
import { read, type Rows } from '../kernel/table.ts'

export interface Capacity {
  nodes: number
  /** Nodes that are not retired. */
  present: number
  readonly labels: Array<ReadonlyArray<number>>
  node: NodeColumns
  gpu: GpuColumns
  log: ChangeLog
}

export interface NodeColumns {
  readonly flags: Int32Array
  readonly cpuMilli: Int32Array
  readonly memoryMib: Int32Array
  readonly cpuFree: Int32Array
  readonly memoryFree: Int32Array
  readonly firstGpu: Int32Array
  readonly gpuCount: Int32Array
  /** GPUs that nobody holds a share of, and the free thousandths of all together. */
  readonly idleGpus: Int32Array
  readonly gpuFreeMilli: Int32Array
  /** 1 where all GPUs are of one model with one memory size, which makes them equal for every filter but the busy one. */
  readonly uniform: Int32Array
}

export interface GpuColumns {
  readonly model: Int32Array
  readonly memoryMib: Int32Array
  readonly freeMilli: Int32Array
}

/** The last changes, in a circle: position p stands at p modulo the length, which is a power of two. `lastAt` is a node's newest position. */
export interface ChangeLog {
  readonly entries: Int32Array
  readonly lastAt: Float64Array
  end: number
}

const row = Nodes.column
const gpuRow = Gpus.column
const NODE_COLUMNS = [
  'flags',
  'cpuMilli',
  'memoryMib',
  'cpuFree',
  'memoryFree',
  'firstGpu',
  'gpuCount',
  'idleGpus',
  'gpuFreeMilli',
  'uniform'
] as const
const GPU_COLUMNS = ['model', 'memoryMib', 'freeMilli'] as const
const NODES_MIN = 64
const GPUS_MIN = 512

export const capacityOf = (state: State): Capacity => {
  const capacity: Capacity = {
    nodes: 0,
    present: 0,
    labels: [],
    node: nodeColumns(NODES_MIN),
    gpu: gpuColumns(GPUS_MIN),
    log: changeLog(NODES_MIN)
  }
  const nodes = read(state.nodes)
  for (let node = 0; node < nodes.size; node++) refresh(capacity, state, node)
  return capacity
}

/** Reads a node's rows again: it joined, or something of it changed by facts that were folded. */
export const refresh = (capacity: Capacity, state: State, node: number): void => {
  const nodes = read(state.nodes)
  if (node >= nodes.size) return
  if (node >= capacity.nodes) return join(capacity, state, nodes)
  const { flags, cpuFree, memoryFree } = capacity.node
  const nowFlags = row.flags.get(nodes, node)
  if ((nowFlags & RETIRED) !== 0 && (flags[node]! & RETIRED) === 0) capacity.present -= 1
  flags[node] = nowFlags
  cpuFree[node] = row.cpuFree.get(nodes, node)
  memoryFree[node] = row.memoryFree.get(nodes, node)
  refreshGpus(capacity, read(state.gpus), node)
  touch(capacity, node)
}

/** Takes what one member of a job asks for from a node; bit i of the mask is the node's GPU i. */
export const take = (
  capacity: Capacity,
  node: number,
  gpuMask: number,
  wish: { readonly cpuMilli: number; readonly memoryMib: number; readonly gpuMilli: number }
): void => {
  const { cpuFree, memoryFree, firstGpu, idleGpus, gpuFreeMilli } = capacity.node
  const { freeMilli } = capacity.gpu
  cpuFree[node]! -= wish.cpuMilli
  memoryFree[node]! -= wish.memoryMib
  for (let mask = gpuMask; mask !== 0; mask &= mask - 1) {
    const gpu = firstGpu[node]! + (31 - Math.clz32(mask & -mask))
    if (freeMilli[gpu] === GPU_MILLI) idleGpus[node]! -= 1
    freeMilli[gpu]! -= wish.gpuMilli
    gpuFreeMilli[node]! -= wish.gpuMilli
  }
  touch(capacity, node)
}

/** Notes that the indexes have to look at the node again. */
export const touch = (capacity: Capacity, node: number): void => {
  const { log } = capacity
  log.entries[log.end & (log.entries.length - 1)] = node
  log.lastAt[node] = log.end
  log.end += 1
}

/** Adds all nodes that the state has and the columns lack. */
const join = (capacity: Capacity, state: State, nodes: Rows): void => {
  const gpus = read(state.gpus)
  if (nodes.size > capacity.node.flags.length) growNodes(capacity, nodes.size)
  if (gpus.size > capacity.gpu.model.length) growGpus(capacity, gpus.size)
  const facts = readShelf(state.nodeFacts)
  for (let node = capacity.nodes; node < nodes.size; node++) {
    const { flags, cpuMilli, memoryMib, firstGpu, gpuCount, uniform } = capacity.node
    flags[node] = row.flags.get(nodes, node)
    if ((flags[node]! & RETIRED) === 0) capacity.present += 1
    cpuMilli[node] = row.cpuMilli.get(nodes, node)
    memoryMib[node] = row.memoryMib.get(nodes, node)
    firstGpu[node] = row.firstGpu.get(nodes, node)
    gpuCount[node] = row.gpuCount.get(nodes, node)
    capacity.labels[node] = at(facts, node).labels
    const first = firstGpu[node]!
    let equal = 1
    for (let gpu = first; gpu < first + gpuCount[node]!; gpu++) {
      capacity.gpu.model[gpu] = gpuRow.model.get(gpus, gpu)
      capacity.gpu.memoryMib[gpu] = gpuRow.memoryMib.get(gpus, gpu)
      if (capacity.gpu.model[gpu] !== capacity.gpu.model[first] || capacity.gpu.memoryMib[gpu] !== capacity.gpu.memoryMib[first]) equal = 0
    }
    uniform[node] = equal
  }
  const known = capacity.nodes
  capacity.nodes = nodes.size
  for (let node = known; node < nodes.size; node++) refresh(capacity, state, node)
}

const refreshGpus = (capacity: Capacity, gpus: Rows, node: number): void => {
  const { firstGpu, gpuCount, idleGpus, gpuFreeMilli } = capacity.node
  const { freeMilli } = capacity.gpu
  let idle = 0
  let free = 0
  const first = firstGpu[node]!
  for (let gpu = first; gpu < first + gpuCount[node]!; gpu++) {
    const milli = gpuRow.freeMilli.get(gpus, gpu)
    freeMilli[gpu] = milli
    free += milli
    if (milli === GPU_MILLI) idle += 1
  }
  idleGpus[node] = idle
  gpuFreeMilli[node] = free
}

const nodeColumns = (size: number): NodeColumns => ({
  flags: new Int32Array(size),
  cpuMilli: new Int32Array(size),
  memoryMib: new Int32Array(size),
  cpuFree: new Int32Array(size),
  memoryFree: new Int32Array(size),
  firstGpu: new Int32Array(size),
  gpuCount: new Int32Array(size),
  idleGpus: new Int32Array(size),
  gpuFreeMilli: new Int32Array(size),
  uniform: new Int32Array(size)
})

const gpuColumns = (size: number): GpuColumns => ({
  model: new Int32Array(size),
  memoryMib: new Int32Array(size),
  freeMilli: new Int32Array(size)
})

const changeLog = (nodes: number): ChangeLog => ({ entries: new Int32Array(nodes * 2), lastAt: new Float64Array(nodes), end: 0 })

const sizeFor = (wanted: number, now: number): number => {
  let size = now
  while (size < wanted) size *= 2
  return size
}

const growNodes = (capacity: Capacity, wanted: number): void => {
  const old = capacity.node
  const size = sizeFor(wanted, old.flags.length)
  const node = nodeColumns(size)
  for (const name of NODE_COLUMNS) node[name].set(old[name])
  capacity.node = node
  // A longer circle has its positions elsewhere, so it starts where the old one ended; who is behind that builds anew.
  const log = changeLog(size)
  log.lastAt.set(capacity.log.lastAt)
  log.end = capacity.log.end + log.entries.length
  capacity.log = log
}

const growGpus = (capacity: Capacity, wanted: number): void => {
  const old = capacity.gpu
  const gpu = gpuColumns(sizeFor(wanted, old.model.length))
  for (const name of GPU_COLUMNS) gpu[name].set(old[name])
  capacity.gpu = gpu
}
