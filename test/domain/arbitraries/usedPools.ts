/** Arbitrary nodes that are partly in use, and a pool made of them in which one job waits. */
import fc from 'fast-check'
import { fold } from '../../../domain/cluster/fold.ts'
import { shapeKey } from '../../../domain/cluster/shapeKey.ts'
import { initial, type State } from '../../../domain/cluster/state.ts'
import type { Event } from '../../../domain/events/event.ts'
import { defaultPolicy, type Policy } from '../../../domain/events/policy.ts'
import { GPU_MILLI, type Shape } from '../../../domain/events/request.ts'
import type { RefNode } from '../reference/fits.ts'
import { decoded } from './events.ts'

export const MODELS = 3
const LABELS = 2

const gpu = fc.record({
  model: fc.nat(MODELS - 1),
  memoryMib: fc.constantFrom(0, 40, 80),
  freeMilli: fc.constantFrom(0, 250, 500, 1000, 1000, 1000)
})

const partly = fc.tuple(fc.nat(5), fc.nat(5)).map(([one, other]) => [Math.max(one, other), Math.min(one, other)] as const)

export const usedNode: fc.Arbitrary<RefNode> = fc
  .record({
    cordoned: fc.integer({ min: 0, max: 4 }).map((chance) => chance === 0),
    draining: fc.integer({ min: 0, max: 4 }).map((chance) => chance === 0),
    labels: fc.subarray([0, 1]),
    cpu: partly,
    memory: partly,
    gpus: fc.array(gpu, { maxLength: 4 }),
    oneModel: fc.boolean()
  })
  .map(({ cpu, memory, gpus, oneModel, ...rest }) => ({
    ...rest,
    cpuMilli: cpu[0],
    cpuFree: cpu[1],
    memoryMib: memory[0],
    memoryFree: memory[1],
    gpus: oneModel ? gpus.map((one) => ({ ...one, model: gpus[0]!.model, memoryMib: gpus[0]!.memoryMib })) : gpus
  }))

export const wantedShape: fc.Arbitrary<Shape> = fc
  .record({
    nodes: fc.integer({ min: 1, max: 3 }),
    gpus: fc.nat(3),
    gpuMilli: fc.constantFrom(1000, 1000, 500, 250),
    models: fc.constantFrom([], [[0]], [[0], [1]], [[0, 1], [2]], [[2], [1], [0]]),
    gpuMemoryMib: fc.constantFrom(0, 0, 20, 40, 80),
    cpuMilli: fc.nat(4),
    memoryMib: fc.nat(4),
    labels: fc.subarray([0, 1], { maxLength: 1 })
  })
  .map((some) => (some.gpus > 0 ? some : { ...some, gpuMilli: 1000, gpuMemoryMib: 0, models: [] })) as unknown as fc.Arbitrary<Shape>

let causes = 0
const cause = (): object => {
  causes += 1
  return { source: 'test', id: `c${causes}`, key: causes.toString(16).padStart(32, '0'), digest: '0'.repeat(16) }
}
const submitted = (job: number, shapeNumber: number): Event =>
  decoded({
    type: 'JobSubmitted',
    cause: cause(),
    job,
    tenant: 0,
    shape: shapeNumber,
    priority: 0,
    maxRuntimeMs: 0,
    retries: 0,
    name: '',
    body: ''
  })

/** A state with these nodes, in use as they say, and the job that waits: the last one. */
export const usedPool = (
  nodes: ReadonlyArray<RefNode>,
  wanted: Shape,
  policy: Partial<Policy> = {}
): { readonly state: State; readonly job: number } => {
  const events: Array<Event> = [decoded({ type: 'TenantNamed', tenant: 0, name: 'ada' })]
  for (let model = 0; model < MODELS; model++) events.push(decoded({ type: 'ModelNamed', model, name: `m${model}` }))
  for (let label = 0; label < LABELS; label++) events.push(decoded({ type: 'LabelNamed', label, key: 'l', value: `${label}` }))
  let firstGpu = 0
  let jobs = 0
  const shapes = new Map<string, number>()
  const submit = (request: Shape): void => {
    const known = shapes.get(shapeKey(request))
    if (known === undefined) events.push(decoded({ type: 'ShapeDefined', shape: shapes.size, request }))
    shapes.set(shapeKey(request), known ?? shapes.size)
    events.push(submitted(jobs, shapes.get(shapeKey(request))!))
  }
  /** A job that holds part of a node, whatever for. */
  const hold = (onNode: number, gpus: ReadonlyArray<number>, some: Partial<Shape>): void => {
    submit({
      nodes: 1,
      gpus: gpus.length,
      gpuMilli: GPU_MILLI,
      models: [],
      gpuMemoryMib: 0,
      cpuMilli: 0,
      memoryMib: 0,
      labels: [],
      ...some
    })
    events.push(decoded({ type: 'JobAllocated', job: jobs, attempt: 1, tasks: [{ node: onNode, gpus }] }))
    jobs += 1
  }
  nodes.forEach((spec, number) => {
    const { labels, cpuMilli, memoryMib } = spec
    const gpus = spec.gpus.map((one, index) => ({ uuid: `g${index}`, model: one.model, memoryMib: one.memoryMib }))
    events.push(
      decoded({ type: 'NodeRegistered', node: number, name: `n${number}`, boot: 'b', cpuMilli, memoryMib, labels, firstGpu, gpus })
    )
    hold(number, [], { cpuMilli: cpuMilli - spec.cpuFree, memoryMib: memoryMib - spec.memoryFree })
    spec.gpus.forEach((one, index) => {
      if (one.freeMilli < GPU_MILLI) hold(number, [firstGpu + index], { gpuMilli: GPU_MILLI - one.freeMilli })
    })
    firstGpu += gpus.length
    if (spec.draining) events.push(decoded({ type: 'NodeDrained', cause: cause(), node: number, reason: '', stopAtMs: -1 }))
    if (spec.cordoned) events.push(decoded({ type: 'NodeCordoned', cause: cause(), node: number, reason: '' }))
  })
  events.push(decoded({ type: 'PolicySet', cause: cause(), policy: { ...defaultPolicy, ...policy } }))
  submit(wanted)
  return { state: fold(initial(), events, 1), job: jobs }
}
