/**
 * Legal histories: what intake and plan could have recorded. A list of arbitrary choices is turned into events, each of which
 * follows from the reference model after the events before it; a choice that is not possible then is left out.
 */
import fc from 'fast-check'
import type { Event } from '../../../domain/events/event.ts'
import { EXITS } from '../../../domain/events/inputs.ts'
import { OUTCOMES, REQUEUE_REASONS, STOP_REASONS } from '../../../domain/events/decisions.ts'
import { WINDOW } from '../../../domain/cluster/ids.ts'
import { foldReference } from '../reference/fold.ts'
import { emptyReference, gpuCountOf, isLive, type Reference, type RefJob } from '../reference/model.ts'
import { rowsOfReference } from '../reference/rows.ts'
import { decoded, shape } from './events.ts'

type Choice = readonly [kind: number, a: number, b: number, c: number]

/** The event of a choice in a state, or undefined where nothing of that kind can happen. */
type Maker = (model: Reference, a: number, b: number, c: number) => { readonly type: string } | undefined

const pick = <T>(items: ReadonlyArray<T>, number: number): T | undefined => (items.length === 0 ? undefined : items[number % items.length])
const numbered = (model: Reference, wanted: (job: RefJob) => boolean): ReadonlyArray<readonly [RefJob, number]> =>
  model.jobs.map((job, number) => [job, number] as const).filter(([job]) => wanted(job))
const causeOf = (model: Reference): object => ({
  source: 'test',
  id: `e${model.events}`,
  key: model.events.toString(16).padStart(32, '0'),
  digest: '0'.repeat(16)
})

const submit: Maker = (model, a, b, c) => {
  if (model.shapes.length === 0 || model.tenants.length === 0) return undefined
  const [tenant, shape] = [a % model.tenants.length, b % model.shapes.length]
  const numbers = { job: model.jobs.length, tenant, shape, priority: c % 3, maxRuntimeMs: (a % 2) * 50, retries: b % 3 }
  return { type: 'JobSubmitted', cause: causeOf(model), ...numbers, name: '', body: '{}' } as { type: string }
}

const register: Maker = (model, a, b) => {
  if (model.models.length === 0 || model.nodes.length > 6) return undefined
  const gpus = Array.from({ length: 1 + (b % 4) }, (_, index) => ({ uuid: `GPU-${index}`, model: a % model.models.length, memoryMib: 80 }))
  const labels = model.labels.map((_, label) => label).filter((label) => label % 2 === a % 2)
  const facts = { name: `n${a % 5}`, boot: `b${b}`, cpuMilli: 8, memoryMib: 8, labels, firstGpu: gpuCountOf(model), gpus }
  return { type: 'NodeRegistered', node: model.nodes.length, ...facts } as { type: string }
}

/** First fit over the nodes, beginning at an arbitrary one. */
const allocate: Maker = (model, a, b) => {
  const [job, number] = pick(
    numbered(model, (job) => job.phase === 'pending'),
    a
  ) ?? [undefined, -1]
  if (job === undefined) return undefined
  const { request } = model.shapes[job.shape]!
  const rows = rowsOfReference(model)
  const tasks: Array<object> = []
  for (let skip = 0; skip < rows.nodes.length && tasks.length < request.nodes; skip++) {
    const node = (b + skip) % rows.nodes.length
    const row = rows.nodes[node]!
    if (row.flags.length > 0 || row.cpuFree < request.cpuMilli || row.memoryFree < request.memoryMib) continue
    const free = rows.gpus.flatMap((gpu, index) => (gpu.node === node && gpu.freeMilli >= request.gpuMilli ? [index] : []))
    if (free.length >= request.gpus) tasks.push({ node, gpus: free.slice(0, request.gpus) })
  }
  if (tasks.length < request.nodes) return undefined
  return { type: 'JobAllocated', job: number, attempt: job.attempt + 1, tasks } as { type: string }
}

const ofMember =
  (type: string, stages: ReadonlyArray<string>, more: (c: number) => object): Maker =>
  (model, a, b, c) => {
    const members = numbered(model, isLive).flatMap(([job, number]) =>
      job.holds.flatMap((hold, member) => (stages.includes(hold.stage) ? [{ job: number, attempt: job.attempt, member }] : []))
    )
    const chosen = pick(members, a + b)
    return chosen === undefined ? undefined : { type, ...chosen, ...more(c) }
  }

const ofLive =
  (type: string, more: (b: number) => object): Maker =>
  (model, a, b) => {
    const [job, number] = pick(numbered(model, isLive), a) ?? [undefined, -1]
    return job === undefined ? undefined : ({ type, job: number, attempt: job.attempt, ...more(b) } as { type: string })
  }

