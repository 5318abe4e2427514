/** A crowded pool: nodes of eight GPUs of three models, and jobs of many shapes that always want more than there is. */
import type { Decision, Event, Fact } from '../../domain/events/event.ts'
import type { Shape } from '../../domain/events/request.ts'
import { gpuNo, jobNo, modelNo, nodeNo, shapeNo, tenantNo } from '../../domain/kernel/ids.ts'

const GPUS_PER_NODE = 8
const MODELS = ['H100', 'A100', 'L40S'] as const

export interface Crowd {
  readonly start: () => ReadonlyArray<Event>
  /** How many jobs wait, at most. */
  readonly queue: number
  readonly submit: (jobs: number) => ReadonlyArray<Fact>
  /** The processes of a share of the live jobs end, chosen at random. */
  readonly finish: (share: number) => ReadonlyArray<Fact>
  /** Answers how many jobs were allocated. */
  readonly hear: (decisions: ReadonlyArray<Decision>) => number
  readonly occupancy: () => number
}

const wanted = (some: Partial<Shape>): Shape => ({
  nodes: 1,
  gpus: 1,
  gpuMilli: 1000,
  models: [],
  gpuMemoryMib: 0,
  cpuMilli: 4_000,
  memoryMib: 16_384,
  labels: [],
  ...some
})

/** By hundredths of all jobs: ten gangs, twenty fractions, seventy whole GPUs; some want one model, some have a second choice. */
const mixOf = (): ReadonlyArray<readonly [number, Shape]> => {
  const shapes: Array<readonly [number, Shape]> = []
  const choices = [[], [[modelNo(0)], [modelNo(1)]], [[modelNo(1), modelNo(2)]]]
  for (const models of choices) {
    shapes.push([1, wanted({ nodes: 2, gpus: 8, cpuMilli: 32_000, models })], [2, wanted({ nodes: 2, gpus: 2, cpuMilli: 8_000, models })])
    shapes.push([3, wanted({ gpuMilli: 500, models })], [2, wanted({ gpuMilli: 250, models })], [2, wanted({ gpuMilli: 200, models })])
    shapes.push([13, wanted({ models })], [6, wanted({ gpus: 2, cpuMilli: 8_000, models })])
    shapes.push([3, wanted({ gpus: 4, cpuMilli: 16_000, models })], [1, wanted({ gpus: 8, cpuMilli: 32_000, models })])
  }
  return [...shapes, [1, wanted({ nodes: 4, gpus: 1 })]]
}

/** Keys are hashes: their bits are as good as random. */
const keyOf = (random: (below: number) => number): string => {
  let key = ''
  for (let word = 0; word < 4; word++)
    key += random(2 ** 32)
      .toString(16)
      .padStart(8, '0')
  return key
}

interface Live {
  readonly job: number
  readonly attempt: number
  readonly members: number
  readonly milli: number
}

export const crowdOf = (gpus: number, random: (below: number) => number): Crowd => {
  const mix = mixOf()
  const weights = mix.flatMap(([weight], shape) => new Array<number>(weight).fill(shape))
  const live: Array<Live> = []
  const shapeOf: Array<number> = []
  let held = 0
  const submitted = (job: number): Fact => {
    shapeOf.push(weights[random(weights.length)]!)
    return {
      type: 'JobSubmitted',
      cause: { source: '/bench', id: `i${job}`, key: keyOf(random), digest: '0123456789abcdef' },
      job: jobNo(job),
      tenant: tenantNo(0),
      shape: shapeNo(shapeOf[job]!),
      priority: random(3),
      maxRuntimeMs: 0,
      retries: 0,
      name: '',
      body: '{}'
    }
  }
  return {
    start: () => startOf(gpus, mix),
    queue: gpus * 10,
    submit: (jobs) => Array.from({ length: jobs }, () => submitted(shapeOf.length)),
    finish: (share) => {
      const facts: Array<Fact> = []
      for (let left = Math.ceil(live.length * share); left > 0; left--) {
        const index = random(live.length)
        const { job, attempt, members, milli } = live[index]!
        live[index] = live.at(-1)!
        live.pop()
        held -= milli
        for (let member = 0; member < members; member++)
          facts.push({ type: 'RunFinished', job: jobNo(job), attempt, member, exit: 'exited', code: 0, endedMs: 1 })
      }
      return facts
    },
    hear: (decisions) => {
      let allocated = 0
      for (const decision of decisions) {
        if (decision.type !== 'JobAllocated') continue
        allocated += 1
        const milli = decision.tasks.length * decision.tasks[0]!.gpus.length * mix[shapeOf[decision.job]!]![1].gpuMilli
        held += milli
        live.push({ job: decision.job, attempt: decision.attempt, members: decision.tasks.length, milli })
      }
      return allocated
    },
    occupancy: () => held / (gpus * 1000)
  }
}

const startOf = (gpus: number, mix: ReadonlyArray<readonly [number, Shape]>): ReadonlyArray<Event> => [
  { type: 'TenantNamed', tenant: tenantNo(0), name: 'ada' },
  ...MODELS.map((name, model): Event => ({ type: 'ModelNamed', model: modelNo(model), name })),
  ...mix.map(([, request], shape): Event => ({ type: 'ShapeDefined', shape: shapeNo(shape), request })),
  ...Array.from({ length: gpus / GPUS_PER_NODE }, (_, node): Event => ({
    type: 'NodeRegistered',
    node: nodeNo(node),
    name: `n${node}`,
    boot: 'b',
    cpuMilli: 128_000,
    memoryMib: 1_048_576,
    labels: [],
    firstGpu: gpuNo(node * GPUS_PER_NODE),
    gpus: Array.from({ length: GPUS_PER_NODE }, (_, gpu) => ({ uuid: `GPU-${node}-${gpu}`, model: modelNo(node % 3), memoryMib: 81_559 }))
  }))
]
