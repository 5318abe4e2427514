/** Random: every node that fits has the same chance, and every GPU on it; the yardstick that other rules are measured by. */
import { anyRoom } from './gpuChoice.ts'
import type { PlacementRule } from './rule.ts'

export const random: PlacementRule = { byChance: true, score: () => 0, gpus: anyRoom }
