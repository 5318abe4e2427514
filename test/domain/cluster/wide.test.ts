/** What small histories do not reach: pages of forgotten jobs, and gangs of thousands of members. */
import { describe, expect, test } from 'vitest'
import { fold } from '../../../domain/cluster/fold.ts'
import { breaches } from '../../../domain/cluster/invariants.ts'
import { initial, keep, type State } from '../../../domain/cluster/state.ts'
import { Holds, Jobs } from '../../../domain/cluster/tables.ts'
import type { Event } from '../../../domain/events/event.ts'
import { PAGE_ROWS, read } from '../../../domain/kernel/table.ts'
import { decoded, type Loose } from '../arbitraries/events.ts'
import { foldReference } from '../reference/fold.ts'
import { emptyReference } from '../reference/model.ts'
import { rowsOfReference } from '../reference/rows.ts'
import { rowsOf } from '../reference/rowsOf.ts'
import { WINDOW } from '../../../domain/cluster/ids.ts'

const range = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, number) => number)
const all = (events: ReadonlyArray<Loose>): ReadonlyArray<Event> => events.map(decoded)

const shape = { nodes: 1, gpus: 1, gpuMilli: 1000, models: [], gpuMemoryMib: 0, cpuMilli: 1, memoryMib: 1, labels: [] }
const start = (nodes: number): ReadonlyArray<Event> =>
  all([
    { type: 'TenantNamed', tenant: 0, name: 'ada' },
    { type: 'ModelNamed', model: 0, name: 'H100' },
    { type: 'ShapeDefined', shape: 0, request: shape },
    { type: 'ShapeDefined', shape: 1, request: { ...shape, nodes } },
    ...range(nodes).map((node) => ({
      type: 'NodeRegistered',
      node,
      name: `n${node}`,
      boot: 'b',
      cpuMilli: 8,
      memoryMib: 8,
      labels: [],
      firstGpu: node,
      gpus: [{ uuid: 'GPU-0', model: 0, memoryMib: 80 }]
    }))
  ])
const submits = (from: number, count: number, shape: number): ReadonlyArray<Event> =>
  all(
    range(count).map((index) => ({
      type: 'JobSubmitted',
      cause: { source: 's', id: `i${from + index}`, key: (from + index).toString(16).padStart(32, '0'), digest: '0'.repeat(16) },
      ...{ job: from + index, tenant: 0, shape, priority: 0, maxRuntimeMs: 0, retries: 0, name: '', body: '' }
    }))
  )
const ends = (from: number, to: number): ReadonlyArray<Event> =>
  all(range(to - from).map((index) => ({ type: 'JobEnded', job: from + index, outcome: 'cancelled' })))
const forgets = (from: number, to: number): ReadonlyArray<Event> => all([{ type: 'JobsForgotten', from, to }])

describe('forgetting', () => {
  const before = (): State => fold(fold(initial(), start(1), 0), [...submits(0, 3000, 0), ...ends(0, 2500)], 1)

  test('drops whole pages of ended jobs, and equals the reference model', () => {
    const model = foldReference(emptyReference(WINDOW), [...start(1), ...submits(0, 3000, 0), ...ends(0, 2500)], 1)
    const state = fold(before(), forgets(0, 2 * PAGE_ROWS), 2)
    expect(state.forgottenTo).toBe(2 * PAGE_ROWS)
    expect(rowsOf(state)).toEqual(rowsOfReference(foldReference(model, forgets(0, 2 * PAGE_ROWS), 2)))
    expect(breaches(state)).toEqual([])
  })

  test('leaves a page with a job that has not ended', () => {
    expect(fold(fold(before(), forgets(0, 2 * PAGE_ROWS), 2), forgets(2 * PAGE_ROWS, 3 * PAGE_ROWS), 3).forgottenTo).toBe(2 * PAGE_ROWS)
    expect(fold(before(), forgets(PAGE_ROWS, 2 * PAGE_ROWS), 2).forgottenTo).toBe(0)
    expect(fold(before(), forgets(0, 100), 2).forgottenTo).toBe(0)
  })

  test('does not reach into a kept state, and nothing brings a forgotten row back', () => {
    const state = before()
    const kept = keep(state)
    const was = rowsOf(kept)
    const late: ReadonlyArray<Loose> = [
      { type: 'CancelRequested', cause: { source: 's', id: 'c', key: 'f'.repeat(32), digest: '0'.repeat(16) }, job: 5, reason: '' },
      { type: 'JobEnded', job: 5, outcome: 'failed' },
      { type: 'JobAllocated', job: 5, attempt: 1, tasks: [{ node: 0, gpus: [0] }] }
    ]
    const after = fold(state, [...forgets(0, PAGE_ROWS), ...all(late)], 2)
    const jobs = read(after.jobs)
    for (const column of Object.values(Jobs.column)) expect(column.get(jobs, 5)).toBe(0)
    expect(jobs.pages[0]).toBe(jobs.zeros)
    expect(rowsOf(kept)).toEqual(was)
    expect(breaches(after)).toEqual([])
  })
})

