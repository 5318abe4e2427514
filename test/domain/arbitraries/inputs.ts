/** Arbitrary inputs, as they come from the edge: sensible ones that meet each other, and now and then the largest that the codecs let through. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { isRight } from 'fp-ts/lib/Either.js'
import type { Validation } from 'io-ts'
import { EXITS, inputTypes, type InputType, type Said } from '../../../domain/events/inputs.ts'
import type { Input, Poison } from '../../../domain/events/input.ts'
import { defaultPolicy, PLACEMENTS, QUEUE_ORDERS } from '../../../domain/events/policy.ts'

const some = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined, freq: 3 })
const rarely = <T>(usual: fc.Arbitrary<T>, rare: T): fc.Arbitrary<T> =>
  fc.oneof({ weight: 30, arbitrary: usual }, { weight: 1, arbitrary: fc.constant(rare) })

const node = fc.constantFrom('n0', 'n1', 'n2', 'n3')
const boot = rarely(fc.constant('b0'), 'b1')
const model = fc.constantFrom('H100', 'A100', 'L4')
const key = fc.constantFrom('zone', 'disk')
const value = fc.constantFrom('a', 'b', '')
const labels = fc.oneof(
  { weight: 30, arbitrary: fc.dictionary(key, value, { maxKeys: 2, noNullPrototype: true }) },
  {
    weight: 1,
    arbitrary: fc.constant(Object.fromEntries(Array.from({ length: 256 }, (_, index) => [`k${index}`.padEnd(63, 'x'), 'v'.repeat(63)])))
  }
)
const job = rarely(fc.nat(12), Number.MAX_SAFE_INTEGER)
const reason = rarely(fc.constantFrom('', 'fan'), '😀'.repeat(256))
const huge = 2 ** 30

const request = fc.record({
  gpus: rarely(fc.nat(4), 32),
  nodes: some(rarely(fc.integer({ min: 1, max: 3 }), 8192)),
  gpuMilli: some(fc.constantFrom(1000, 500, 333, 1)),
  gpuModels: some(fc.array(fc.array(model, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 2 })),
  gpuMemoryMib: some(rarely(fc.constantFrom(0, 40, 80), huge)),
  cpuMilli: some(rarely(fc.nat(4), huge)),
  memoryMib: some(rarely(fc.nat(4), huge)),
  labels: some(labels)
})
const run = {
  node,
  boot,
  job,
  attempt: rarely(fc.integer({ min: 1, max: 3 }), 2 ** 31 - 1),
  member: rarely(fc.nat(2), Number.MAX_SAFE_INTEGER)
}
const policy = fc
  .record({
    placement: fc.constantFrom(...PLACEMENTS),
    order: fc.constantFrom(...QUEUE_ORDERS),
    retryDelayMs: fc.constantFrom(0, 10, 400_000),
    keepEndedMs: fc.constantFrom(0, 1000),
    seed: fc.nat(9)
  })
  .map((chosen) => ({ ...defaultPolicy, ...chosen }))

const data: { readonly [T in InputType]: fc.Arbitrary<unknown> } = {
  'fastgpu.job.submit': fc.record({
    tenant: fc.constantFrom('ann', 'bob'),
    request,
    body: rarely(fc.constant('{}'), '\u0001'.repeat(16_384)),
    name: some(rarely(fc.constant('train'), '"'.repeat(128))),
    priority: some(fc.integer({ min: -2, max: 2 })),
    maxRuntimeMs: some(fc.constantFrom(0, 1, 50)),
    retries: some(fc.nat(2))
  }),
  'fastgpu.job.cancel': fc.record({ job, reason }),
  'fastgpu.node.cordon': fc.record({ node, reason }),
  'fastgpu.node.uncordon': fc.record({ node }),
  'fastgpu.node.drain': fc.record({ node, reason, stopAtMs: some(fc.constantFrom(0, 1_050, 32_503_680_000_000)) }),
  'fastgpu.policy.set': fc.record({ policy }),
  'fastgpu.price.set': fc.record({ model, microPerGpuHour: fc.nat(1_000_000) }),
  'fastgpu.node.register': fc.record({
    node,
    boot,
    cpuMilli: rarely(fc.constant(8), huge),
    memoryMib: rarely(fc.constant(8), 4),
    gpus: fc
      .tuple(rarely(fc.constantFrom(2, 4), 32), rarely(fc.constant('H100'), 'A100'))
      .map(([count, model]) => Array.from({ length: count }, (_, gpu) => ({ uuid: `GPU-${gpu}`, model, memoryMib: 80 }))),
    labels: rarely<Readonly<Record<string, string>>>(fc.constant({ zone: 'a' }), { disk: 'b' })
  }),
  'fastgpu.node.heartbeat': fc.record({ node, boot, seq: fc.nat(9) }),
  'fastgpu.run.started': fc.record({ ...run, startedMs: fc.nat(9) }),
  'fastgpu.run.finished': fc.record({
    ...run,
    exit: fc.constantFrom(...EXITS),
    code: fc.constantFrom(0, 0, 1, -1),
    endedMs: fc.nat(9),
    detail: some(reason)
  }),
  'fastgpu.leader.beat': fc.constant({
    leader: 'a',
    epoch: 1,
    round: 1,
    head: '0'.repeat(64),
    next: { jobs: 0, orders: 0, heartbeats: 0 }
  })
}

const weights: { readonly [T in InputType]: number } = {
  'fastgpu.job.submit': 9,
  'fastgpu.job.cancel': 2,
  'fastgpu.node.cordon': 1,
  'fastgpu.node.uncordon': 2,
  'fastgpu.node.drain': 1,
  'fastgpu.policy.set': 1,
  'fastgpu.price.set': 1,
  'fastgpu.node.register': 4,
  'fastgpu.node.heartbeat': 1,
  'fastgpu.run.started': 1,
  'fastgpu.run.finished': 1,
  'fastgpu.leader.beat': 1
}

/** What was left out is no key at all, as after JSON. */
const compact = (given: unknown): unknown => JSON.parse(JSON.stringify(given))

