/** One look at every node for one wish: how many each filter refuses, and the best that those it refuses have to offer. */
import { RETIRED } from '../cluster/tables.ts'
import { waitBit } from '../events/waits.ts'
import type { Capacity } from './capacity.ts'
import { bestOffer } from './offer.ts'
import { choicesOf, FILTER_BITS, FILTERS, idleChoices, judge, judgeFixed } from './filters.ts'
import type { Wish } from './wish.ts'

export interface Survey {
  readonly present: number
  readonly feasible: number
  /** By filter, in the order of WAIT_CODES: the nodes that it refuses, and the most that one of them offers of what it asks for. */
  readonly refused: ReadonlyArray<number>
  readonly offered: ReadonlyArray<number>
  /** The most nodes that one choice of GPU models has now, and once all named obstacles are lifted. */
  readonly together: number
  readonly togetherLifted: number
  /** All wait codes of a job of so many members, as a mask; 0: it can be placed. */
  readonly obstacles: number
  readonly never: boolean
}

export const survey = (capacity: Capacity, wish: Wish, members: number): Survey => {
  const refused = new Array<number>(FILTERS).fill(0)
  const offered = new Array<number>(FILTERS).fill(0)
  const now = wish.choices.map(() => 0)
  const lifted = wish.choices.map(() => 0)
  const idle = wish.choices.map(() => 0)
  let feasible = 0
  for (let node = 0; node < capacity.nodes; node++) {
    if ((capacity.node.flags[node]! & RETIRED) !== 0) continue
    const verdict = judge(capacity, node, wish, judgeFixed(capacity, node, wish))
    const mask = verdict & FILTER_BITS
    for (let filter = 0; filter < FILTERS; filter++) {
      if ((mask & (1 << filter)) === 0) continue
      refused[filter]! += 1
      offered[filter] = Math.max(offered[filter]!, bestOffer(capacity, node, wish, filter))
    }
    if (mask === 0) feasible += 1
    for (let choice = 0; choice < wish.choices.length; choice++) {
      if ((idleChoices(capacity, node, wish) & (1 << choice)) !== 0) idle[choice]! += 1
      if ((choicesOf(verdict) & (1 << choice)) === 0) continue
      lifted[choice]! += 1
      if (mask === 0) now[choice]! += 1
    }
  }
  const together = Math.max(...now)
  const togetherLifted = Math.max(...lifted)
  return {
    present: capacity.present,
    feasible,
    refused,
    offered,
    together,
    togetherLifted,
    obstacles: together >= members ? 0 : obstaclesOf(refused, capacity.present, togetherLifted, members),
    never: Math.max(...idle) < members
  }
}

const NODES_TOO_FEW = waitBit('NodesTooFew')
const MODELS_SPLIT = waitBit('ModelsSplit')

/** What keeps a job from being placed that no choice of models has enough nodes for now. */
export const obstaclesOf = (refused: ArrayLike<number>, present: number, togetherLifted: number, members: number): number => {
  let mask = 0
  for (let filter = 0; filter < FILTERS; filter++) if (refused[filter]! > 0) mask |= 1 << filter
  if (present < members) return mask | NODES_TOO_FEW
  return togetherLifted < members ? mask | MODELS_SPLIT : mask
}
