/** Plan goes on, however much there is to say at once. */
import { describe, expect, test } from 'vitest'
import { poolOf, typesOf } from './pool.ts'

describe('the bounds of a round', () => {
  test('are kept by the targets that FGD chooses, so that it goes on to place jobs', () => {
    const pool = poolOf()
    pool.node({ gpus: 8 })
    const models = Array.from({ length: 16 }, (_, choice) => Array.from({ length: 16 }, (_, model) => `model-${choice}-${model}`))
    for (let job = 0; job < 400; job++) pool.submit({ models, cpuMilli: job })
    const placeable = pool.submit({})
    pool.policy({ placement: 'fgd' })
    const decided = typesOf(pool.decide())
    expect(decided).toContain('TargetsChosen')
    expect(pool.nodesOf(placeable)).toEqual([0])
  })
})
