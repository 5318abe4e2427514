/** Where plan puts jobs: sizes, fractions, gangs, models, order. */
import { describe, expect, it } from 'vitest'
import { DECISION_BYTES_MAX } from '../../../domain/events/round.ts'
import { encodedBytes } from '../../../domain/events/size.ts'
import { poolOf, typesOf } from './pool.ts'

describe('a job that fits', () => {
  it('is placed at once, on the GPUs of one node', () => {
    const pool = poolOf()
    pool.node({ gpus: 8 })
    const job = pool.submit({ gpus: 3 })
    expect(pool.decide()).toEqual([{ type: 'JobAllocated', job, attempt: 1, tasks: [{ node: 0, gpus: [0, 1, 2] }] }])
  })
  it('goes where the least is left over', () => {
    const pool = poolOf()
    pool.node({ gpus: 8 })
    pool.node({ gpus: 4 })
    const job = pool.submit({ gpus: 2 })
    pool.decide()
    expect(pool.nodesOf(job)).toEqual([1])
  })
  it('may ask for no GPU at all', () => {
    const pool = poolOf()
    pool.node({ gpus: 0, cpuMilli: 4000 })
    const job = pool.submit({ gpus: 0, cpuMilli: 4000 })
    expect(pool.decide()).toEqual([{ type: 'JobAllocated', job, attempt: 1, tasks: [{ node: 0, gpus: [] }] }])
  })
  it('is placed when a job that held its place has finished', () => {
    const pool = poolOf()
    pool.node({ gpus: 1 })
    const first = pool.submit({})
    const second = pool.submit({})
    pool.decide()
    pool.finish(first)
    expect(pool.decide()).toEqual([
      { type: 'JobEnded', job: first, outcome: 'succeeded' },
      { type: 'JobAllocated', job: second, attempt: 1, tasks: [{ node: 0, gpus: [0] }] }
    ])
  })
})

describe('a job that does not fit', () => {
  it('waits, and nothing more is decided until something changes', () => {
    const pool = poolOf()
    pool.node({ gpus: 8, cpuMilli: 1000 })
    pool.submit({ gpus: 1, cpuMilli: 2000 })
    expect(pool.plan().decisions).toEqual([{ type: 'WaitReasonsChanged', shape: 0, codes: ['CpuTooSmall'] }])
    expect(pool.plan()).toEqual({ decisions: [], wakeAtMs: -1 })
  })
  it('is placed when a node joins that can hold it, and then waits for nothing', () => {
    const pool = poolOf()
    const job = pool.submit({ gpus: 1 })
    expect(pool.plan().decisions).toEqual([{ type: 'WaitReasonsChanged', shape: 0, codes: ['NodesTooFew'] }])
    pool.node({ gpus: 1 })
    expect(pool.plan().decisions).toEqual([
      { type: 'JobAllocated', job, attempt: 1, tasks: [{ node: 0, gpus: [0] }] },
      { type: 'WaitReasonsChanged', shape: 0, codes: [] }
    ])
  })
  it('is not put on a node that is cordoned, draining or gone', () => {
    const pool = poolOf()
    const nodes = [pool.node({}), pool.node({}), pool.node({})]
    pool.cordon(nodes[0]!)
    pool.drain(nodes[1]!)
    pool.retire(nodes[2]!)
    const job = pool.submit({})
    expect(pool.plan().decisions).toEqual([{ type: 'WaitReasonsChanged', shape: 0, codes: ['NodeCordoned', 'NodeDraining'] }])
    pool.uncordon(nodes[1]!)
    pool.decide()
    expect(pool.nodesOf(job)).toEqual([1])
  })
})

