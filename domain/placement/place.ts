/**
 * Finds the nodes and GPUs for all members of a job, or says that there are none. Indexes over the nodes are made for each wish when
 * it is first tried, and some are let go of when together they take too much memory.
 */
import type { TargetShape, Policy } from '../events/policy.ts'
import { below, stir } from '../kernel/random.ts'
import { touch, type Capacity } from './capacity.ts'
import { catchUp, fitBytes, fitOf, release, type Fit, type Ground } from './fit.ts'
import { rankings } from './ranking.ts'
import { ruleOf } from './rules.ts'
import type { PlacementRule } from './rule.ts'
import { obstaclesOf } from './survey.ts'
import type { Wish } from './wish.ts'

/** What one member gets: bit i of the mask is the node's GPU i. */
export interface Place {
  readonly node: number
  readonly gpuMask: number
}

export interface Placer {
  /** Follows the pool's policy; a change of rule or of FGD's targets makes all indexes anew. */
  readonly follow: (policy: Policy, targets: ReadonlyArray<TargetShape>) => void
  /** Places for all `members` on distinct nodes, all of the first choice of models that has enough, or undefined. Takes nothing yet. */
  readonly find: (wish: Wish, members: number, bits: number) => ReadonlyArray<Place> | undefined
  /** The wait codes, as a mask, of a job that cannot be placed now; 0: it can. */
  readonly obstacles: (wish: Wish, members: number) => number
}

const INDEX_BYTES_MAX = 384 * 2 ** 20
const LEAVES_MIN = 64

/** `indexBytesMax` bounds the memory of the indexes; what it is changes how long a plan takes and nothing else. */
export const placer = (capacity: Capacity, indexBytesMax = INDEX_BYTES_MAX): Placer => {
  const fits = new Map<Wish, Fit>()
  let ground: Ground | undefined
  let followed: { readonly placement: Policy['placement']; readonly targets: ReadonlyArray<TargetShape> } | undefined
  let verdictBytes = 0
  let turn = 0
  /** The turns at which this plan and the one before it began. */
  let began = 0
  let beganBefore = 0

  const begin = (placement: Policy['placement'], targets: ReadonlyArray<TargetShape>): Ground => {
    const rule = ruleOf(capacity, placement, targets)
    let leaves = LEAVES_MIN
    while (leaves < capacity.nodes) leaves *= 2
    fits.clear()
    verdictBytes = 0
    followed = { placement, targets }
    return { capacity, rule, rankings: rankings(leaves, rule.byChance) }
  }
  const forget = (fit: Fit): void => {
    release(fit, ground!)
    fits.delete(fit.wish)
    verdictBytes -= fitBytes(fit)
  }
  const fitFor = (wish: Wish): Fit => {
    const { rankings } = ground!
    let fit = fits.get(wish)
    if (fit === undefined) {
      fit = fitOf(wish, rankings)
      fits.set(wish, fit)
      verdictBytes += fitBytes(fit)
    }
    fit.usedAt = ++turn
    catchUp(fit, ground!)
    while (verdictBytes + rankings.bytes() > indexBytesMax && fits.size > 1) forget(victimOf(fits, fit, beganBefore))
    return fit
  }

  return {
    follow: (policy, targets) => {
      const { placement } = policy
      beganBefore = began
      began = turn
      const same = followed?.placement === placement && (placement !== 'fgd' || followed.targets === targets)
      if (!same || ground === undefined || ground.rankings.leaves < capacity.nodes) ground = begin(placement, targets)
    },
    find: (wish, members, bits) => {
      const fit = fitFor(wish)
      const choice = choiceWith(fit, members)
      if (choice < 0) return undefined
      const places = choose(fit, ground!.rule, choice, { members, bits })
      // A gang's nodes left the ranking one by one; the index looks at them again when it is used next, whether they are taken or not.
      if (members > 1) for (const place of places) touch(capacity, place.node)
      return places
    },
    obstacles: (wish, members) => {
      const fit = fitFor(wish)
      if (choiceWith(fit, members) >= 0) return 0
      return obstaclesOf(fit.refused, capacity.present, Math.max(...fit.liftedFor), members)
    }
  }
}

/** The first choice of GPU models that has enough nodes, or -1. */
const choiceWith = (fit: Fit, members: number): number => {
  for (let choice = 0; choice < fit.feasibleFor.length; choice++) if (fit.feasibleFor[choice]! >= members) return choice
  return -1
}

const choose = (
  fit: Fit,
  rule: PlacementRule,
  choice: number,
  { members, bits }: { readonly members: number; readonly bits: number }
): ReadonlyArray<Place> => {
  const ranking = fit.ranked[choice]!
  const places: Array<Place> = []
  for (let member = 0; member < members; member++) {
    const chance = rule.byChance ? stir(bits, member) : 0
    const node = rule.byChance ? ranking.nth(below(chance, ranking.count())) : ranking.best()
    places.push({ node, gpuMask: rule.gpus(node, fit.wish, choice, chance) })
    if (members > 1) ranking.remove(node)
  }
  return places
}

/**
 * The index to let go of: the one that was not used for longest, if no job waited for its wish lately. Else too many wishes wait to
 * keep them all; each is tried once in a plan, in about the same order, so whoever was used longest ago is needed soonest, and the
 * newest beside the one in use goes.
 */
const victimOf = (fits: ReadonlyMap<Wish, Fit>, inUse: Fit, recent: number): Fit => {
  let oldest = inUse
  let newest: Fit | undefined
  for (const fit of fits.values()) {
    if (fit.usedAt < oldest.usedAt) oldest = fit
    if (fit !== inUse && (newest === undefined || fit.usedAt > newest.usedAt)) newest = fit
  }
  return oldest.usedAt <= recent ? oldest : newest!
}
