/** A small pool and what can happen in it, said shortly. */
import type { Event } from '../../domain/events/event.ts'
import { decoded } from '../domain/arbitraries/events.ts'
import { START_MS, type Step } from './rounds.ts'

export const cause = (id: string, digest = '0'.repeat(16)) => ({ source: '/test', id, key: '0'.repeat(32), digest })

/** Two nodes, n0 with two H100 and n1 with two A100; tenants ada and bob; shape 0 is one GPU, 1 half an A100, 2 a gang of two nodes. */
const pool: ReadonlyArray<Event> = [
  { type: 'TenantNamed', tenant: 0, name: 'ada' },
  { type: 'TenantNamed', tenant: 1, name: 'bob' },
  { type: 'ModelNamed', model: 0, name: 'H100' },
  { type: 'ModelNamed', model: 1, name: 'A100' },
  { type: 'LabelNamed', label: 0, key: 'zone', value: 'a' },
  shape(0, {}),
  shape(1, { gpuMilli: 500, models: [[1]], labels: [0] }),
  shape(2, { nodes: 2, gpus: 2, cpuMilli: 4000 }),
  node(0, 0),
  node(1, 1)
].map(decoded)

function shape(number: number, other: object) {
  const request = { nodes: 1, gpus: 1, gpuMilli: 1000, models: [], gpuMemoryMib: 0, cpuMilli: 1000, memoryMib: 64, labels: [], ...other }
  return { type: 'ShapeDefined', shape: number, request }
}

function node(number: number, model: number) {
  const gpus = [0, 1].map((index) => ({ uuid: `GPU-${number}${index}`, model, memoryMib: 80_000 }))
  const size = { cpuMilli: 16_000, memoryMib: 1024 }
  return { type: 'NodeRegistered', node: number, name: `n${number}`, boot: 'b', ...size, labels: [0], firstGpu: number * 2, gpus }
}

/** Minutes after the pool was made. */
export const after = (minutes: number, ...events: ReadonlyArray<{ readonly type: string }>): Step => ({
  atMs: at(minutes),
  events: events.map(decoded)
})
export const at = (minutes: number): number => START_MS + minutes * 60_000
export const start: Step = { atMs: START_MS, events: pool }

export const submitted = (job: number, shape = 0, other: object = {}) => ({
  ...{ type: 'JobSubmitted', cause: cause(`j${job}`), job, tenant: 0, shape, priority: 0, maxRuntimeMs: 0, retries: 1, name: 'train' },
  ...{ body: '{"command":["true"]}', ...other }
})
export const allocated = (
  job: number,
  attempt: number,
  ...tasks: ReadonlyArray<readonly [node: number, ...gpus: ReadonlyArray<number>]>
) => ({
  type: 'JobAllocated',
  job,
  attempt,
  tasks: tasks.map(([node, ...gpus]) => ({ node, gpus }))
})
export const started = (job: number, attempt = 1, member = 0) => ({ type: 'RunStarted', job, attempt, member, startedMs: 7 })
export const finished = (job: number, code = 0, run: { readonly attempt?: number; readonly member?: number } = {}) => ({
  ...{ type: 'RunFinished', job, attempt: 1, member: 0, exit: 'exited', code, endedMs: 9 },
  ...run
})
export const ended = (job: number, outcome = 'succeeded') => ({ type: 'JobEnded', job, outcome })
export const priceSet = (model: number, microPerGpuHour: number) => ({ type: 'PriceSet', cause: cause('price'), model, microPerGpuHour })
