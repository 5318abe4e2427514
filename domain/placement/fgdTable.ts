/**
 * The workload that FGD protects room for, arranged for one kind of GPU: how much of a node's idle GPU time that workload could use.
 * Shapes that differ only in what a node of this kind does not notice are one group, so a node is judged in a few dozen steps.
 */
import type { TargetShape } from '../events/policy.ts'
import { includes, wishOf, type Wish } from './wish.ts'

export interface Target {
  readonly wish: Wish
  readonly weight: number
}

/** Groups of equal (share of a GPU, GPUs), by falling share; row r of `weights` has their weights on a node with CPU step r - 1 free. */
export interface UseTable {
  readonly cpuSteps: ReadonlyArray<number>
  readonly gpuMilli: Int32Array
  readonly gpus: Int32Array
  readonly weights: Float64Array
}

export const targetsOf = (targets: ReadonlyArray<TargetShape>): ReadonlyArray<Target> =>
  targets.map((target) => ({ wish: wishOf(target.shape), weight: target.weight }))

const suits = (wish: Wish, model: number, memoryMib: number): boolean =>
  memoryMib >= wish.gpuMemoryMib && wish.choices.some((choice) => includes(choice, model))

export const tableOf = (targets: ReadonlyArray<Target>, model: number, memoryMib: number): UseTable => {
  const able = targets.filter((target) => target.wish.gpus > 0 && suits(target.wish, model, memoryMib))
  const cpuSteps = [...new Set(able.map((target) => target.wish.cpuMilli))].sort((one, other) => one - other)
  const groups: Array<{ readonly gpuMilli: number; readonly gpus: number }> = []
  for (const { wish } of able) if (!groups.some((group) => group.gpuMilli === wish.gpuMilli && group.gpus === wish.gpus)) groups.push(wish)
  groups.sort((one, other) => other.gpuMilli - one.gpuMilli || one.gpus - other.gpus)
  const weights = new Float64Array((cpuSteps.length + 1) * groups.length)
  for (const { wish, weight } of able) {
    const group = groups.findIndex((one) => one.gpuMilli === wish.gpuMilli && one.gpus === wish.gpus)
    for (let row = cpuSteps.indexOf(wish.cpuMilli) + 1; row <= cpuSteps.length; row++) weights[row * groups.length + group]! += weight
  }
  return {
    cpuSteps,
    gpuMilli: Int32Array.from(groups, (group) => group.gpuMilli),
    gpus: Int32Array.from(groups, (group) => group.gpus),
    weights
  }
}

/** Idle thousandths that the workload could use, summed over its weights. `frees` has the room of each GPU, the largest first. */
export const usable = (table: UseTable, cpuFree: number, frees: Int32Array, count: number): number => {
  const { gpuMilli, gpus, weights } = table
  const row = stepsUpTo(table.cpuSteps, cpuFree) * gpuMilli.length
  let sum = 0
  let roomy = 0
  let room = 0
  for (let group = 0; group < gpuMilli.length; group++) {
    while (roomy < count && frees[roomy]! >= gpuMilli[group]!) room += frees[roomy++]!
    if (roomy >= gpus[group]!) sum += weights[row + group]! * room
  }
  return sum
}

/** How many of the rising steps are at most a value. */
export const stepsUpTo = (steps: ReadonlyArray<number>, value: number): number => {
  let low = 0
  let high = steps.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (steps[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low
}
