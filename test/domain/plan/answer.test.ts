/** What plan counts of its decisions is what the round will take. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Decision } from '../../../domain/events/decisions.ts'
import { gpuNo, jobNo, nodeNo } from '../../../domain/kernel/ids.ts'
import { bytesOf } from '../../../domain/policies/answer.ts'

const number = fc.oneof(fc.nat(20), fc.nat(2_000), fc.nat(2 ** 31 - 1))

it('the bytes of an allocation are those of its JSON', () => {
  const tasks = fc.array(fc.record({ node: number.map(nodeNo), gpus: fc.array(number.map(gpuNo), { maxLength: 8 }) }), { minLength: 1 })
  fc.assert(
    fc.property(number, fc.integer({ min: 1, max: 2 ** 31 - 1 }), tasks, (job, attempt, all) => {
      const decision: Decision = { type: 'JobAllocated', job: jobNo(job), attempt, tasks: all }
      expect(bytesOf(decision)).toBe(JSON.stringify(decision).length)
    })
  )
})
