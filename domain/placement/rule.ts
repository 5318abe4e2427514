/** How a placement rule chooses: a score of a node that fits, and which of its GPUs to hold. One file a rule, each over the capacity of the pool. */
import type { Wish } from './wish.ts'

export interface PlacementRule {
  /** True: every feasible node has the same chance, and scores do not matter. */
  readonly byChance: boolean
  /** An integer from 0 to 2^30 - 1; the highest is taken, and the lowest node number among equals. */
  readonly score: (node: number, wish: Wish, choice: number) => number
  /** The GPUs of the chosen node that the member holds: bit i is the node's GPU i. `bits` are 32 stirred bits for choices by chance. */
  readonly gpus: (node: number, wish: Wish, choice: number, bits: number) => number
}
