/** Small pools with a life of their own: nodes that come, go and are closed; jobs of all shapes that are submitted, run, fail and are cancelled. */
import fc from 'fast-check'
import { Jobs, Holds, HOLD, PHASE } from '../../../domain/cluster/tables.ts'
import { EXITS } from '../../../domain/events/inputs.ts'
import { PLACEMENTS, QUEUE_ORDERS } from '../../../domain/events/policy.ts'
import { read } from '../../../domain/kernel/table.ts'
import type { JobSpec, NodeSpec, Pool } from '../plan/pool.ts'

const MODELS = ['H100', 'A100', 'L4'] as const
const LABELS = ['zone=a', 'zone=b', 'disk=fast'] as const

export const nodeSpec: fc.Arbitrary<NodeSpec> = fc.record({
  gpus: fc.nat(4),
  // Mostly one model in a node; sometimes several.
  models: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...MODELS).map((model) => [model]) },
    { weight: 1, arbitrary: fc.array(fc.constantFrom(...MODELS), { minLength: 4, maxLength: 4 }) }
  ),
  gpuMemoryMib: fc.constantFrom(0, 40, 80),
  cpuMilli: fc.nat(6),
  memoryMib: fc.nat(6),
  labels: fc.subarray([...LABELS])
})

const choices = fc
  .shuffledSubarray([...MODELS], { minLength: 1 })
  .chain((models) =>
    fc.nat(models.length - 1).map((cut) => [models.slice(0, cut + 1), models.slice(cut + 1)].filter((choice) => choice.length > 0))
  )

export const jobSpec: fc.Arbitrary<JobSpec> = fc
  .record({
    nodes: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.integer({ min: 2, max: 3 }) }),
    gpus: fc.nat(3),
    gpuMilli: fc.constantFrom(1000, 1000, 500, 250, 333),
    gpuMemoryMib: fc.constantFrom(0, 0, 20, 40, 80),
    cpuMilli: fc.nat(4),
    memoryMib: fc.nat(4),
    models: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: choices }),
    labels: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.subarray([...LABELS], { maxLength: 2 }) }),
    priority: fc.integer({ min: -1, max: 1 }),
    retries: fc.nat(2),
    maxRuntimeMs: fc.constantFrom(0, 0, 50)
  })
  // Intake refuses details of GPUs from a job without any.
  .map((spec) => (spec.gpus > 0 ? spec : { ...spec, gpuMilli: 1000, gpuMemoryMib: 0, models: [] }))

/** One thing that happens to a pool. What cannot happen now does not. */
export type Act = (pool: Pool) => void

const pick = (items: ReadonlyArray<number>, number: number, then: (item: number) => void): void => {
  if (items.length > 0) then(items[number % items.length]!)
}

const jobsIn = (pool: Pool, ...phases: ReadonlyArray<number>): ReadonlyArray<number> =>
  Array.from({ length: pool.state().jobs.size }, (_, job) => job).filter((job) => phases.includes(pool.phaseOf(job)))

/** The members of a job whose hold is in one of the stages. */
const membersIn = (pool: Pool, job: number, ...stages: ReadonlyArray<number>): ReadonlyArray<number> => {
  const holds = read(pool.state().holds)
  const members: Array<number> = []
  for (let hold = Jobs.column.firstHold.get(read(pool.state().jobs), job); hold >= 0; hold = Holds.column.next.get(holds, hold))
    if (stages.includes(Holds.column.stage.get(holds, hold))) members.push(Holds.column.member.get(holds, hold))
  return members
}

const isThere = (pool: Pool, node: number): boolean => node < pool.state().nodes.size
const number = fc.nat(1000)

export const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 2,
    arbitrary: nodeSpec.map(
      (spec): Act =>
        (pool) =>
          void (pool.state().nodes.size < 6 && pool.node(spec))
    )
  },
  {
    weight: 6,
    arbitrary: jobSpec.map(
      (spec): Act =>
        (pool) =>
          void pool.submit(spec)
    )
  },
  {
    weight: 4,
    arbitrary: fc.tuple(number, number).map(
      ([a, b]): Act =>
        (pool) =>
          pick(jobsIn(pool, PHASE.allocated, PHASE.running), a, (job) =>
            pick(membersIn(pool, job, HOLD.allocated), b, (member) => pool.start(job, member))
          )
    )
  },
  {
    weight: 6,
    arbitrary: fc.tuple(number, number, fc.constantFrom('exited' as const, ...EXITS), fc.nat(1)).map(
      ([a, b, exit, code]): Act =>
        (pool) =>
          pick(jobsIn(pool, PHASE.allocated, PHASE.running), a, (job) =>
            pick(membersIn(pool, job, HOLD.allocated, HOLD.running), b, (member) => pool.finish(job, exit, code, member))
          )
    )
  },
  {
    weight: 2,
    arbitrary: number.map(
      (a): Act =>
        (pool) =>
          pick(jobsIn(pool, PHASE.pending, PHASE.allocated, PHASE.running, PHASE.ended), a, pool.cancel)
    )
  },
  {
    weight: 1,
    arbitrary: fc.nat(5).map(
      (node): Act =>
        (pool) =>
          void (isThere(pool, node) && pool.cordon(node))
    )
  },
  {
    weight: 2,
    arbitrary: fc.nat(5).map(
      (node): Act =>
        (pool) =>
          void (isThere(pool, node) && pool.uncordon(node))
    )
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(5), fc.constantFrom(-1, 0, 40)).map(
      ([node, laterMs]): Act =>
        (pool) =>
          void (isThere(pool, node) && pool.drain(node, laterMs < 0 ? -1 : pool.nowMs() + laterMs))
    )
  },
  {
    weight: 1,
    arbitrary: fc
      .record({
        placement: fc.constantFrom(...PLACEMENTS),
        order: fc.constantFrom(...QUEUE_ORDERS),
        seed: fc.nat(9),
        retryDelayMs: fc.constantFrom(0, 30),
        lostRetriesMax: fc.nat(2)
      })
      .map(
        (policy): Act =>
          (pool) =>
            pool.policy(policy)
      )
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(0, 1, 30, 50).map(
      (ms): Act =>
        (pool) =>
          pool.pass(ms)
    )
  }
)

/** Acts in rounds: after each round comes a plan. */
export const lives: fc.Arbitrary<ReadonlyArray<ReadonlyArray<Act>>> = fc.array(fc.array(act, { minLength: 1, maxLength: 6, size: 'max' }), {
  minLength: 1,
  maxLength: 14,
  size: 'max'
})
