/** Fragments by hand: what of the idle GPUs the submitted shapes could not use. */
import { expect, it } from 'vitest'
import { fragmentation } from '../../../domain/policies/fragmentation.ts'
import { fold } from '../../../domain/cluster/fold.ts'
import { initial } from '../../../domain/cluster/state.ts'
import type { Event } from '../../../domain/events/event.ts'
import { gpuNo, jobNo, nodeNo } from '../../../domain/kernel/ids.ts'
import { given } from '../intake/given.ts'

const node = given().when({
  type: 'fastgpu.node.register',
  data: {
    node: 'n0',
    boot: 'b',
    cpuMilli: 8000,
    memoryMib: 1024,
    labels: {},
    gpus: [0, 1, 2, 3].map((index) => ({ uuid: `g${index}`, model: 'H100', memoryMib: 80_000 }))
  }
}).facts
const submit = (past: ReadonlyArray<Event>, gpus: number, id: string): ReadonlyArray<Event> => [
  ...past,
  ...given(...past).when({ type: 'fastgpu.job.submit', data: { tenant: 'ann', request: { gpus }, body: '' } }, id).facts
]
const of = (events: ReadonlyArray<Event>) => fragmentation(fold(initial(), events, 1))

it('nothing is a fragment where every shape could use all that is idle', () => {
  expect(of(submit(node, 4, 'a'))).toEqual({ idleMilli: 4000, fragmentMilli: 0 })
})

it('what one of two equally frequent shapes cannot use counts by half', () => {
  const both = submit(submit(node, 4, 'a'), 1, 'b')
  const held: ReadonlyArray<Event> = [
    ...both,
    { type: 'JobAllocated', job: jobNo(1), attempt: 1, tasks: [{ node: nodeNo(0), gpus: [gpuNo(0)] }] }
  ]
  // Three GPUs are idle: the job of one could use them all, the job of four none.
  expect(of(held)).toEqual({ idleMilli: 3000, fragmentMilli: 1500 })
})

it('nodes that take no jobs have no fragments, and no workload makes none', () => {
  expect(of(node)).toEqual({ idleMilli: 4000, fragmentMilli: 0 })
  const cordoned = given(...node).when({ type: 'fastgpu.node.cordon', data: { node: 'n0', reason: '' } }).facts
  expect(of([...submit(node, 4, 'a'), ...cordoned])).toEqual({ idleMilli: 0, fragmentMilli: 0 })
})
