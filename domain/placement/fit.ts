/**
 * The index of one wish over all nodes: each node's verdict, how many nodes each filter refuses, and for each choice of GPU models
 * the feasible nodes in the order in which the pool's placement rule would take them. It catches up with the log of changed nodes
 * when it is used, so that a node that changes costs the wishes that wait, not all that were ever seen.
 */
import type { Capacity } from './capacity.ts'
import { ABSENT, choicesOf, FILTER_BITS, FILTERS, judge, judgeFixed } from './filters.ts'
import { byNumber, byScore, type Ranking } from './ranking.ts'
import type { PlacementRule } from './rule.ts'
import type { Wish } from './wish.ts'

export interface Fit {
  readonly wish: Wish
  readonly leaves: number
  readonly verdicts: Int32Array
  readonly fixed: Int32Array
  /** Present nodes that each filter refuses. */
  readonly refused: Int32Array
  /** By choice: nodes that can serve it now, and those that could once their named obstacles are lifted. */
  readonly feasibleFor: Int32Array
  readonly liftedFor: Int32Array
  readonly rankings: ReadonlyArray<Ranking>
  feasible: number
  /** The position in the log up to which the index has followed; -1: never built. */
  seen: number
  /** When it was last used, to let go of the one that was not for longest. */
  usedAt: number
}

export const fitOf = (capacity: Capacity, wish: Wish, rule: PlacementRule): Fit => {
  let leaves = 64
  while (leaves < capacity.nodes) leaves *= 2
  return {
    wish,
    leaves,
    verdicts: new Int32Array(leaves).fill(ABSENT),
    fixed: new Int32Array(leaves).fill(ABSENT),
    refused: new Int32Array(FILTERS),
    feasibleFor: new Int32Array(wish.choices.length),
    liftedFor: new Int32Array(wish.choices.length),
    rankings: wish.choices.map(() => (rule.byChance ? byNumber(leaves) : byScore(leaves))),
    feasible: 0,
    seen: -1,
    usedAt: 0
  }
}

/** Roughly what an index takes, in bytes. */
export const fitBytes = (fit: Fit): number => fit.leaves * (8 + 16 * fit.rankings.length)

/** Makes the index say what the capacity is now. */
export const catchUp = (fit: Fit, capacity: Capacity, rule: PlacementRule): void => {
  const { log } = capacity
  if (fit.seen === log.end) return
  if (fit.seen < 0 || log.end - fit.seen > log.entries.length / 2) build(fit, capacity, rule)
  else {
    const { entries, lastAt } = log
    const circle = entries.length - 1
    for (let position = fit.seen; position < log.end; position++) {
      const node = entries[position & circle]!
      // Only the newest of a node's changes counts.
      if (lastAt[node] === position) look(fit, capacity, rule, node)
    }
  }
  fit.seen = log.end
}

const build = (fit: Fit, capacity: Capacity, rule: PlacementRule): void => {
  const { wish, verdicts, fixed } = fit
  fit.refused.fill(0)
  fit.feasibleFor.fill(0)
  fit.liftedFor.fill(0)
  fit.feasible = 0
  for (let node = 0; node < capacity.nodes; node++) {
    fixed[node] = judgeFixed(capacity, node, wish)
    verdicts[node] = judge(capacity, node, wish, fixed[node]!)
    count(fit, verdicts[node]!, 1)
  }
  for (let choice = 0; choice < wish.choices.length; choice++) {
    const bit = 1 << choice
    fit.rankings[choice]!.fill(capacity.nodes, (node) =>
      isFeasible(verdicts[node]!) && (choicesOf(verdicts[node]!) & bit) !== 0 ? rule.score(node, wish, choice) : -1
    )
  }
}

const look = (fit: Fit, capacity: Capacity, rule: PlacementRule, node: number): void => {
  const { wish, verdicts, fixed, rankings } = fit
  if (fixed[node] === ABSENT) fixed[node] = judgeFixed(capacity, node, wish)
  const before = verdicts[node]!
  const now = judge(capacity, node, wish, fixed[node]!)
  if (now !== before) {
    count(fit, before, -1)
    count(fit, now, 1)
    verdicts[node] = now
  }
  const could = isFeasible(before) ? choicesOf(before) : 0
  const can = isFeasible(now) ? choicesOf(now) : 0
  for (let rest = could | can; rest !== 0; rest &= rest - 1) {
    const choice = 31 - Math.clz32(rest & -rest)
    if ((can & (1 << choice)) !== 0) rankings[choice]!.put(node, rule.score(node, wish, choice))
    else rankings[choice]!.remove(node)
  }
}

const isFeasible = (verdict: number): boolean => (verdict & FILTER_BITS) === 0

const count = (fit: Fit, verdict: number, change: 1 | -1): void => {
  if (verdict === ABSENT) return
  for (let rest = verdict & FILTER_BITS; rest !== 0; rest &= rest - 1) fit.refused[31 - Math.clz32(rest & -rest)]! += change
  const feasible = isFeasible(verdict)
  if (feasible) fit.feasible += change
  for (let rest = choicesOf(verdict); rest !== 0; rest &= rest - 1) {
    const choice = 31 - Math.clz32(rest & -rest)
    fit.liftedFor[choice]! += change
    if (feasible) fit.feasibleFor[choice]! += change
  }
}
