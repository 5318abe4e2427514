/**
 * Nodes in an order, kept while single nodes change: a tree over the nodes' numbers in which every place knows the best of those
 * below it. `best` finds the node of the highest score, the lowest number among equals; `nth` finds one by its place among all that
 * are in, for choices by chance.
 */
export interface Ranking {
  /** Puts a node in with its score, or moves it. Scores are integers from 0 to SCORE_MAX. */
  readonly put: (node: number, score: number) => void
  readonly remove: (node: number) => void
  /** -1 where no node is in. */
  readonly best: () => number
  readonly count: () => number
  /** The node that has `place` nodes of lower number in; 0 <= place < count. */
  readonly nth: (place: number) => number
  /** Takes the nodes 0 to `count` - 1 at once, by score; a negative score leaves the node out. */
  readonly fill: (count: number, scoreOf: (node: number) => number) => void
}

export const SCORE_MAX = 2 ** 30 - 1
/** Node numbers take the low bits of a key, so that one comparison ranks by score and then by number. */
const NODES_MAX = 2 ** 22

/** Ranks by score. Only `best` is answered. */
export const byScore = (leaves: number): Ranking => {
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
    nth: () => -1,
    fill: (count, scoreOf) => {
      keys.fill(-1)
      for (let node = 0; node < count; node++) {
        const score = scoreOf(node)
        if (score >= 0) keys[leaves + node] = keyOf(node, score)
      }
      for (let place = leaves - 1; place > 0; place--) keys[place] = Math.max(keys[2 * place]!, keys[2 * place + 1]!)
    }
  }
}

/** Ranks by number alone and counts, so that each node can be drawn with the same chance. */
export const byNumber = (leaves: number): Ranking => {
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
    nth,
    fill: (count, scoreOf) => {
      counts.fill(0)
      for (let node = 0; node < count; node++) if (scoreOf(node) >= 0) counts[leaves + node] = 1
      for (let place = leaves - 1; place > 0; place--) counts[place] = counts[2 * place]! + counts[2 * place + 1]!
    }
  }
}
