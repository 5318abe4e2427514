/** A plan that throws is a bug; it is recorded, intake goes on, and a bug that lasts does not fill the ledger. */
import { expect, it } from 'vitest'
import { initial } from '../../domain/cluster/state.ts'
import { mindOf, step, type Mind } from '../../domain/step.ts'
import { at, inputOf } from './intake/given.ts'

const broken: Mind['planner'] = {
  learn: () => undefined,
  plan: () => {
    throw new Error('a planted bug')
  }
}
const submit = inputOf({ type: 'fastgpu.job.submit', data: { tenant: 'ann', request: { gpus: 1 }, body: '' } })

it('is said once for what was learned, and not again while nothing is', () => {
  const first = step({ ...mindOf(initial()), planner: broken }, [submit], [], at)
  expect(first.facts.map((fact) => fact.type)).toEqual(['TenantNamed', 'ShapeDefined', 'JobSubmitted', 'PlanFailed'])
  const again = step({ ...first.mind, planner: broken }, [], [], at + 1)
  expect([again.facts, again.decisions, again.mind.stuck]).toEqual([[], [], true])
})

it('is over with the first plan that succeeds', () => {
  const first = step({ ...mindOf(initial()), planner: broken }, [submit], [], at)
  const next = step(first.mind, [], [], at + 1)
  expect(next.decisions.map((decision) => decision.type)).toEqual(['WaitReasonsChanged'])
  expect(next.mind.stuck).toBe(false)
})