const ofNode =
  (type: string, more: (model: Reference, b: number) => object): Maker =>
  (model, a, b) => {
    const nodes = model.nodes.flatMap((node, number) => (node.flags.has('retired') ? [] : [number]))
    const node = pick(nodes, a)
    return node === undefined ? undefined : ({ type, node, ...more(model, b) } as { type: string })
  }

const end: Maker = (model, a, b) => {
  const [, number] = pick(
    numbered(model, (job) => job.phase === 'pending' || (isLive(job) && job.holds.every((hold) => hold.stage === 'finished'))),
    a
  ) ?? [undefined, -1]
  return number < 0 ? undefined : ({ type: 'JobEnded', job: number, outcome: OUTCOMES[b % OUTCOMES.length] } as { type: string })
}

const cancel: Maker = (model, a) =>
  model.jobs.length === 0
    ? undefined
    : ({ type: 'CancelRequested', cause: causeOf(model), job: a % model.jobs.length, reason: 'enough' } as { type: string })

const next =
  (type: string, more: (model: Reference) => object): Maker =>
  (model) => ({ type, ...more(model) })

const makers: ReadonlyArray<Maker> = [
  submit,
  submit,
  submit,
  allocate,
  allocate,
  allocate,
  allocate,
  ofMember('RunStarted', ['allocated'], (c) => ({ startedMs: c })),
  ofMember('RunStarted', ['allocated'], (c) => ({ startedMs: c })),
  ofMember('RunFinished', ['allocated', 'running'], (c) => ({ exit: EXITS[c % EXITS.length], code: c % 2, endedMs: c })),
  ofMember('RunFinished', ['allocated', 'running'], (c) => ({ exit: EXITS[c % EXITS.length], code: c % 2, endedMs: c })),
  end,
  end,
  ofLive('JobRequeued', (b) => ({ reason: REQUEUE_REASONS[b % REQUEUE_REASONS.length], notBeforeMs: b })),
  ofLive('StopOrdered', (b) => ({ reason: STOP_REASONS[b % STOP_REASONS.length], graceMs: b })),
  cancel,
  register,
  ofNode('NodeCordoned', (model) => ({ cause: causeOf(model), reason: 'fan' })),
  ofNode('NodeUncordoned', (model) => ({ cause: causeOf(model) })),
  ofNode('NodeDrained', (model, b) => ({ cause: causeOf(model), reason: 'fan', stopAtMs: b - 1 })),
  ofNode('NodeRetired', () => ({ reason: 'gone' })),
  ofNode('NodeRebooted', (_, b) => ({ boot: `b${b}` })),
  next('TenantNamed', (model) => ({ tenant: model.tenants.length, name: `t${model.tenants.length}` })),
  next('LabelNamed', (model) => ({ label: model.labels.length, key: `k${model.labels.length}`, value: 'v' }))
]

const begin = (shapes: ReadonlyArray<object>): ReadonlyArray<Event> =>
  [
    { type: 'TenantNamed', tenant: 0, name: 'ada' },
    { type: 'ModelNamed', model: 0, name: 'H100' },
    { type: 'ModelNamed', model: 1, name: 'A100' },
    { type: 'ModelNamed', model: 2, name: 'L4' },
    { type: 'LabelNamed', label: 0, key: 'zone', value: 'a' },
    { type: 'LabelNamed', label: 1, key: 'zone', value: 'b' },
    { type: 'LabelNamed', label: 2, key: 'disk', value: 'fast' },
    ...shapes.map((request, number) => ({ type: 'ShapeDefined', shape: number, request }))
  ].map(decoded)

const historyOf = (shapes: ReadonlyArray<object>, choices: ReadonlyArray<Choice>): ReadonlyArray<Event> => {
  const events: Array<Event> = [...begin(shapes)]
  const model = foldReference(emptyReference(WINDOW), events, 0)
  const step = (maker: Maker, a: number, b: number, c: number): void => {
    const made = maker(model, a, b, c)
    if (made === undefined) return
    const event = decoded(made)
    events.push(event)
    foldReference(model, [event], 0)
  }
  step(register, 0, 1, 0)
  step(register, 1, 3, 0)
  for (const [kind, a, b, c] of choices) step(makers[kind % makers.length]!, a, b, c)
  return events
}

const small = fc.nat(60)
export const histories: fc.Arbitrary<ReadonlyArray<Event>> = fc
  .tuple(
    fc.uniqueArray(
      shape.map((some) => ({ ...some, cpuMilli: some.cpuMilli % 4, memoryMib: some.memoryMib % 4 })),
      { minLength: 1, maxLength: 4, selector: (some) => JSON.stringify(some) }
    ),
    fc.array(fc.tuple(small, small, small, small), { maxLength: 120, size: 'max' })
  )
  .map(([shapes, choices]) => historyOf(shapes, choices))
