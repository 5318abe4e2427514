/**
 * Arbitrary events. `junk` decodes and is otherwise anything: numbers that were never given out, reports of jobs that ended, GPUs held
 * twice. `histories` are legal: each event follows from the state before it, as if intake and plan had made them.
 */
import fc from 'fast-check'
import { isRight } from 'fp-ts/lib/Either.js'
import type { Validation } from 'io-ts'
import { decisionDecoders, factDecoders, type Event } from '../../../domain/events/event.ts'
import { OUTCOMES, REQUEUE_REASONS, STOP_REASONS, WAIT_CODES } from '../../../domain/events/decisions.ts'
import { EXITS } from '../../../domain/events/inputs.ts'
import { defaultPolicy } from '../../../domain/events/policy.ts'

/** An event before it is decoded. */
export type Loose = { readonly type: string; readonly [field: string]: unknown }

/** An event as the codecs know it; what does not decode is a mistake of the test. */
export const decoded = (value: Loose): Event => {
  const result: Validation<Event> | undefined = (factDecoders.get(value.type) ?? decisionDecoders.get(value.type))?.(value)
  if (result === undefined || !isRight(result)) throw new Error(`not an event: ${JSON.stringify(value)}`)
  return result.right
}

/** Mostly small, so that events meet each other; sometimes as large as the codec allows. */
const small = (max: number): fc.Arbitrary<number> =>
  fc.oneof({ weight: 20, arbitrary: fc.nat(max) }, { weight: 1, arbitrary: fc.constant(2 ** 31 - 1) })
const count = (max: number): fc.Arbitrary<number> =>
  fc.oneof({ weight: 20, arbitrary: fc.nat(max) }, { weight: 1, arbitrary: fc.constant(Number.MAX_SAFE_INTEGER) })
const timeMs = fc.oneof(fc.nat(10_000), fc.nat(32_503_680_000_000))

const job = small(6)
const node = small(3)
const attempt = fc.integer({ min: 1, max: 4 })
const member = count(3)
const name = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const reason = fc.constantFrom('', 'maintenance', 'fan broken')

const hexOf = (value: number, digits: number): string => value.toString(16).padStart(digits, '0').slice(-digits)
/** Keys that differ in a few bits, so that they share slots of the index and push each other around. */
export const cause = fc.tuple(fc.nat(40), fc.nat(1)).map(([key, digest]) => ({
  source: 'test',
  id: `i${key}`,
  key: hexOf(key % 5, 8) + hexOf(key, 24),
  digest: hexOf(digest, 16)
}))

const size = fc.oneof({ weight: 9, arbitrary: fc.nat(4) }, { weight: 1, arbitrary: fc.constant(2 ** 30) })
export const shape = fc.record({
  nodes: fc.integer({ min: 1, max: 3 }),
  gpus: fc.nat(3),
  gpuMilli: fc.constantFrom(1000, 500, 250, 333),
  models: fc.array(fc.array(fc.nat(2), { minLength: 1, maxLength: 2 }), { maxLength: 2 }),
  gpuMemoryMib: fc.nat(1),
  cpuMilli: size,
  memoryMib: size,
  labels: fc.array(fc.nat(2), { maxLength: 2 })
})
const policy = fc.record({ seed: fc.nat(9), placement: fc.constantFrom('bestfit', 'fgd') }).map((some) => ({ ...defaultPolicy, ...some }))
const task = fc.record({ node, gpus: fc.array(small(10), { maxLength: 4 }) })

const record = <T extends string, F extends Record<string, fc.Arbitrary<unknown>>>(type: T, fields: F): fc.Arbitrary<{ type: string }> =>
  fc.record({ type: fc.constant(type), ...fields }) as unknown as fc.Arbitrary<{ type: string }>

