/**
 * A pool of 100,000 GPUs in nodes of eight, full of jobs that hold a tenth of a GPU each, so that a million of them live; and the
 * events of jobs that end there while others take their place, the job of each step chosen at random.
 */
import type { Event } from '../../domain/events/event.ts'
import { gpuNo, jobNo, labelNo, modelNo, nodeNo, shapeNo, tenantNo } from '../../domain/kernel/ids.ts'
import { randomOf } from './bench.ts'

const GPUS_PER_NODE = 8
const JOBS_PER_GPU = 10

/** The events that make the pool: names, shape and nodes. */
export const poolOf = (gpus: number): ReadonlyArray<Event> => {
  const events: Array<Event> = [
    { type: 'TenantNamed', tenant: tenantNo(0), name: 'ada' },
    { type: 'ModelNamed', model: modelNo(0), name: 'H100' },
    { type: 'LabelNamed', label: labelNo(0), key: 'zone', value: 'a' },
    {
      type: 'ShapeDefined',
      shape: shapeNo(0),
      request: { nodes: 1, gpus: 1, gpuMilli: 100, models: [], gpuMemoryMib: 0, cpuMilli: 100, memoryMib: 1000, labels: [] }
    }
  ]
  for (let node = 0; node * GPUS_PER_NODE < gpus; node++)
    events.push({
      type: 'NodeRegistered',
      node: nodeNo(node),
      name: `n${node}`,
      boot: 'b',
      cpuMilli: 64_000,
      memoryMib: 1_000_000,
      labels: [labelNo(0)],
      firstGpu: gpuNo(node * GPUS_PER_NODE),
      gpus: Array.from({ length: GPUS_PER_NODE }, (_, gpu) => ({ uuid: `GPU-${node}-${gpu}`, model: modelNo(0), memoryMib: 81_559 }))
    })
  return events
}

/** Keys are hashes: their bits are as good as random. */
const keyOf = (number: number): string => {
  const random = randomOf(number)
  return Buffer.from(Uint32Array.from({ length: 4 }, () => random(2 ** 32)).buffer).toString('hex')
}

export const submitted = (job: number): Event => ({
  type: 'JobSubmitted',
  cause: { source: '/bench', id: `i${job}`, key: keyOf(job), digest: '0123456789abcdef' },
  job: jobNo(job),
  tenant: tenantNo(0),
  shape: shapeNo(0),
  priority: 0,
  maxRuntimeMs: 0,
  retries: 0,
  name: '',
  body: '{}'
})
const allocated = (job: number, gpu: number): Event => ({
  type: 'JobAllocated',
  job: jobNo(job),
  attempt: 1,
  tasks: [{ node: nodeNo(Math.floor(gpu / GPUS_PER_NODE)), gpus: [gpuNo(gpu)] }]
})
const started = (job: number): Event => ({ type: 'RunStarted', job: jobNo(job), attempt: 1, member: 0, startedMs: 1 })
const finished = (job: number): Event => ({
  type: 'RunFinished',
  job: jobNo(job),
  attempt: 1,
  member: 0,
  exit: 'exited',
  code: 0,
  endedMs: 1
})
const ended = (job: number): Event => ({ type: 'JobEnded', job: jobNo(job), outcome: 'succeeded' })

export interface Lifecycle {
  /** Events that fill the pool, in slices. */
  readonly fill: () => Generator<ReadonlyArray<Event>>
  /** The events of so many jobs that end at random and of those that follow them: five events each. */
  readonly churn: (jobs: number) => ReadonlyArray<Event>
}

export const lifecycleOf = (gpus: number): Lifecycle => {
  const random = randomOf(1)
  const live = gpus * JOBS_PER_GPU
  /** By place: the job that lives there. A place is a tenth of a GPU. */
  const at = new Int32Array(live)
  let next = 0
  const place = (events: Array<Event>, where: number): void => {
    at[where] = next
    events.push(submitted(next), allocated(next, Math.floor(where / JOBS_PER_GPU)), started(next))
    next += 1
  }
  return {
    *fill() {
      for (let from = 0; from < live; from += 50_000) {
        const events: Array<Event> = []
        for (let where = from; where < Math.min(live, from + 50_000); where++) place(events, where)
        yield events
      }
    },
    churn: (jobs) => {
      const events: Array<Event> = []
      for (let index = 0; index < jobs; index++) {
        const where = random(live)
        events.push(finished(at[where]!), ended(at[where]!))
        place(events, where)
      }
      return events
    }
  }
}