describe('a gang of thousands', () => {
  const WIDTH = 4000
  const place = (job: number): ReadonlyArray<Event> =>
    all([{ type: 'JobAllocated', job, attempt: 1, tasks: range(WIDTH).map((node) => ({ node, gpus: [node] })) }])
  const reports = (type: string, job: number, more: object): ReadonlyArray<Event> =>
    all(range(WIDTH).map((member) => ({ type, job, attempt: 1, member, ...more })))

  test('lives and ends, and the next one finds its holds one after another again', () => {
    let state = fold(initial(), [...start(WIDTH), ...submits(0, 3, 1)], 0)
    for (const job of [0, 1, 2]) {
      state = fold(state, [...place(job), ...reports('RunStarted', job, { startedMs: 1 })], 1)
      expect(breaches(state)).toEqual([])
      const first = Jobs.column.firstHold.get(read(state.jobs), job)
      expect(range(WIDTH).every((member) => Holds.column.member.get(read(state.holds), first + member) === member)).toBe(true)
      const done = reports('RunFinished', job, { exit: 'exited', code: 0, endedMs: 2 })
      state = fold(state, [...done, ...all([{ type: 'JobEnded', job, outcome: 'succeeded' }])], 2)
      expect(breaches(state)).toEqual([])
    }
    expect(state.holds.size).toBe(WIDTH)
  })
})

test('a report finds the hold of its own gang where those of two gangs lie among each other', () => {
  const single = (job: number): Loose => ({ type: 'JobAllocated', job, attempt: 1, tasks: [{ node: job, gpus: [job] }] })
  const gang = (job: number, nodes: ReadonlyArray<number>): Loose => ({
    type: 'JobAllocated',
    job,
    attempt: 1,
    tasks: nodes.map((node) => ({ node, gpus: [node] }))
  })
  const end = (job: number): Loose => ({ type: 'JobEnded', job, outcome: 'succeeded' })
  const events = [
    ...start(8).map((event) =>
      event.type === 'ShapeDefined' && event.shape === 1 ? { ...event, request: { ...event.request, nodes: 2 } } : event
    ),
    ...submits(0, 4, 0),
    ...submits(4, 2, 1),
    // The gang of J4 gets the rows 2 and 1, and that of J5 the rows 0 and 4, so that J4's member 1 stands behind J5's member 0.
    ...all([single(0), single(1), single(2), single(3), end(1), end(2), gang(4, [1, 2]), end(0), gang(5, [4, 5])]),
    ...all([{ type: 'RunFinished', job: 5, attempt: 1, member: 1, exit: 'exited', code: 0, endedMs: 1 }])
  ]
  const state = fold(initial(), events, 1)
  expect(Jobs.column.firstHold.get(read(state.jobs), 5)).toBe(0)
  expect(Holds.column.member.get(read(state.holds), 1)).toBe(1)
  expect(rowsOf(state)).toEqual(rowsOfReference(foldReference(emptyReference(WINDOW), events, 1)))
  expect(breaches(state)).toEqual([])
})