const run = { job, attempt, member }
const kinds: ReadonlyArray<fc.Arbitrary<{ type: string }>> = [
  record('TenantNamed', { tenant: small(3), name }),
  record('ModelNamed', { model: small(3), name }),
  record('LabelNamed', { label: small(3), key: name, value: name }),
  record('ShapeDefined', { shape: small(3), request: shape }),
  record('NodeRegistered', {
    node,
    name,
    boot: name,
    cpuMilli: size,
    memoryMib: size,
    labels: fc.array(fc.nat(2), { maxLength: 2 }),
    firstGpu: fc.constantFrom(0, 2, 4, 6),
    gpus: fc.constant([
      { uuid: 'GPU-a', model: 0, memoryMib: 80 },
      { uuid: 'GPU-b', model: 1, memoryMib: 40 }
    ])
  }),
  record('NodeRebooted', { node, boot: name }),
  record('NodeRetired', { node, reason }),
  record('NodeCordoned', { cause, node, reason }),
  record('NodeUncordoned', { cause, node }),
  record('NodeDrained', { cause, node, reason, stopAtMs: fc.constantFrom(-1, 0, 5, Number.MAX_SAFE_INTEGER) }),
  record('PolicySet', { cause, policy }),
  record('PriceSet', { cause, model: small(3), microPerGpuHour: count(9) }),
  record('JobSubmitted', {
    cause,
    job,
    tenant: small(2),
    shape: small(3),
    priority: fc.integer({ min: -9, max: 9 }),
    maxRuntimeMs: fc.nat(9),
    retries: fc.nat(3),
    name: fc.constant(''),
    body: fc.constant('{}')
  }),
  record('CancelRequested', { cause, job, reason }),
  record('InputRefused', {
    cause,
    stream: fc.constant('jobs'),
    input: fc.constant('fastgpu.job.submit'),
    reasons: fc.constant([{ code: 'FG_INPUT_MALFORMED', message: 'no' }])
  }),
  record('InputNoted', { cause, input: fc.constant('fastgpu.job.cancel') }),
  record('InputGap', { stream: fc.constant('heartbeats'), from: count(9), to: count(9) }),
  record('RunStarted', { ...run, startedMs: timeMs }),
  record('RunFinished', { ...run, exit: fc.constantFrom(...EXITS), code: fc.integer({ min: -1, max: 2 }), endedMs: timeMs }),
  record('ClockStepped', { fromMs: timeMs, toMs: timeMs }),
  record('PlanFailed', { reason }),
  record('JobAllocated', { job, attempt, tasks: fc.array(task, { minLength: 1, maxLength: 3 }) }),
  record('StopOrdered', { job, attempt, reason: fc.constantFrom(...STOP_REASONS), graceMs: count(9) }),
  record('JobRequeued', { job, attempt, reason: fc.constantFrom(...REQUEUE_REASONS), notBeforeMs: count(9) }),
  record('JobEnded', { job, outcome: fc.constantFrom(...OUTCOMES) }),
  record('WaitReasonsChanged', { shape: small(3), codes: fc.array(fc.constantFrom(...WAIT_CODES), { maxLength: 4 }) }),
  record('TargetsChosen', { submitted: count(9), targets: fc.constant([]) }),
  record('JobsForgotten', { from: fc.constantFrom(0, 1024), to: fc.constantFrom(0, 1, 1024, 2048) })
]

export const junkEvent: fc.Arbitrary<Event> = fc.oneof(...kinds).map(decoded)

/** Any events at all; a few that make a little cluster stand first, or most of the others would meet nothing. */
const start: ReadonlyArray<Event> = [
  { type: 'TenantNamed', tenant: 0, name: 'a' },
  { type: 'ModelNamed', model: 0, name: 'H100' },
  { type: 'ShapeDefined', shape: 0, request: shapeOf({}) },
  { type: 'ShapeDefined', shape: 1, request: shapeOf({ nodes: 2, gpuMilli: 500 }) },
  ...[0, 1].map((node) => ({
    type: 'NodeRegistered',
    node,
    name: `n${node}`,
    boot: 'b',
    cpuMilli: 4,
    memoryMib: 4,
    labels: [],
    firstGpu: node * 2,
    gpus: [
      { uuid: 'GPU-a', model: 0, memoryMib: 80 },
      { uuid: 'GPU-b', model: 0, memoryMib: 80 }
    ]
  }))
].map(decoded)

function shapeOf(some: object): object {
  return { nodes: 1, gpus: 1, gpuMilli: 1000, models: [], gpuMemoryMib: 0, cpuMilli: 1, memoryMib: 1, labels: [], ...some }
}

export const junk: fc.Arbitrary<ReadonlyArray<Event>> = fc
  .tuple(fc.boolean(), fc.array(junkEvent, { maxLength: 60, size: 'max' }))
  .map(([started, events]) => (started ? [...start, ...events] : events))

/** Puts a few events of any kind between the events of a list. */
export const withJunk = (events: fc.Arbitrary<ReadonlyArray<Event>>): fc.Arbitrary<ReadonlyArray<Event>> =>
  fc
    .tuple(events, fc.array(fc.tuple(fc.nat(), junkEvent), { maxLength: 20, size: 'max' }))
    .map(([all, strange]) =>
      strange.reduce<ReadonlyArray<Event>>((so, [where, event]) => so.toSpliced(where % (so.length + 1), 0, event), all)
    )

/** What was folded in one round, and when. */
export interface Folded {
  readonly events: ReadonlyArray<Event>
  readonly atMs: number
}

/** Cuts a list of events into rounds; time stands still or goes on between them, and is sometimes earlier, which the fold ignores. */
export const inRounds = (events: fc.Arbitrary<ReadonlyArray<Event>>): fc.Arbitrary<ReadonlyArray<Folded>> =>
  fc
    .tuple(events, fc.array(fc.tuple(fc.nat(8), fc.oneof(fc.nat(60), fc.constant(0), fc.constant(-5), fc.constant(500))), { minLength: 1 }))
    .map(([all, cuts]) => {
      const rounds: Array<Folded> = []
      let atMs = 1_000
      for (let from = 0, cut = 0; from < all.length; cut++) {
        const [events, later] = cuts[cut % cuts.length]!
        atMs = Math.max(0, atMs + later)
        rounds.push({ events: all.slice(from, from + events + 1), atMs })
        from += events + 1
      }
      return rounds
    })