describe('fractions of a GPU', () => {
  it('share a GPU that is shared already, and never more than all of it', () => {
    const pool = poolOf()
    pool.node({ gpus: 2 })
    const jobs = [500, 300, 300, 200].map((gpuMilli) => pool.submit({ gpuMilli }))
    expect(pool.decide().map((decision) => (decision.type === 'JobAllocated' ? decision.tasks[0]!.gpus : []))).toEqual([[0], [0], [1], [0]])
    expect(jobs).toHaveLength(4)
  })
  it('are asked of each GPU: two halves of one GPU are not a half of two', () => {
    const pool = poolOf()
    pool.node({ gpus: 2 })
    pool.submit({ gpuMilli: 600 })
    const both = pool.submit({ gpus: 2, gpuMilli: 500 })
    pool.decide()
    expect(pool.phaseOf(both)).toBe(1)
    expect(pool.explain(both).reasons).toMatchObject([{ code: 'GpusBusy', needed: 2, available: 1, nodes: 1 }])
  })
  it('have their share of the memory: half of a GPU with 80 GiB does not do for 41', () => {
    const pool = poolOf()
    pool.node({ gpus: 1, gpuMemoryMib: 80 * 1024 })
    const small = pool.submit({ gpuMilli: 500, gpuMemoryMib: 40 * 1024 })
    const large = pool.submit({ gpuMilli: 500, gpuMemoryMib: 41 * 1024 })
    expect(pool.decide()).toMatchObject([{ type: 'JobAllocated', job: small }])
    expect(pool.explain(large)).toMatchObject({
      never: true,
      reasons: [{ code: 'GpuMemoryTooSmall', class: 'never', available: 40 * 1024 }]
    })
  })
})

describe('a gang', () => {
  it('gets all its members in one event, each on a node of its own', () => {
    const pool = poolOf()
    for (let node = 0; node < 3; node++) pool.node({ gpus: 8 })
    pool.submit({ nodes: 3, gpus: 4 })
    expect(pool.decide()).toMatchObject([{ type: 'JobAllocated', tasks: [{ node: 0 }, { node: 1 }, { node: 2 }] }])
  })
  it('takes nothing while one member has no place', () => {
    const pool = poolOf()
    pool.node({ gpus: 8 })
    pool.node({ gpus: 8 })
    const holder = pool.submit({ gpus: 5 })
    pool.decide()
    const gang = pool.submit({ nodes: 2, gpus: 4 })
    const later = pool.submit({ gpus: 8 })
    expect(pool.decide()).toMatchObject([{ type: 'JobAllocated', job: later }])
    expect(pool.explain(gang).reasons.map((reason) => reason.code)).toEqual(['GpusBusy'])
    pool.finish(holder)
    pool.finish(later)
    expect(typesOf(pool.decide())).toEqual(['JobEnded', 'JobEnded', 'JobAllocated'])
  })
  it('never mixes choices of models: all members are of the first choice that has enough nodes', () => {
    const pool = poolOf()
    pool.node({ models: ['H100'] })
    pool.node({ models: ['A100'] })
    pool.node({ models: ['A100'] })
    const gang = pool.submit({ nodes: 2, models: [['H100'], ['A100']] })
    pool.decide()
    expect(pool.nodesOf(gang)).toEqual([1, 2])
  })
  it('is told when there are enough nodes, but not of one choice', () => {
    const pool = poolOf()
    pool.node({ models: ['H100'] })
    pool.node({ models: ['A100'] })
    const gang = pool.submit({ nodes: 2, models: [['H100'], ['A100']] })
    pool.decide()
    expect(pool.explain(gang)).toMatchObject({
      never: true,
      nodesFeasible: 2,
      reasons: [{ code: 'ModelsSplit', class: 'never', needed: 2, available: 1 }]
    })
    const either = pool.submit({ nodes: 2, models: [['H100', 'A100']] })
    pool.decide()
    expect(pool.nodesOf(either)).toEqual([0, 1])
  })
})

