/** What becomes of jobs that end, fail, are cancelled, take too long or stand in the way of a drain. */
import { describe, expect, it } from 'vitest'
import type { Exit } from '../../../domain/events/inputs.ts'
import { poolOf, START_MS, type JobSpec, type Pool } from './pool.ts'

/** A pool in which one job runs, alone on its nodes. */
const running = (spec: JobSpec = {}): { readonly pool: Pool; readonly job: number } => {
  const pool = poolOf()
  for (let node = 0; node < (spec.nodes ?? 1); node++) pool.node({ gpus: 1 })
  const job = pool.submit(spec)
  pool.decide()
  for (let member = 0; member < (spec.nodes ?? 1); member++) pool.start(job, member)
  return { pool, job }
}

describe('a job whose process ended', () => {
  it('succeeded if it exited with 0', () => {
    const { pool, job } = running()
    pool.finish(job)
    expect(pool.decide()).toEqual([{ type: 'JobEnded', job, outcome: 'succeeded' }])
  })
  it.each<[Exit, number]>([
    ['exited', 1],
    ['signalled', 9],
    ['launchFailed', -1]
  ])('failed if it %s with %i and has no retries', (exit, code) => {
    const { pool, job } = running()
    pool.finish(job, exit, code)
    expect(pool.decide()).toEqual([{ type: 'JobEnded', job, outcome: 'failed' }])
  })
  it('is tried again after a delay that doubles, as often as it has retries', () => {
    const { pool, job } = running({ retries: 2 })
    for (const delayMs of [1_000, 2_000]) {
      pool.finish(job, 'exited', 1)
      const notBeforeMs = pool.nowMs() + delayMs
      const planned = pool.plan()
      expect(planned.wakeAtMs).toBe(notBeforeMs)
      expect(planned.decisions).toMatchObject([{ type: 'JobRequeued', job, reason: 'failed', notBeforeMs }, { codes: ['RetryDelay'] }])
      expect(pool.explain(job).reasons).toMatchObject([{ code: 'RetryDelay', class: 'transient', needed: delayMs }])
      pool.pass(delayMs - 1)
      expect(pool.plan().decisions).toEqual([])
      pool.pass(1)
      expect(pool.decide()).toMatchObject([{ type: 'JobAllocated', job }])
    }
    pool.finish(job, 'exited', 1)
    expect(pool.decide()).toEqual([{ type: 'JobEnded', job, outcome: 'failed' }])
  })
  it('waits between attempts no longer than the policy allows', () => {
    const { pool, job } = running({ retries: 9 })
    pool.policy({ retryDelayMs: 1_000, retryDelayMsMax: 1_500 })
    for (const delayMs of [1_000, 1_500, 1_500]) {
      pool.finish(job, 'exited', 1)
      expect(pool.decide()).toMatchObject([{ type: 'JobRequeued', notBeforeMs: pool.nowMs() + delayMs }])
      pool.pass(delayMs)
      pool.decide()
    }
  })
  it('is tried again at once if it was lost with its agent, as often as the policy says, whatever its own retries', () => {
    const { pool, job } = running()
    for (let attempt = 1; attempt <= 3; attempt++) {
      pool.finish(job, 'lost', -1)
      expect(pool.decide()).toMatchObject([
        { type: 'JobRequeued', reason: 'lost', attempt, notBeforeMs: pool.nowMs() },
        { type: 'JobAllocated', attempt: attempt + 1 }
      ])
    }
    pool.finish(job, 'lost', -1)
    expect(pool.decide()).toEqual([{ type: 'JobEnded', job, outcome: 'failed' }])
  })
  it('keeps its place among those that were submitted later', () => {
    const { pool, job } = running()
    const later = pool.submit({})
    pool.decide()
    pool.finish(job, 'lost', -1)
    expect(pool.decide()).toMatchObject([
      { type: 'JobRequeued', job },
      { type: 'JobAllocated', job }
    ])
    expect(pool.phaseOf(later)).toBe(1)
  })
})

describe('a cancelled job', () => {
  it('ends at once while it waits', () => {
    const pool = poolOf()
    const job = pool.submit({})
    pool.decide()
    pool.cancel(job)
    expect(pool.plan().decisions).toEqual([
      { type: 'JobEnded', job, outcome: 'cancelled' },
      { type: 'WaitReasonsChanged', shape: 0, codes: [] }
    ])
  })
  it('is never placed when it was cancelled before its first plan', () => {
    const pool = poolOf()
    pool.node({})
    pool.cancel(pool.submit({}))
    expect(pool.decide()).toMatchObject([{ type: 'JobEnded', outcome: 'cancelled' }])
  })
  it('is stopped once while it runs, and ends when its process has', () => {
    const { pool, job } = running({ retries: 3 })
    pool.cancel(job)
    expect(pool.decide()).toEqual([{ type: 'StopOrdered', job, attempt: 1, reason: 'cancelled', graceMs: 10_000 }])
    pool.cancel(job)
    expect(pool.decide()).toEqual([])
    pool.finish(job, 'signalled', 15)
    expect(pool.decide()).toEqual([{ type: 'JobEnded', job, outcome: 'cancelled' }])
  })
  it('ends while it waits for its next attempt', () => {
    const { pool, job } = running({ retries: 1 })
    pool.finish(job, 'exited', 1)
    pool.decide()
    pool.cancel(job)
    expect(pool.decide()).toEqual([{ type: 'JobEnded', job, outcome: 'cancelled' }])
    expect(pool.plan().wakeAtMs).toBe(-1)
  })
  it('is not tried again if it failed before it could be stopped', () => {
    const { pool, job } = running({ retries: 3 })
    pool.cancel(job)
    pool.finish(job, 'exited', 1)
    expect(pool.decide()).toEqual([{ type: 'JobEnded', job, outcome: 'cancelled' }])
  })
  it('succeeded if it was done before anybody stopped it', () => {
    const { pool, job } = running()
    pool.finish(job)
    pool.cancel(job)
    expect(pool.decide()).toEqual([{ type: 'JobEnded', job, outcome: 'succeeded' }])
  })
})

