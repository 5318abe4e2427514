/**
 * The index of one wish over all nodes: each node's verdict, how many nodes each filter refuses, and for each choice of GPU models
 * the feasible nodes in the order in which the pool's placement rule would take them. It catches up with the log of changed nodes
 * when it is used, so that a node that changes costs the wishes that wait, not all that were ever seen.
 */
import type { Capacity } from './capacity.ts'
import { ABSENT, choicesOf, FILTER_BITS, FILTERS, fixedOf, judge } from './filters.ts'
import type { Ranking, Rankings } from './ranking.ts'
import type { PlacementRule } from './rule.ts'
import type { Wish } from './wish.ts'

export interface Fit {
  readonly wish: Wish
  /** Of each node; narrow where few choices leave bits free, since there is one for each node and wish. */
  readonly verdicts: Int16Array | Int32Array
  /** Present nodes that each filter refuses. */
  readonly refused: Int32Array
  /** By choice: nodes that can serve it now, and those that could once their named obstacles are lifted. */
  readonly feasibleFor: Int32Array
  readonly liftedFor: Int32Array
  /** By choice; there while a node can serve it. */
  readonly ranked: Array<Ranking | undefined>
  feasible: number
  /** The position in the log up to which the index has followed; -1: never built. */
  seen: number
  /** When it was last used, to let go of the one that was not for longest. */
  usedAt: number
}

/** What the indexes over a capacity share. */
export interface Ground {
  readonly capacity: Capacity
  readonly rule: PlacementRule
  readonly rankings: Rankings
}

/** With so many choices a verdict fits into 16 bits, the sign apart. */
const CHOICES_NARROW = 15 - FILTERS

export const fitOf = (wish: Wish, { leaves }: Rankings): Fit => {
  const choices = wish.choices.length
  return {
    wish,
    verdicts: (choices <= CHOICES_NARROW ? new Int16Array(leaves) : new Int32Array(leaves)).fill(ABSENT),
    refused: new Int32Array(FILTERS),
    feasibleFor: new Int32Array(choices),
    liftedFor: new Int32Array(choices),
    ranked: new Array<Ranking | undefined>(choices).fill(undefined),
    feasible: 0,
    seen: -1,
    usedAt: 0
  }
}

/** Roughly what an index takes while its job waits, in bytes. */
export const fitBytes = (fit: Fit): number => fit.verdicts.byteLength

/** Makes the index say what the capacity is now. */
export const catchUp = (fit: Fit, ground: Ground): void => {
  const { log, nodes } = ground.capacity
  if (fit.seen === log.end) return
  if (fit.seen < 0 || log.end - fit.seen > log.entries.length / 2) for (let node = 0; node < nodes; node++) look(fit, ground, node)
  else {
    const { entries, lastAt } = log
    const circle = entries.length - 1
    for (let position = fit.seen; position < log.end; position++) {
      const node = entries[position & circle]!
      // Only the newest of a node's changes counts.
      if (lastAt[node] === position) look(fit, ground, node)
    }
  }
  fit.seen = log.end
}

/** Gives back what the index has borrowed: the caller lets go of it. */
export const release = (fit: Fit, { capacity, rankings }: Ground): void => {
  fit.ranked.forEach((ranking, choice) => {
    if (ranking === undefined) return
    for (let node = 0; node < capacity.nodes; node++) ranking.remove(node)
    rankings.giveBack(ranking)
    fit.ranked[choice] = undefined
  })
}

const look = (fit: Fit, { capacity, rule, rankings }: Ground, node: number): void => {
  const { wish, verdicts, ranked, feasibleFor } = fit
  const before = verdicts[node]!
  const now = judge(capacity, node, wish, fixedOf(capacity, node, wish, before))
  if (now !== before) {
    count(fit, before, -1)
    count(fit, now, 1)
    verdicts[node] = now
  }
  const could = isFeasible(before) ? choicesOf(before) : 0
  const can = isFeasible(now) ? choicesOf(now) : 0
  for (let rest = could | can; rest !== 0; rest &= rest - 1) {
    const choice = 31 - Math.clz32(rest & -rest)
    const ranking = (ranked[choice] ??= rankings.borrow())
    if ((can & (1 << choice)) !== 0) ranking.put(node, rule.score(node, wish, choice))
    else {
      ranking.remove(node)
      if (feasibleFor[choice] === 0) {
        rankings.giveBack(ranking)
        ranked[choice] = undefined
      }
    }
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
