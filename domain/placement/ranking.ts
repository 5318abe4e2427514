/**
 * Nodes in an order, kept while single nodes change: a tree over the nodes' numbers in which every place knows the best of those
 * below it. `best` finds the node of the highest score, the lowest number among equals; `nth` finds one by its place among all that
 * are in, for choices by chance.
 */
import { invariant } from '../kernel/invariant.ts'

export interface Ranking {
  /** Puts a node in with its score, or moves it. Scores are integers from 0 to 2^30 - 1. */
  readonly put: (node: number, score: number) => void
  readonly remove: (node: number) => void
  /** -1 where no node is in. */
  readonly best: () => number
  readonly count: () => number
  /** The node that has `place` nodes of lower number in; 0 <= place < count. */
  readonly nth: (place: number) => number
}

/**
 * Rankings for nodes below `leaves`, given out when they are needed and taken back when nobody is in them. Most jobs that wait fit
 * nowhere, so there are far fewer rankings than indexes.
 */
export interface Rankings {
  readonly leaves: number
  readonly borrow: () => Ranking
  /** Takes back a ranking that no node is in. */
  readonly giveBack: (ranking: Ranking) => void
  /** What those take that are given out. */
  readonly bytes: () => number
}

/** Rankings that are kept for the next who needs one; more than these are let go of. */
const SPARE_MAX = 64
/** Of a leaf, with its share of the tree above it, by the widest of the two kinds. */
const LEAF_BYTES = 16

export const rankings = (leaves: number, byChance: boolean): Rankings => {
  invariant(leaves <= NODES_MAX, `${leaves} nodes do not fit into the keys of a ranking`)
  const spare: Array<Ranking> = []
  let borrowed = 0
  return {
    leaves,
    borrow: () => {
      borrowed += 1
      return spare.pop() ?? (byChance ? byNumber(leaves) : byScore(leaves))
    },
    giveBack: (ranking) => {
      borrowed -= 1
      if (spare.length < SPARE_MAX) spare.push(ranking)
    },
    bytes: () => borrowed * leaves * LEAF_BYTES
  }
}

/** Node numbers take the low bits of a key, so that one comparison ranks by score and then by number. */
const NODES_MAX = 2 ** 22

/** Ranks by score. Only `best` is answered. */
const byScore = (leaves: number): Ranking => {
  const keys = new Float64Array(2 * leaves).fill(-1)
  const set = (node: number, key: number): void => {
    let place = node + leaves
    if (keys[place] === key) return
    keys[place] = key
    while (place > 1) {
      const sibling = keys[place ^ 1]!
      const best = key > sibling ? key : sibling
      place >>>= 1
      if (keys[place] === best) return
      keys[place] = best
      key = best
    }
  }
  const keyOf = (node: number, score: number): number => score * NODES_MAX + (NODES_MAX - 1 - node)
  return {
    put: (node, score) => set(node, keyOf(node, score)),
    remove: (node) => set(node, -1),
    best: () => (keys[1]! < 0 ? -1 : NODES_MAX - 1 - (keys[1]! % NODES_MAX)),
    count: () => 0,
    nth: () => -1
  }
}

/** Ranks by number alone and counts, so that each node can be drawn with the same chance. */
const byNumber = (leaves: number): Ranking => {
  const counts = new Int32Array(2 * leaves)
  const set = (node: number, present: number): void => {
    const change = present - counts[node + leaves]!
    if (change === 0) return
    for (let place = node + leaves; place > 0; place >>>= 1) counts[place]! += change
  }
  const nth = (wanted: number): number => {
    let place = 1
    let left = wanted
    while (place < leaves) {
      place *= 2
      if (left >= counts[place]!) left -= counts[place++]!
    }
    return place - leaves
  }
  return {
    put: (node) => set(node, 1),
    remove: (node) => set(node, 0),
    best: () => (counts[1] === 0 ? -1 : nth(0)),
    count: () => counts[1]!,
    nth
  }
}