describe('a longest runtime', () => {
  it('counts from the first process, and ends the job as timed out', () => {
    const pool = poolOf()
    pool.node({})
    const job = pool.submit({ maxRuntimeMs: 60_000, retries: 3 })
    expect(pool.plan().wakeAtMs).toBe(-1)
    pool.pass(5_000)
    pool.start(job)
    expect(pool.plan().wakeAtMs).toBe(START_MS + 65_000)
    pool.pass(60_000)
    expect(pool.decide()).toMatchObject([{ type: 'StopOrdered', reason: 'maxRuntime' }])
    pool.finish(job, 'signalled', 15)
    expect(pool.decide()).toEqual([{ type: 'JobEnded', job, outcome: 'timedOut' }])
  })
  it('is forgotten when the job ends in time', () => {
    const { pool, job } = running({ maxRuntimeMs: 60_000 })
    pool.finish(job)
    expect(pool.plan().wakeAtMs).toBe(-1)
  })
})

describe('a drain', () => {
  it('stops the jobs of the node when its time has come, and they are tried elsewhere', () => {
    const { pool, job } = running()
    pool.drain(0, START_MS + 1_000)
    expect(pool.plan()).toEqual({ decisions: [], wakeAtMs: START_MS + 1_000 })
    pool.pass(1_000)
    expect(pool.decide()).toMatchObject([{ type: 'StopOrdered', job, reason: 'drained' }])
    pool.node({ gpus: 1 })
    pool.finish(job, 'signalled', 15)
    expect(pool.decide()).toMatchObject([
      { type: 'JobRequeued', reason: 'drained', notBeforeMs: pool.nowMs() },
      { type: 'JobAllocated', attempt: 2, tasks: [{ node: 1 }] }
    ])
  })
  it('waits for ever without a time, and no longer when the node is opened again', () => {
    const { pool } = running()
    pool.drain(0)
    expect(pool.plan()).toEqual({ decisions: [], wakeAtMs: -1 })
    pool.drain(0, START_MS + 1_000)
    pool.uncordon(0)
    expect(pool.plan()).toEqual({ decisions: [], wakeAtMs: -1 })
  })
})

describe('a gang of which one member failed', () => {
  it('is stopped as a whole, and tried again by the failure', () => {
    const { pool, job } = running({ nodes: 2, retries: 1 })
    pool.finish(job, 'exited', 3, 1)
    expect(pool.decide()).toMatchObject([{ type: 'StopOrdered', job, reason: 'memberFailed' }])
    pool.finish(job, 'signalled', 15, 0)
    expect(pool.decide()).toMatchObject([{ type: 'JobRequeued', reason: 'failed' }])
  })
  it('runs on while a member is merely done before the others', () => {
    const { pool, job } = running({ nodes: 2 })
    pool.finish(job, 'exited', 0, 0)
    expect(pool.decide()).toEqual([])
    pool.finish(job, 'exited', 0, 1)
    expect(pool.decide()).toEqual([{ type: 'JobEnded', job, outcome: 'succeeded' }])
  })
})

describe('a gang in its second attempt', () => {
  it('gives back what its members hold now, not what those of the first attempt held', () => {
    const pool = poolOf()
    for (let node = 0; node < 5; node++) pool.node({ gpus: 1 })
    const finish = (job: number, ...members: ReadonlyArray<number>): void => {
      for (const member of members) pool.finish(job, 'exited', 0, member)
      pool.decide()
    }
    const gang = pool.submit({ nodes: 3, retries: 1 })
    const other = pool.submit({ nodes: 2 })
    pool.decide()
    pool.finish(gang, 'exited', 1, 0)
    pool.decide()
    finish(gang, 1, 2)
    // The first row of the gang's old holds is free again before all others, and the second one long after them.
    const first = pool.submit({})
    pool.decide()
    finish(other, 0, 1)
    finish(first, 0)
    pool.cordon(0)
    pool.cordon(4)
    pool.pass(1_000)
    pool.decide()
    expect(pool.nodesOf(gang)).toEqual([1, 2, 3])
    const waiting = pool.submit({})
    pool.decide()
    finish(gang, 1)
    expect(pool.nodesOf(waiting)).toEqual([2])
  })
})

describe('jobs that ended long ago', () => {
  it('are forgotten by the page, later than the policy keeps them', () => {
    const pool = poolOf()
    for (let job = 0; job < 1_024; job++) pool.submit({})
    for (let job = 0; job < 1_024; job++) pool.cancel(job)
    pool.decide()
    expect(pool.plan().wakeAtMs).toBe(START_MS + 86_400_001)
    pool.pass(86_400_000)
    expect(pool.decide()).toEqual([])
    pool.pass(1)
    expect(pool.decide()).toEqual([{ type: 'JobsForgotten', from: 0, to: 1_024 }])
  })
})
