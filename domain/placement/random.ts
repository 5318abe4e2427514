/** Random: every node that fits has the same chance, and every GPU on it; the yardstick that other rules are measured by. */
import type { Capacity } from './capacity.ts'
import { roomyGpus } from './filters.ts'
import { someOf } from './gpuChoice.ts'
import type { PlacementRule } from './rule.ts'

export const random = (capacity: Capacity): PlacementRule => ({
  byChance: true,
  score: () => 0,
  gpus: (node, wish, choice, bits) => (wish.gpus === 0 ? 0 : someOf(roomyGpus(capacity, node, wish, choice), wish.gpus, bits))
})
