/** Each invariant finds the breach that it is there for: one is planted into the rows of a legal state, and nothing else. */
import { describe, expect, test } from 'vitest'
import { fold } from '../../../domain/cluster/fold.ts'
import { breaches, BREACHES_MAX, breachesOf, type Breach } from '../../../domain/cluster/invariants.ts'
import { initial, type State } from '../../../domain/cluster/state.ts'
import { DRAINING, Gpus, Holds, Ids, Jobs, Nodes, PHASE, Shapes, STOP_ORDERED } from '../../../domain/cluster/tables.ts'
import type { Event } from '../../../domain/events/event.ts'
import { edit, seal, type Rows } from '../../../domain/kernel/table.ts'
import { decoded, type Loose } from '../arbitraries/events.ts'

const shape = { nodes: 1, gpus: 1, gpuMilli: 500, models: [], gpuMemoryMib: 0, cpuMilli: 2, memoryMib: 2, labels: [] }
const node = (number: number): Loose => ({
  type: 'NodeRegistered',
  node: number,
  name: `n${number}`,
  boot: 'b',
  cpuMilli: 8,
  memoryMib: 8,
  labels: [0],
  firstGpu: number * 2,
  gpus: [0, 1].map((index) => ({ uuid: `GPU-${index}`, model: 0, memoryMib: 80 }))
})
const submit = (job: number, shapeNo: number): Loose => ({
  type: 'JobSubmitted',
  cause: { source: 's', id: `i${job}`, key: String(job).padStart(32, '0'), digest: '0'.repeat(16) },
  job,
  tenant: 0,
  shape: shapeNo,
  priority: 0,
  maxRuntimeMs: 0,
  retries: 0,
  name: '',
  body: '{}'
})
const allocated = (job: number, tasks: ReadonlyArray<object>): Loose => ({ type: 'JobAllocated', job, attempt: 1, tasks })

/** J0 runs on G0, the gang J1 on half of G1 and G2, J2 waits, J3 has ended. */
const history: ReadonlyArray<Event> = (
  [
    { type: 'TenantNamed', tenant: 0, name: 'ada' },
    { type: 'ModelNamed', model: 0, name: 'H100' },
    { type: 'LabelNamed', label: 0, key: 'zone', value: 'a' },
    { type: 'ShapeDefined', shape: 0, request: shape },
    { type: 'ShapeDefined', shape: 1, request: { ...shape, nodes: 2 } },
    node(0),
    node(1),
    submit(0, 0),
    submit(1, 1),
    submit(2, 0),
    submit(3, 0),
    allocated(0, [{ node: 0, gpus: [0] }]),
    allocated(1, [
      { node: 0, gpus: [1] },
      { node: 1, gpus: [2] }
    ]),
    allocated(3, [{ node: 1, gpus: [3] }]),
    { type: 'JobEnded', job: 3, outcome: 'succeeded' }
  ] as ReadonlyArray<Loose>
).map(decoded)

const legal = (): State => fold(initial(), history, 1_000)

type TableName = 'jobs' | 'holds' | 'nodes' | 'gpus' | 'shapes'
const planted = (table: TableName, plant: (rows: Rows) => void): State => {
  const state = legal()
  const rows = edit(state[table])
  plant(rows)
  return { ...state, [table]: seal(rows) }
}
const plantedEntry = (plant: (rows: Rows) => void): State => {
  const state = legal()
  const entries = edit(state.ids.entries)
  plant(entries)
  return { ...state, ids: { ...state.ids, entries: seal(entries) } }
}

const cases: Record<Breach['name'], { readonly everywhere?: State; readonly round: State | 'recount only' }> = {
  GpuWithinOne: { round: planted('gpus', (rows) => Gpus.column.freeMilli.set(rows, 0, -500)) },
  GpuRecounted: { everywhere: planted('gpus', (rows) => Gpus.column.freeMilli.set(rows, 0, 1000)), round: 'recount only' },
  NodeWithinCapacity: { round: planted('nodes', (rows) => Nodes.column.memoryFree.set(rows, 0, 9)) },
  NodeRecounted: { everywhere: planted('nodes', (rows) => Nodes.column.cpuFree.set(rows, 0, 8)), round: 'recount only' },
  GpusBelong: { round: planted('gpus', (rows) => Gpus.column.node.set(rows, 1, 1)) },
  PhaseLegal: { round: planted('jobs', (rows) => Jobs.column.phase.set(rows, 2, PHASE.forgotten)) },
  HoldsInOrder: { round: planted('holds', (rows) => Holds.column.job.set(rows, 0, 1)) },
  GangWhole: { round: planted('holds', (rows) => Holds.column.next.set(rows, 1, -1)) },
  GangSpread: { round: planted('holds', (rows) => Holds.column.node.set(rows, 2, 0)) },
  LivingRecounted: { round: planted('jobs', (rows) => Jobs.column.living.set(rows, 1, 1)) },
  NothingHeldWhileWaiting: { round: planted('jobs', (rows) => Jobs.column.firstHold.set(rows, 2, 0)) },
  StopOnlyWhileLive: { round: planted('jobs', (rows) => Jobs.column.flags.set(rows, 2, STOP_ORDERED)) },
  HoldsAccounted: { everywhere: { ...legal(), freeHold: -1 }, round: 'recount only' },
  CountsAgree: { round: { ...legal(), submitted: 5 } },
  NumbersKnown: { round: planted('jobs', (rows) => Jobs.column.tenant.set(rows, 0, 7)) },
  DrainEnds: { round: planted('nodes', (rows) => Nodes.column.stopAtMs.set(rows, 0, 5)) },
  IdsFindable: { everywhere: plantedEntry((rows) => Ids.column.key0.set(rows, 1, 77)), round: 'recount only' },
  EventTookEffect: { round: 'recount only' }
}

