/**
 * Which nodes can hold one member of a job, and every reason why another cannot. A node is refused by all filters that refuse it,
 * in the order of WAIT_CODES, bit i for code i:
 *
 *   NodeCordoned, NodeDraining   an operator said so
 *   LabelsMissing                it lacks a label
 *   GpuModelMismatch             too few of its GPUs have a model of any one choice
 *   GpuMemoryTooSmall            too few of those have the memory, or the share of it, that is asked for
 *   GpusTooFew                   it has fewer GPUs than asked, whatever they are
 *   CpuTooSmall, MemoryTooSmall  it has less than asked, even idle
 *   GpusBusy                     too few of the GPUs that suit have room now
 *   CpuBusy, MemoryBusy          what it has of them is there in part only now
 *
 * "Too few" is fewer than asked or than the node has, if that is less: what a node lacks is never called busy. A filter of GPUs judges
 * as if those before it that refuse the node did not, so that a node of another model is also named busy if its GPUs are. So a node
 * on which every named obstacle is lifted can hold the member, and a node that none is named of can do so now.
 */
import { CORDONED, DRAINING, RETIRED } from '../cluster/tables.ts'
import { waitBit } from '../events/waits.ts'
import { GPU_MILLI } from '../events/request.ts'
import type { Capacity } from './capacity.ts'
import { includes, type Wish } from './wish.ts'

const NODE_CORDONED = waitBit('NodeCordoned')
const NODE_DRAINING = waitBit('NodeDraining')
const LABELS_MISSING = waitBit('LabelsMissing')
const GPU_MODEL_MISMATCH = waitBit('GpuModelMismatch')
const GPU_MEMORY_TOO_SMALL = waitBit('GpuMemoryTooSmall')
const GPUS_TOO_FEW = waitBit('GpusTooFew')
const CPU_TOO_SMALL = waitBit('CpuTooSmall')
const MEMORY_TOO_SMALL = waitBit('MemoryTooSmall')
const GPUS_BUSY = waitBit('GpusBusy')
const CPU_BUSY = waitBit('CpuBusy')
const MEMORY_BUSY = waitBit('MemoryBusy')

/** The node filters are the first codes of WAIT_CODES. */
export const FILTERS = 11
export const FILTER_BITS = (1 << FILTERS) - 1
/** Those that a node's hardware and labels decide alone. */
const FIXED_BITS = LABELS_MISSING | GPUS_TOO_FEW | CPU_TOO_SMALL | MEMORY_TOO_SMALL
/** Where all GPUs are equal, their model and memory decide alone too, and which choices they can serve. */
const FIXED_BITS_EQUAL = FIXED_BITS | GPU_MODEL_MISMATCH | GPU_MEMORY_TOO_SMALL | ~FILTER_BITS
/** A retired node: it is neither counted nor used. */
export const ABSENT = -1

/**
 * A node judged for a wish: the filters that refuse it in the low bits, and from bit FILTERS on the choices of GPU models that it can
 * serve once the refusing filters are lifted.
 */
export type Verdict = number
export const choicesOf = (verdict: Verdict): number => verdict >>> FILTERS

/** The part of a verdict that never changes while the node is there: hardware and labels. */
export const judgeFixed = (capacity: Capacity, node: number, wish: Wish): Verdict => {
  const { cpuMilli, memoryMib, gpuCount, uniform } = capacity.node
  let mask = 0
  if (wish.labels.length > 0) {
    const has = capacity.labels[node]!
    if (!wish.labels.every((label) => has.includes(label))) mask |= LABELS_MISSING
  }
  if (cpuMilli[node]! < wish.cpuMilli) mask |= CPU_TOO_SMALL
  if (memoryMib[node]! < wish.memoryMib) mask |= MEMORY_TOO_SMALL
  if (gpuCount[node]! < wish.gpus) mask |= GPUS_TOO_FEW
  return mask | (uniform[node] === 1 ? judgeEqualGpus(capacity, node, wish) : 0)
}

/** The fixed part of a verdict that the node was given before. */
export const fixedOf = (capacity: Capacity, node: number, wish: Wish, before: Verdict): Verdict => {
  if (before === ABSENT) return judgeFixed(capacity, node, wish)
  return before & (capacity.node.uniform[node] === 1 ? FIXED_BITS_EQUAL : FIXED_BITS)
}

/** The whole verdict, from its fixed part. */
export const judge = (capacity: Capacity, node: number, wish: Wish, fixed: Verdict): Verdict => {
  const { flags, cpuMilli, memoryMib, cpuFree, memoryFree, uniform } = capacity.node
  const nodeFlags = flags[node]!
  let mask = fixed
  if (nodeFlags !== 0) {
    if ((nodeFlags & RETIRED) !== 0) return ABSENT
    if ((nodeFlags & CORDONED) !== 0) mask |= NODE_CORDONED
    if ((nodeFlags & DRAINING) !== 0) mask |= NODE_DRAINING
  }
  if (cpuFree[node]! < wish.cpuMilli && cpuFree[node]! < cpuMilli[node]!) mask |= CPU_BUSY
  if (memoryFree[node]! < wish.memoryMib && memoryFree[node]! < memoryMib[node]!) mask |= MEMORY_BUSY
  if (uniform[node] === 0) return mask | judgeMixedGpus(capacity, node, wish)
  return wish.gpus > 0 && hasTooFewFree(capacity, node, wish) ? mask | GPUS_BUSY : mask
}

