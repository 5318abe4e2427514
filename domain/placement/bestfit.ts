/**
 * Best fit: the node with the least left over, by the formula of the openb simulator: 100 points less half a point for each percent
 * of 128 CPUs and of 8 GPUs that would stay free, rounded down. (The simulator then spreads the scores of the feasible nodes over
 * 0 to 100, which changes neither the best node nor who is equal to it.)
 */
import type { Capacity } from './capacity.ts'
import { leastRoom } from './gpuChoice.ts'
import type { PlacementRule } from './rule.ts'

/** More than any node can lose, so that scores stay positive. */
const SCORE_FULL = 2 ** 20

export const bestfit = (capacity: Capacity): PlacementRule => ({
  byChance: false,
  score: (node, wish) => {
    const cpuLeft = capacity.node.cpuFree[node]! - wish.cpuMilli
    const gpuLeft = capacity.node.gpuFreeMilli[node]! - wish.gpus * wish.gpuMilli
    // 100 x 0.5 / 128,000 of a milli-CPU is 1 / 2,560, and 100 x 0.5 / 8,000 of a milli-GPU is 16 / 2,560.
    return SCORE_FULL - Math.ceil((cpuLeft + 16 * gpuLeft) / 2560)
  },
  gpus: (node, wish, choice) => leastRoom(capacity, node, wish, choice)
})
