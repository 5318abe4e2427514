/**
 * FGD (fragmentation gradient descent, ATC'23): the node on which the member makes the least new fragments. A fragment is idle GPU
 * time that the target workload cannot use: all of a node's where a target cannot run there or asks for no GPU, else what is idle on
 * GPUs with less room than the target needs. The score is floor(100 x sigmoid(drop of fragments / 1000)).
 *
 * With W the weight of all targets and U the idle time that they could use, fragments x W = W x idle - U; only U has to be kept.
 */
import type { TargetShape } from '../events/policy.ts'
import { GPU_MILLI, GPUS_PER_NODE_MAX } from '../events/request.ts'
import type { Capacity } from './capacity.ts'
import { roomyGpus } from './filters.ts'
import { stepsUpTo, tableOf, targetsOf, usable, type Target, type UseTable } from './fgdTable.ts'
import { leastRoom } from './gpuChoice.ts'
import type { PlacementRule } from './rule.ts'
import { includes, type Wish } from './wish.ts'

/** 1000 x ln(k / (100 - k)) for k = 1 to 99: the score is how many of them the drop reaches. A table, since \`exp\` differs between machines. */
// prettier-ignore
const SCORE_STEPS: ReadonlyArray<number> = [
  -4595.11985, -3891.820298, -3476.09869, -3178.05383, -2944.438979, -2751.535313, -2586.689344, -2442.347035, -2313.634929, -2197.224577, -2090.741097, -1992.430165, -1900.958761, -1815.289967, -1734.601055, -1658.228077, -1585.627264, -1516.347489, -1450.010176, -1386.294361, -1324.925415, -1265.666373, -1208.311206, -1152.67951, -1098.612289, -1045.968555, -994.622575, -944.461609, -895.384047, -847.29786, -800.1193, -753.771802, -708.185058, -663.294217, -619.039208, -575.364145, -532.216814, -489.548225, -447.312218, -405.465108, -363.965377, -322.773392, -281.851152, -241.162057, -200.670695, -160.34265, -120.144312, -80.042708, -40.005335, 0, 40.005335, 80.042708, 120.144312, 160.34265, 200.670695, 241.162057, 281.851152, 322.773392, 363.965377, 405.465108, 447.312218, 489.548225, 532.216814, 575.364145, 619.039208, 663.294217, 708.185058, 753.771802, 800.1193, 847.29786, 895.384047, 944.461609, 994.622575, 1045.968555, 1098.612289, 1152.67951, 1208.311206, 1265.666373, 1324.925415, 1386.294361, 1450.010176, 1516.347489, 1585.627264, 1658.228077, 1734.601055, 1815.289967, 1900.958761, 1992.430165, 2090.741097, 2197.224577, 2313.634929, 2442.347035, 2586.689344, 2751.535313, 2944.438979, 3178.05383, 3476.09869, 3891.820298, 4595.11985
]

export const fgd = (capacity: Capacity, shapes: ReadonlyArray<TargetShape>): PlacementRule => {
  const targets = targetsOf(shapes)
  const weight = targets.reduce((sum, target) => sum + target.weight, 0)
  const useOf = useCounter(capacity, targets)

  const scoreOf = (node: number, wish: Wish, gpuMask: number): number => {
    if (weight === 0) return stepsUpTo(SCORE_STEPS, 0)
    const before = useOf(node, NOTHING, 0)
    const after = useOf(node, wish, gpuMask)
    return stepsUpTo(SCORE_STEPS, (weight * wish.gpus * wish.gpuMilli - (before - after)) / weight)
  }
  const choose = (node: number, wish: Wish, choice: number): { readonly score: number; readonly gpuMask: number } => {
    if (wish.gpus !== 1 || wish.gpuMilli === GPU_MILLI) {
      const gpuMask = leastRoom(capacity, node, wish, choice)
      return { score: scoreOf(node, wish, gpuMask), gpuMask }
    }
    let score = -1
    let gpuMask = 0
    for (let rest = roomyGpus(capacity, node, wish, choice); rest !== 0; rest &= rest - 1) {
      const one = scoreOf(node, wish, rest & -rest)
      if (one <= score) continue
      score = one
      gpuMask = rest & -rest
    }
    return { score, gpuMask }
  }
  return {
    byChance: false,
    score: (node, wish, choice) => choose(node, wish, choice).score,
    gpus: (node, wish, choice) => choose(node, wish, choice).gpuMask
  }
}

type Taken = Pick<Wish, 'cpuMilli' | 'gpuMilli'>
const NOTHING: Taken = { cpuMilli: 0, gpuMilli: 0 }

/** Counts U of a node after a member took something from it. */
export type UseCounter = (node: number, taken: Taken, gpuMask: number) => number

export const useCounter = (capacity: Capacity, targets: ReadonlyArray<Target>): UseCounter => {
  const tables = new Map<number, UseTable>()
  const frees = new Int32Array(GPUS_PER_NODE_MAX)
  const tableFor = (model: number, memoryMib: number): UseTable => {
    const key = model * KIND_MEMORY_MAX + memoryMib
    let table = tables.get(key)
    if (table === undefined) {
      table = tableOf(targets, model, memoryMib)
      tables.set(key, table)
    }
    return table
  }
  return (node, taken, gpuMask) => {
    const first = capacity.node.firstGpu[node]!
    const count = capacity.node.gpuCount[node]!
    if (count === 0) return 0
    if (capacity.node.uniform[node] === 0)
      return targets.reduce((sum, target) => sum + mixedUse(capacity, node, target, { taken, gpuMask }), 0)
    const { freeMilli, model, memoryMib } = capacity.gpu
    for (let index = 0; index < count; index++) {
      const free = freeMilli[first + index]! - ((gpuMask >>> index) & 1) * taken.gpuMilli
      let place = index
      for (; place > 0 && frees[place - 1]! < free; place--) frees[place] = frees[place - 1]!
      frees[place] = free
    }
    return usable(tableFor(model[first]!, memoryMib[first]!), capacity.node.cpuFree[node]! - taken.cpuMilli, frees, count)
  }
}

/** Memory sizes fit below this, so that a model and a size make one key. */
const KIND_MEMORY_MAX = 2 ** 31

/** The same for one target by the definition, GPU by GPU, on a node whose GPUs differ: what the best of its choices of models could use. */
const mixedUse = (
  capacity: Capacity,
  node: number,
  { wish, weight }: Target,
  { taken, gpuMask }: { readonly taken: Taken; readonly gpuMask: number }
): number => {
  const { freeMilli, model, memoryMib } = capacity.gpu
  if (wish.gpus === 0 || wish.cpuMilli > capacity.node.cpuFree[node]! - taken.cpuMilli) return 0
  const first = capacity.node.firstGpu[node]!
  let most = 0
  for (const choice of wish.choices) {
    let roomy = 0
    let room = 0
    for (let index = 0; index < capacity.node.gpuCount[node]!; index++) {
      const gpu = first + index
      const free = freeMilli[gpu]! - ((gpuMask >>> index) & 1) * taken.gpuMilli
      if (free < wish.gpuMilli || memoryMib[gpu]! < wish.gpuMemoryMib || !includes(choice, model[gpu]!)) continue
      roomy += 1
      room += free
    }
    if (roomy >= wish.gpus && room > most) most = room
  }
  return weight * most
}
