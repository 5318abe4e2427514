/**
 * Long lives of small pools in which attempts follow attempts: gangs lose members one by one, rows are used again in every order, nodes
 * come and go. Every plan is compared with that of a planner that starts afresh (pool.ts does), and must come to rest.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PLACEMENTS } from '../../../domain/events/policy.ts'
import { randomOf } from '../../bench/bench.ts'
import { poolOf, type JobSpec, type Pool } from './pool.ts'

type Random = (below: number) => number

interface Life {
  readonly pool: Pool
  readonly random: Random
  /** Members whose process has not ended, by job. */
  readonly living: Map<number, Array<number>>
  jobs: number
}

const TURNS = 80
const PLANS_MAX = 30

const specOf = (random: Random): JobSpec => {
  const often: JobSpec = { priority: random(3) - 1, retries: random(4), maxRuntimeMs: random(3) * 3_000 }
  const asked: ReadonlyArray<JobSpec> = [
    { nodes: 2 + random(4) },
    { nodes: 1 + random(3), gpus: 2 },
    { gpuMilli: 250 * (1 + random(4)) },
    { gpus: 0, cpuMilli: 1_000 * random(128) },
    { gpus: 1 + random(4), models: [['A100'], ['H100', 'L4']] },
    { gpuMemoryMib: 45_000 },
    { gpus: 8 },
    {}
  ]
  return { ...often, ...asked[random(asked.length)]! }
}

const wish = ({ pool, random, ...life }: Life): number => {
  const jobs = life.jobs + random(5)
  for (let job = life.jobs; job < jobs; job++) pool.submit(specOf(random))
  if (jobs > 0 && random(4) === 0) pool.cancel(random(jobs))
  return jobs
}

const look = ({ pool, random }: Life): void => {
  const nodes = pool.state().nodes.size
  const node = random(nodes)
  const orders: ReadonlyArray<() => void> = [
    () => pool.cordon(node),
    () => pool.uncordon(node),
    () => pool.drain(node, random(2) === 0 ? -1 : pool.nowMs() + random(3_000)),
    () => pool.retire(node),
    () => pool.node({ gpus: 1 + random(8), models: [['H100', 'A100', 'L4'][random(3)]!], gpuMemoryMib: 40_000 + random(2) * 40_000 }),
    () => pool.policy({ placement: PLACEMENTS[random(5)]!, order: random(4) === 0 ? 'strict' : 'pass', seed: random(99) })
  ]
  orders[random(orders.length * 2)]?.()
}

/** Some members start, and some end, each when it likes. */
const work = ({ pool, random, living }: Life): void => {
  for (const [job, members] of living)
    for (const member of [...members]) {
      if (random(3) === 0) pool.start(job, member)
      if (random(4) > 0) continue
      pool.finish(job, random(5) === 0 ? 'lost' : 'exited', random(3) === 0 ? 1 : 0, member)
      members.splice(members.indexOf(member), 1)
    }
}

const plan = ({ pool, living }: Life): void => {
  for (let plans = 0; ; plans++) {
    const { decisions, wakeAtMs } = pool.plan()
    for (const decision of decisions) {
      if (decision.type === 'JobAllocated') living.set(decision.job, [...decision.tasks.keys()])
      if (decision.type === 'JobEnded' || decision.type === 'JobRequeued') living.delete(decision.job)
    }
    if (wakeAtMs < 0 || wakeAtMs > pool.nowMs()) break
    expect(plans).toBeLessThan(PLANS_MAX)
  }
  expect(pool.plan().decisions).toEqual([])
}

test('a planner that has seen it all decides as one that starts afresh', () => {
  const property = fc.property(fc.nat(), (seed) => {
    const life: Life = { pool: poolOf(), random: randomOf(seed), living: new Map(), jobs: 0 }
    for (let node = 0; node < 6; node++) life.pool.node({ gpus: 1 + life.random(4) })
    for (let turn = 0; turn < TURNS; turn++) {
      look(life)
      life.jobs = wish(life)
      work(life)
      life.pool.pass(life.random(3) * 700)
      plan(life)
    }
  })
  fc.assert(property, { numRuns: 15 })
})
