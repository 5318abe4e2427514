/** Spread: the node that stays the emptiest, by the share of its GPUs and then of its CPUs that is free afterwards. */
import { GPU_MILLI } from '../events/request.ts'
import type { Capacity } from './capacity.ts'
import { leastRoom } from './gpuChoice.ts'
import type { PlacementRule } from './rule.ts'

const STEPS = 10_000

const shareOf = (free: number, total: number): number => (total > 0 ? Math.floor((free * STEPS) / total) : 0)

export const spread = (capacity: Capacity): PlacementRule => ({
  byChance: false,
  score: (node, wish) => {
    const { cpuFree, cpuMilli, gpuFreeMilli, gpuCount } = capacity.node
    const cpuShare = shareOf(cpuFree[node]! - wish.cpuMilli, cpuMilli[node]!)
    if (wish.gpus === 0) return cpuShare
    return shareOf(gpuFreeMilli[node]! - wish.gpus * wish.gpuMilli, gpuCount[node]! * GPU_MILLI) * (STEPS + 1) + cpuShare
  },
  gpus: (node, wish, choice) => leastRoom(capacity, node, wish, choice)
})
