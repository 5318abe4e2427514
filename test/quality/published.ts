/** Published means of ten seeds: unallocated GPUs at 100 % arrival, in percent (FGD, ATC'23, from its authors' simulator). */
import type { Policy } from '../../domain/events/policy.ts'

export const WORKLOADS = ['default', 'cpu100', 'gpushare40', 'gpuspec10', 'gpuspec25', 'multigpu20'] as const

const figures: Readonly<Record<string, Readonly<Partial<Record<Policy['placement'], number>>>>> = {
  default: { random: 13.697, pack: 8.221, bestfit: 7.138, fgd: 4.773 },
  cpu100: { random: 12.565, pack: 7.505, bestfit: 6.737, fgd: 4.792 },
  gpushare40: { random: 15.136, pack: 10.226, bestfit: 8.557, fgd: 6.039 },
  gpuspec10: { random: 13.743, pack: 7.763, bestfit: 6.901, fgd: 5.337 },
  gpuspec25: { random: 14.582, pack: 13.227, bestfit: 14.331, fgd: 6.093 },
  multigpu20: { random: 13.081, pack: 6.5, bestfit: 6.266, fgd: 4.472 }
}

export const published = (workload: string, policy: Policy['placement']): number | undefined => figures[workload]?.[policy]

/** How far a mean of ten seeds may be off, in points: chance alone moves random and pack further (published sd up to 0.7) than the others. */
export const toleranceOf = (policy: Policy['placement']): number => (policy === 'random' || policy === 'pack' ? 0.6 : 0.3)
