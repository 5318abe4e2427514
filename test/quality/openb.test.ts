/** One seed of each policy, so that a change that spoils the packing is seen before it is merged; ten seeds are `npm run quality`. */
import { expect, it } from 'vitest'
import { packed } from './packing.ts'
import { published } from './published.ts'
import { tracesFolder, workloadOf } from './workload.ts'

const folder = tracesFolder()
/** One seed may be further off than the mean of ten; a broken rule is off by several points. */
const TOLERANCE = 1

it.skipIf(folder === undefined).each(['random', 'pack', 'bestfit', 'fgd'] as const)(
  'one seed of %s packs openb about as well as published (skipped where there are no traces: FASTGPU_TRACES)',
  (policy) => {
    const { unallocatedAt100 } = packed(workloadOf(folder!, 'default', 1), policy, 1)
    expect(Math.abs(unallocatedAt100 - published('default', policy)!)).toBeLessThan(TOLERANCE)
  },
  60_000
)
