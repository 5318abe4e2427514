/**
 * The reasons of a wait are all there are: with the named obstacles lifted, and nothing else changed, plan places the job. Lifting is
 * done by the slow reference model, which also makes the pool of nodes that are partly in use.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fold } from '../../../domain/cluster/fold.ts'
import { PHASE, Jobs } from '../../../domain/cluster/tables.ts'
import { GPU_MILLI, type Shape } from '../../../domain/events/request.ts'
import { jobNo } from '../../../domain/kernel/ids.ts'
import { read } from '../../../domain/kernel/table.ts'
import { explain, type Explanation } from '../../../domain/policies/explain.ts'
import { planner } from '../../../domain/policies/planner.ts'
import { usedNode, usedPool, wantedShape } from '../arbitraries/usedPools.ts'
import { lifted, madeFor, surveyOf, type RefNode } from '../reference/fits.ts'

/** Plans once; answers whether the job got its place, and why not. */
const tried = (nodes: ReadonlyArray<RefNode>, wanted: Shape): { readonly placed: boolean; readonly explained: Explanation } => {
  const { state, job } = usedPool(nodes, wanted)
  const after = fold(state, planner(state).plan(state, 1).decisions, 1)
  return { placed: Jobs.column.phase.get(read(after.jobs), job) === PHASE.allocated, explained: explain(after, jobNo(job), 1) }
}

it('with all named obstacles lifted, plan places the job; where none is named, it has', () => {
  fc.assert(
    fc.property(fc.array(usedNode, { maxLength: 4 }), wantedShape, (nodes, wanted) => {
      const { placed, explained } = tried(nodes, wanted)
      const codes = explained.reasons.map((reason) => reason.code)
      expect(placed).toBe(codes.length === 0)
      if (placed) return
      const { bestChoice } = surveyOf(nodes, wanted)
      const split = codes.includes('ModelsSplit')
      const better = nodes.map((one) => lifted(one, wanted, split ? 0 : bestChoice, split))
      const more = codes.includes('NodesTooFew') ? Array.from({ length: wanted.nodes }, () => madeFor(wanted)) : []
      expect(tried([...better, ...more], wanted).placed).toBe(true)
    }),
    { numRuns: 2_000 }
  )
})

it('never is said if and only if no emptied and opened pool of the same nodes could place the job', () => {
  fc.assert(
    fc.property(fc.array(usedNode, { maxLength: 4 }), wantedShape, (nodes, wanted) => {
      const { placed, explained } = tried(nodes, wanted)
      if (placed) return
      const idle = nodes.map((one) => ({
        ...one,
        cordoned: false,
        draining: false,
        cpuFree: one.cpuMilli,
        memoryFree: one.memoryMib,
        gpus: one.gpus.map((gpuOf) => ({ ...gpuOf, freeMilli: GPU_MILLI }))
      }))
      expect(explained.never).toBe(!tried(idle, wanted).placed)
    }),
    { numRuns: 1_000 }
  )
})