describe('models in order of preference', () => {
  it('take the first choice while it has room, then the next', () => {
    const pool = poolOf()
    pool.node({ gpus: 1, models: ['A100'] })
    pool.node({ gpus: 1, models: ['H100'] })
    const jobs = [0, 1].map(() => pool.submit({ models: [['H100'], ['A100']] }))
    pool.decide()
    expect(jobs.map((job) => pool.nodesOf(job)[0])).toEqual([1, 0])
  })
  it('are told apart within one node', () => {
    const pool = poolOf()
    pool.node({ gpus: 3, models: ['A100', 'H100', 'A100'] })
    const job = pool.submit({ gpus: 2, models: [['H100'], ['A100']] })
    expect(pool.decide()).toEqual([{ type: 'JobAllocated', job, attempt: 1, tasks: [{ node: 0, gpus: [0, 2] }] }])
  })
})

describe('the order of turns', () => {
  it('is by priority, then by submission', () => {
    const pool = poolOf()
    pool.node({ gpus: 2 })
    const jobs = [0, 5, 5].map((priority) => pool.submit({ priority }))
    expect(pool.decide()).toMatchObject([
      { type: 'JobAllocated', job: jobs[1] },
      { type: 'JobAllocated', job: jobs[2] }
    ])
  })
  it('lets a later job pass a blocked one', () => {
    const pool = poolOf()
    pool.node({ gpus: 2 })
    pool.submit({ gpus: 3 })
    const small = pool.submit({ gpus: 1 })
    expect(pool.decide()).toMatchObject([{ type: 'JobAllocated', job: small }])
  })
  it('lets nobody pass where the policy is strict, and says so', () => {
    const pool = poolOf()
    pool.policy({ order: 'strict' })
    pool.node({ gpus: 2 })
    const large = pool.submit({ gpus: 3 })
    const small = pool.submit({ gpus: 1 })
    expect(pool.plan().decisions).toEqual([
      { type: 'WaitReasonsChanged', shape: 0, codes: ['GpusTooFew'] },
      { type: 'WaitReasonsChanged', shape: 1, codes: ['BehindBlockedJob'] }
    ])
    expect(pool.explain(small)).toMatchObject({ ahead: 1, never: false, reasons: [{ code: 'BehindBlockedJob', class: 'order' }] })
    pool.cancel(large)
    expect(typesOf(pool.decide())).toEqual(['JobEnded', 'JobAllocated'])
  })
})

describe('labels', () => {
  it('must all be there', () => {
    const pool = poolOf()
    pool.node({ labels: ['zone=a'] })
    pool.node({ labels: ['zone=a', 'disk=fast'] })
    const job = pool.submit({ labels: ['disk=fast', 'zone=a'] })
    pool.decide()
    expect(pool.nodesOf(job)).toEqual([1])
  })
})

describe('a plan that has more to decide than a round holds', () => {
  it('stops at the bytes that decisions may take, and asks to be run again at once', () => {
    const pool = poolOf()
    for (let node = 0; node < 130; node++) pool.node({ gpus: 32 })
    for (let job = 0; job < 4_100; job++) pool.submit({})
    const planned = pool.plan()
    expect(encodedBytes(planned.decisions)).toBeLessThanOrEqual(DECISION_BYTES_MAX)
    expect(planned.wakeAtMs).toBe(pool.nowMs())
    expect(pool.explain(4_099).reasons).toMatchObject([{ code: 'RoundFull', class: 'transient' }])
    const rest = pool.plan()
    expect(planned.decisions.length + rest.decisions.length).toBe(4_100)
    expect(rest.wakeAtMs).toBe(-1)
  })
  it('stops at the number of decisions', () => {
    const pool = poolOf()
    for (let job = 0; job < 4_100; job++) pool.cancel(pool.submit({}))
    const planned = pool.plan()
    expect(planned.decisions).toHaveLength(4_096)
    expect(planned.wakeAtMs).toBe(pool.nowMs())
    expect(pool.plan().decisions).toHaveLength(4)
  })
})
