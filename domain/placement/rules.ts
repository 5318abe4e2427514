/** The placement rules by the name that the policy calls them. */
import type { Policy, TargetShape } from '../events/policy.ts'
import { bestfit } from './bestfit.ts'
import type { Capacity } from './capacity.ts'
import { fgd } from './fgd.ts'
import { pack } from './pack.ts'
import { random } from './random.ts'
import type { PlacementRule } from './rule.ts'
import { spread } from './spread.ts'

export const ruleOf = (capacity: Capacity, placement: Policy['placement'], targets: ReadonlyArray<TargetShape>): PlacementRule => {
  switch (placement) {
    case 'bestfit':
      return bestfit(capacity)
    case 'spread':
      return spread(capacity)
    case 'pack':
      return pack(capacity)
    case 'random':
      return random(capacity)
    case 'fgd':
      return fgd(capacity, targets)
    default: {
      const unreachable: never = placement
      return unreachable
    }
  }
}