/** Bit i: the node could serve choice i if it were idle and open, as it is otherwise. */
export const idleChoices = (capacity: Capacity, node: number, wish: Wish): number => {
  const fixed = judgeFixed(capacity, node, wish)
  if ((fixed & FILTER_BITS) !== 0) return 0
  if (capacity.node.uniform[node] === 1) return choicesOf(fixed)
  const { model, memoryMib } = capacity.gpu
  const first = capacity.node.firstGpu[node]!
  let choices = 0
  for (let choice = 0; choice < wish.choices.length; choice++) {
    let suiting = 0
    for (let gpu = first; gpu < first + capacity.node.gpuCount[node]!; gpu++)
      if (includes(wish.choices[choice]!, model[gpu]!) && memoryMib[gpu]! >= wish.gpuMemoryMib) suiting += 1
    if (suiting >= wish.gpus) choices |= 1 << choice
  }
  return choices
}

/** Bit i: the node's GPU i suits this choice and has room for one share. */
export const roomyGpus = (capacity: Capacity, node: number, wish: Wish, choice: number): number => {
  const { firstGpu, gpuCount, uniform } = capacity.node
  const { model, memoryMib, freeMilli } = capacity.gpu
  const first = firstGpu[node]!
  const count = gpuCount[node]!
  const models = wish.choices[choice]!
  const equal = uniform[node] === 1
  let mask = 0
  for (let index = 0; index < count; index++) {
    const gpu = first + index
    if (freeMilli[gpu]! < wish.gpuMilli) continue
    if (equal || (includes(models, model[gpu]!) && memoryMib[gpu]! >= wish.gpuMemoryMib)) mask |= 1 << index
  }
  return mask
}

/** One look at the first GPU says what all are. */
const judgeEqualGpus = (capacity: Capacity, node: number, wish: Wish): Verdict => {
  const all = (1 << wish.choices.length) - 1
  if (wish.gpus === 0 || capacity.node.gpuCount[node] === 0) return all << FILTERS
  const gpu = capacity.node.firstGpu[node]!
  let choices = 0
  for (let choice = 0; choice < wish.choices.length; choice++)
    if (includes(wish.choices[choice]!, capacity.gpu.model[gpu]!)) choices |= 1 << choice
  const mask = capacity.gpu.memoryMib[gpu]! < wish.gpuMemoryMib ? GPU_MEMORY_TOO_SMALL : 0
  return choices === 0 ? mask | GPU_MODEL_MISMATCH | (all << FILTERS) : mask | (choices << FILTERS)
}

const hasTooFewFree = (capacity: Capacity, node: number, wish: Wish): boolean => {
  const { firstGpu, gpuCount, idleGpus } = capacity.node
  const count = gpuCount[node]!
  let missing = wish.gpus < count ? wish.gpus : count
  // Idle GPUs suit every share, so they are enough more often than not.
  if (idleGpus[node]! >= missing) return false
  if (wish.gpuMilli === GPU_MILLI) return true
  const { freeMilli } = capacity.gpu
  const first = firstGpu[node]!
  for (let gpu = first; gpu < first + count; gpu++) if (freeMilli[gpu]! >= wish.gpuMilli && --missing === 0) return false
  return true
}

/** Several models or memory sizes in one node: each GPU is looked at, filter after filter. */
const judgeMixedGpus = (capacity: Capacity, node: number, wish: Wish): Verdict => {
  const all = (1 << wish.choices.length) - 1
  const { model, memoryMib, freeMilli } = capacity.gpu
  const first = capacity.node.firstGpu[node]!
  const count = capacity.node.gpuCount[node]!
  const needed = Math.min(wish.gpus, count)
  if (needed === 0) return all << FILTERS
  let mask = 0
  const enough = (suits: (gpu: number, choice: number) => boolean): number => {
    let choices = 0
    for (let choice = 0; choice < wish.choices.length; choice++) {
      let suiting = 0
      for (let gpu = first; gpu < first + count; gpu++) if (suits(gpu, choice)) suiting += 1
      if (suiting >= needed) choices |= 1 << choice
    }
    return choices
  }
  const modelSuits = (gpu: number, choice: number): boolean =>
    (mask & GPU_MODEL_MISMATCH) !== 0 || includes(wish.choices[choice]!, model[gpu]!)
  const memorySuits = (gpu: number): boolean => (mask & GPU_MEMORY_TOO_SMALL) !== 0 || memoryMib[gpu]! >= wish.gpuMemoryMib
  let choices = enough(modelSuits)
  if (choices === 0) {
    mask |= GPU_MODEL_MISMATCH
    choices = all
  }
  const withMemory = enough((gpu, choice) => modelSuits(gpu, choice) && memorySuits(gpu))
  if (withMemory === 0) mask |= GPU_MEMORY_TOO_SMALL
  else choices = withMemory
  const withRoom = enough((gpu, choice) => modelSuits(gpu, choice) && memorySuits(gpu) && freeMilli[gpu]! >= wish.gpuMilli)
  if (withRoom === 0) return mask | GPUS_BUSY | (choices << FILTERS)
  return mask | (withRoom << FILTERS)
}
