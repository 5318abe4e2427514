/** The placement rules by the name that the policy calls them. */
import type { Policy, TargetShape } from '../events/policy.ts'
import { bestfit } from './bestfit.ts'
import { fgd } from './fgd.ts'
import { pack } from './pack.ts'
import { random } from './random.ts'
import type { PlacementRule } from './rule.ts'
import { spread } from './spread.ts'

export const ruleOf = (placement: Policy['placement'], targets: ReadonlyArray<TargetShape>): PlacementRule => {
  switch (placement) {
    case 'bestfit':
      return bestfit
    case 'spread':
      return spread
    case 'pack':
      return pack
    case 'random':
      return random
    case 'fgd':
      return fgd(targets)
    default: {
      const unreachable: never = placement
      return unreachable
    }
  }
}
