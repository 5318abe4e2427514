/** No single input makes facts that a round cannot hold, or that could not be read again. */
import { isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, test } from 'vitest'
import { fold } from '../../../domain/cluster/fold.ts'
import { initial } from '../../../domain/cluster/state.ts'
import { factDecoders, type Fact } from '../../../domain/events/event.ts'
import { defaultPolicy } from '../../../domain/events/policy.ts'
import { FACT_BYTES_MAX } from '../../../domain/events/round.ts'
import { modelNo } from '../../../domain/kernel/ids.ts'
import { nothingHeard } from '../../../domain/intake/heard.ts'
import { intake } from '../../../domain/intake/intake.ts'
import { MODELS_MAX } from '../../../domain/intake/naming.ts'
import { at, inputOf } from './given.ts'

const namedModels = (count: number): ReadonlyArray<Fact> =>
  Array.from({ length: count }, (_, model): Fact => ({ type: 'ModelNamed', model: modelNo(model), name: `model-${model}` }))

const storable = (fact: Fact): boolean => {
  const result = factDecoders.get(fact.type)?.(JSON.parse(JSON.stringify(fact)))
  return result !== undefined && isRight(result)
}

describe('one input', () => {
  test('that names more new models than the pool can hold is refused with as many reasons as a fact holds', () => {
    const gpuModels = Array.from({ length: 16 }, (_, choice) => Array.from({ length: 16 }, (_, model) => `new-${choice}-${model}`))
    const submit = inputOf({ type: 'fastgpu.job.submit', data: { tenant: 'ann', request: { gpus: 1, gpuModels }, body: '' } })
    const { facts } = intake(fold(initial(), namedModels(MODELS_MAX), at), nothingHeard(), submit, at)
    expect(facts.map((fact) => fact.type)).toEqual(['InputRefused'])
    expect(facts.every(storable)).toBe(true)
  })

  test('that sets a policy with more text than a round has room for is refused', () => {
    const models = Array.from({ length: 16 }, () => Array.from({ length: 16 }, () => modelNo(0)))
    const shape = { nodes: 1, gpus: 1, gpuMilli: 1000, models, gpuMemoryMib: 0, cpuMilli: 0, memoryMib: 0, labels: [] }
    const policy = { ...defaultPolicy, targets: Array.from({ length: 1000 }, () => ({ shape, weight: 1 })) }
    const { facts } = intake(
      fold(initial(), namedModels(1), at),
      nothingHeard(),
      inputOf({ type: 'fastgpu.policy.set', data: { policy } }),
      at
    )
    expect(facts).toMatchObject([{ type: 'InputRefused', reasons: [{ code: 'FG_POLICY_INVALID' }] }])
    expect(Buffer.byteLength(JSON.stringify(facts))).toBeLessThanOrEqual(FACT_BYTES_MAX)
  })

  test('is refused where it comes on a stream that does not take its type', () => {
    const order = { ...inputOf({ type: 'fastgpu.policy.set', data: { policy: defaultPolicy } }), stream: 'jobs' as const }
    expect(intake(initial(), nothingHeard(), order, at).facts).toMatchObject([
      { type: 'InputRefused', reasons: [{ code: 'FG_WRONG_STREAM' }] }
    ])
  })
})