const saidOf = (type: InputType, given: unknown): Said => {
  const result: Validation<unknown> = inputTypes[type].codec.decode(compact(given))
  if (!isRight(result)) throw new Error(`the arbitrary of ${type} makes what its codec refuses`)
  return { type, data: result.right } as Said
}

const said: fc.Arbitrary<Said> = fc.oneof(
  ...Object.entries(data).map(([name, arbitrary]) => {
    const type = name as InputType
    return { weight: weights[type], arbitrary: arbitrary.map((given) => saidOf(type, given)) }
  })
)

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** What the agent of a node would say of a process: the report that follows from how far the process is. */
export const reportOf = (type: 'fastgpu.run.started' | 'fastgpu.run.finished', run: object, more: object): Input =>
  inputOf(saidOf(type, { ...run, ...more }), sha256(JSON.stringify([type, run, more])), 1_000_000_000)

const inputOf = (said: Said, id: string, timeMs: number): Input => {
  const content = sha256(JSON.stringify(said))
  const cause = { source: 's', id, key: sha256(id).slice(0, 32), digest: content.slice(0, 16) }
  return { stream: inputTypes[said.type].stream, position: 0, sha256: content, timeMs, said, cause }
}

/** A few ids are used again, with the same content or with another. */
export const input: fc.Arbitrary<Input> = fc
  .tuple(said, fc.nat(2000), rarely(rarely(fc.constant(0), 400_000), -700_000_000))
  .map(([said, id, offMs]) => inputOf(said, `i${id}`, 1_000_000_000 + offMs))

export const poison: fc.Arbitrary<Poison> = fc.record({
  stream: fc.constantFrom('jobs', 'orders', 'heartbeats'),
  position: fc.nat(),
  sha256: fc.constant(sha256('')),
  reason: fc.constantFrom('not JSON', '', `${'x'.repeat(1023)}😀`, '\ud800')
})

export const given: fc.Arbitrary<Input | Poison> = fc.oneof({ weight: 30, arbitrary: input }, { weight: 1, arbitrary: poison })