const namesOf = (found: ReadonlyArray<Breach>): ReadonlyArray<string> => found.map((breach) => breach.name)

describe('a planted breach of', () => {
  test.each(Object.entries(cases))('%s is found', (name, { everywhere, round }) => {
    if (everywhere !== undefined) expect(namesOf(breaches(everywhere))).toContain(name)
    if (round === 'recount only') return
    expect(namesOf(breaches(round))).toContain(name)
    expect(namesOf(breachesOf(round, history))).toContain(name)
  })
})

describe('the counts of', () => {
  test.each([
    ['pending jobs', { ...legal(), pending: 2 }],
    ['live jobs', { ...legal(), live: 1 }],
    ['waiting jobs of a shape', planted('shapes', (rows) => Shapes.column.pending.set(rows, 1, 1))],
    ['submissions of a shape', planted('shapes', (rows) => Shapes.column.submitted.set(rows, 1, 9))]
  ])('%s are recounted', (_, state) => {
    expect(namesOf(breaches(state))).toContain('CountsAgree')
  })
})

describe('an event that contradicts the state', () => {
  const strange: ReadonlyArray<Loose> = [
    { type: 'JobRequeued', job: 0, attempt: 2, reason: 'failed', notBeforeMs: 0 },
    { type: 'JobEnded', job: 9, outcome: 'failed' },
    { type: 'JobsForgotten', from: 0, to: 1024 },
    { type: 'TenantNamed', tenant: 5, name: 'eve' },
    { ...node(9), node: 9 }
  ]
  test.each(strange.map((event) => [event.type, event] as const))('is found out: %s', (_, event) => {
    const state = fold(legal(), [decoded(event)], 2_000)
    expect(namesOf(breachesOf(state, [decoded(event)]))).toEqual(['EventTookEffect'])
    expect(breaches(state)).toEqual([])
  })

  test('is found out: a second allocation of the same job', () => {
    const again = decoded({ ...allocated(0, [{ node: 0, gpus: [0] }]), attempt: 2 })
    const state = fold(legal(), [again], 2_000)
    expect(namesOf(breachesOf(state, [again]))).toEqual(['EventTookEffect'])
  })

  test('is found out: a GPU that is given to two jobs', () => {
    const twice = decoded(allocated(2, [{ node: 0, gpus: [0] }]))
    const thrice = fold(fold(legal(), [twice], 2_000), [submitted(4), again(4)], 2_000)
    expect(namesOf(breachesOf(thrice, [again(4)]))).toContain('GpuWithinOne')
    expect(namesOf(breaches(thrice))).toContain('GpuWithinOne')
  })
})

const submitted = (job: number): Event => decoded(submit(job, 0))
const again = (job: number): Event => decoded(allocated(job, [{ node: 0, gpus: [0] }]))

test('a legal state has none', () => {
  const state = legal()
  expect(breaches(state)).toEqual([])
  expect(breachesOf(state, history)).toEqual([])
})

test('a drain keeps the time of its end when the node is cordoned, too', () => {
  const cause = { source: 's', id: 'x', key: 'f'.repeat(32), digest: '0'.repeat(16) }
  const state = fold(
    legal(),
    [
      { type: 'NodeDrained', cause, node: 0, reason: '', stopAtMs: 5 },
      { type: 'NodeCordoned', cause, node: 0, reason: '' }
    ].map(decoded),
    2_000
  )
  expect(Nodes.column.stopAtMs.get(state.nodes.rows, 0)).toBe(5)
  expect(Nodes.column.flags.get(state.nodes.rows, 0) & DRAINING).toBe(DRAINING)
})

test('a state that is all wrong lists a bounded number of breaches', () => {
  const submissions = Array.from({ length: 300 }, (_, index) => submitted(4 + index))
  const state = fold(legal(), submissions, 2_000)
  const jobs = edit(state.jobs)
  for (let row = 0; row < jobs.size; row++) Jobs.column.tenant.set(jobs, row, 99)
  expect(breaches({ ...state, jobs: seal(jobs) })).toHaveLength(BREACHES_MAX)
})
