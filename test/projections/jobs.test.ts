/** What the views say of jobs, nodes, inputs and the queue, as sentences. */
import { describe, expect, test } from 'vitest'
import { after, allocated, at, cause, ended, finished, start, started, submitted } from './story.ts'
import { given } from './views.ts'

const waits = (shape: number, ...codes: ReadonlyArray<string>) => ({ type: 'WaitReasonsChanged', shape, codes })

describe('a job', () => {
  test('waits, with the reasons of its shape and since when they hold', () => {
    const { ask } = given(start, after(1, submitted(0), waits(0, 'GpusBusy')), after(2, waits(0, 'GpusBusy', 'NodeCordoned')))
    expect(ask('job', { job: 0 })).toMatchObject({
      job: 'J0',
      state: 'pending',
      tenant: 'ada',
      name: 'train',
      request: { gpus: 1, cpuMilli: 1000, memoryMib: 64 },
      submittedMs: at(1),
      waits: ['GpusBusy', 'NodeCordoned'],
      waitsSinceMs: at(2),
      nodes: [],
      body: '{"command":["true"]}',
      position: 10
    })
  })

  test('is allocated, runs and ends, and each step names its event', () => {
    const { ask } = given(
      start,
      after(1, submitted(0), waits(0, 'GpusBusy')),
      after(2, allocated(0, 1, [1, 3])),
      after(3, started(0)),
      after(5, finished(0), ended(0))
    )
    expect(ask('job', { job: 0 })).toMatchObject({
      state: 'succeeded',
      attempt: 1,
      nodes: ['n1'],
      startedMs: at(3),
      endedMs: at(5),
      exit: 'exited',
      exitCode: 0,
      waits: [],
      members: [
        { member: 0, node: 'n1', gpus: ['GPU-11'], gpuIndexes: [1], startedMs: 7, endedMs: 9, startedPosition: 13, freedPosition: 14 }
      ],
      story: [
        { type: 'submitted', position: 10, atMs: at(1) },
        { type: 'allocated', position: 12, atMs: at(2), attempt: 1 },
        { type: 'started', position: 13, atMs: at(3), attempt: 1 },
        { type: 'ended', position: 15, atMs: at(5), detail: 'succeeded' }
      ]
    })
  })

  test('that failed is queued again, and its second attempt has members of its own', () => {
    const again = { type: 'JobRequeued', job: 0, attempt: 1, reason: 'failed', notBeforeMs: at(9) }
    const first = [start, after(1, submitted(0), allocated(0, 1, [0, 0])), after(2, started(0)), after(3, finished(0, 3), again)]
    expect(given(...first).ask('job', { job: 0 })).toMatchObject({
      state: 'pending',
      attempt: 1,
      exitCode: 3,
      notBeforeMs: at(9),
      startedMs: null,
      nodes: []
    })
    const { ask } = given(...first, after(9, allocated(0, 2, [1, 2])))
    expect(ask('job', { job: 0 })).toMatchObject({
      state: 'allocated',
      attempt: 2,
      nodes: ['n1'],
      exitCode: null,
      notBeforeMs: null,
      members: [{ node: 'n1', gpus: ['GPU-10'], endedMs: null }],
      story: [
        { type: 'submitted' },
        { type: 'allocated' },
        { type: 'started' },
        { type: 'requeued', detail: 'failed' },
        { type: 'allocated' }
      ]
    })
  })

  test('that is cancelled while it runs says by whom, stops, and ends', () => {
    const wish = { type: 'CancelRequested', cause: cause('c'), job: 0, reason: 'wrong data', by: 'ada@host' }
    const stop = { type: 'StopOrdered', job: 0, attempt: 1, reason: 'cancelled', graceMs: 10 }
    const steps = [start, after(1, submitted(0), allocated(0, 1, [0, 0])), after(2, started(0)), after(3, wish, stop)]
    expect(given(...steps).ask('job', { job: 0 })).toMatchObject({ state: 'stopping', stopReason: 'cancelled' })
    const signalled = { type: 'RunFinished', job: 0, attempt: 1, member: 0, exit: 'signalled', code: 15, endedMs: 9 }
    expect(given(...steps, after(4, signalled, ended(0, 'cancelled'))).ask('job', { job: 0 })).toMatchObject({
      state: 'cancelled',
      exit: 'signalled',
      exitCode: 15,
      story: [
        { type: 'submitted' },
        { type: 'allocated' },
        { type: 'started' },
        { type: 'cancelRequested', detail: 'wrong data', atMs: at(3) },
        { type: 'stopOrdered', detail: 'cancelled' },
        { type: 'ended', detail: 'cancelled' }
      ]
    })
  })

  test('of several nodes has a member on each, and says how the first that failed did', () => {
    const { ask } = given(
      start,
      after(1, submitted(0, 2), allocated(0, 1, [0, 0, 1], [1, 2, 3])),
      after(2, started(0, 1, 1), started(0, 1, 0)),
      after(3, finished(0, 0, { member: 0 })),
      after(4, finished(0, 9, { member: 1 }))
    )
    expect(ask('job', { job: 0 })).toMatchObject({
      state: 'running',
      nodes: ['n0', 'n1'],
      gpus: 4,
      exitCode: 9,
      startedMs: at(2),
      members: [
        { node: 'n0', gpus: ['GPU-00', 'GPU-01'], code: 0 },
        { node: 'n1', gpus: ['GPU-10', 'GPU-11'], code: 9 }
      ]
    })
  })

  test('is not changed by what contradicts it', () => {
    const steps = [start, after(1, submitted(0), allocated(0, 1, [0, 0]))]
    const wrong = [
      allocated(0, 2, [1, 2]),
      started(0, 2),
      started(0, 1, 5),
      finished(0, 0, { attempt: 3 }),
      { type: 'JobRequeued', job: 0, attempt: 2, reason: 'lost', notBeforeMs: 0 },
      ended(7),
      finished(3)
    ]
    const before = given(...steps)
    const afterwards = given(...steps, after(2, ...wrong))
    for (const table of ['jobs', 'attempts', 'tasks', 'billed', 'usage_levels']) expect(afterwards.rows(table)).toEqual(before.rows(table))
  })

  test('that nobody knows is not there', () => expect(given(start).ask('job', { job: 3 })).toBeUndefined())
})

test('jobs are listed from the newest on, by state, tenant and name, page by page', () => {
  const steps = [
    start,
    after(1, ...Array.from({ length: 6 }, (_, job) => submitted(job, 0, { tenant: job % 2, name: job < 3 ? 'early' : 'late' }))),
    after(2, allocated(0, 1, [0, 0]), allocated(5, 1, [0, 1]))
  ]
  const { ask } = given(...steps)
  const numbers = (asked: object) => ask('jobs', { limit: 10, ...asked }).map((job) => job.number)
  expect(numbers({})).toEqual([5, 4, 3, 2, 1, 0])
  expect(numbers({ limit: 2 })).toEqual([5, 4])
  expect(numbers({ limit: 2, after: 4 })).toEqual([3, 2])
  expect(numbers({ tenant: 'bob' })).toEqual([5, 3, 1])
  expect(numbers({ states: ['allocated'] })).toEqual([5, 0])
  expect(numbers({ states: ['pending', 'running'], name: 'early' })).toEqual([2, 1])
  expect(numbers({ tenant: 'nobody' })).toEqual([])
})

describe('the outcome of an input', () => {
  const refused = (id: string, digest: string, code: string) => ({
    type: 'InputRefused',
    cause: cause(id, digest),
    stream: 'jobs',
    input: 'fastgpu.job.submit',
    reasons: [{ code, message: 'no' }]
  })

  test('is the job that it made, all reasons why it was refused, or that nothing was left to change', () => {
    const noted = { type: 'InputNoted', cause: cause('n'), input: 'fastgpu.node.cordon' }
    const { ask } = given(start, after(1, submitted(0), refused('r', '1'.repeat(16), 'FG_NO'), noted))
    expect(ask('outcome', { source: '/test', id: 'j0' })).toMatchObject({ type: 'accepted', job: 0, position: 10 })
    expect(ask('outcome', { source: '/test', id: 'r' })).toMatchObject({ type: 'refused', reasons: [{ code: 'FG_NO', message: 'no' }] })
    expect(ask('outcome', { source: '/test', id: 'n' })).toMatchObject({ type: 'noted', about: 'fastgpu.node.cordon' })
    expect(ask('outcome', { source: '/other', id: 'j0' })).toBeUndefined()
  })

  test('stays, whatever other content its id is used for later, and that has an outcome of its own', () => {
    const other = '2'.repeat(16)
    const { ask } = given(start, after(1, submitted(0)), after(2, refused('j0', other, 'FG_ID_REUSED')))
    expect(ask('outcome', { source: '/test', id: 'j0' })).toMatchObject({ type: 'accepted', job: 0 })
    expect(ask('outcome', { source: '/test', id: 'j0', digest: other })).toMatchObject({ type: 'refused' })
  })

  test('stays accepted when the same input comes again after its window', () => {
    const { ask } = given(start, after(1, submitted(0)), after(2, refused('j0', '0'.repeat(16), 'FG_TIME_BEFORE_WINDOW')))
    expect(ask('outcome', { source: '/test', id: 'j0' })).toMatchObject({ type: 'accepted', job: 0 })
  })
})

test('the queue says who waits for what since when and why, and what they hold', () => {
  const { ask } = given(
    start,
    after(
      1,
      submitted(0),
      submitted(1),
      submitted(2, 1, { tenant: 1 }),
      submitted(3, 2),
      waits(0, 'GpusBusy'),
      waits(2, 'NodesTooFew', 'GpusBusy')
    ),
    after(2, allocated(0, 1, [0, 0]), waits(2, 'GpusBusy'))
  )
  expect(ask('queue', {})).toEqual({
    pending: 3,
    live: 1,
    rows: [
      {
        tenant: 'ada',
        model: 'any',
        pending: 2,
        live: 1,
        wantedMilli: 5000,
        heldMilli: 1000,
        gpusWanted: 5,
        gpusHeld: 1,
        oldestMs: at(1),
        waits: [{ code: 'GpusBusy', sinceMs: at(1), pending: 2 }]
      },
      {
        ...{ tenant: 'bob', model: 'A100', pending: 1, live: 0, wantedMilli: 500, heldMilli: 0, gpusWanted: 0.5, gpusHeld: 0 },
        ...{ oldestMs: at(1), waits: [] }
      }
    ]
  })
})

describe('a node', () => {
  test('shows by which jobs each of its GPUs is held, and what is free', () => {
    const { ask } = given(
      start,
      after(1, submitted(0, 1), submitted(1, 1), submitted(2), allocated(0, 1, [1, 2]), allocated(1, 1, [1, 2]), allocated(2, 1, [0, 1]))
    )
    const [n0, n1] = ask('nodes', {})
    expect(n1).toMatchObject({ node: 'n1', state: 'ready', cpuFreeMilli: 14_000, memoryFreeMib: 896, labels: { zone: 'a' } })
    expect(n1!.gpus).toMatchObject([
      { index: 0, uuid: 'GPU-10', model: 'A100', freeMilli: 0, jobs: ['J0', 'J1'] },
      { index: 1, freeMilli: 1000, jobs: [] }
    ])
    expect(n0!.gpus.map((gpu) => gpu.freeMilli)).toEqual([1000, 0])
    expect(ask('node', { node: 'n1' })).toEqual(n1)
    expect(ask('node', { node: 'n9' })).toBeUndefined()
  })

  test('is cordoned, drained and made ready again, with reasons; a cordon does not lift a drain', () => {
    const order = (type: string, other: object = {}) => ({ type, cause: cause(type), node: 0, ...other })
    const states = (...steps: ReadonlyArray<ReturnType<typeof after>>) => given(start, ...steps).ask('node', { node: 'n0' })
    const cordon = after(1, order('NodeCordoned', { reason: 'fan', by: 'bo' }))
    const drain = after(2, order('NodeDrained', { reason: 'disk', stopAtMs: at(60) }))
    expect(states(cordon)).toMatchObject({ state: 'cordoned', reason: 'fan', by: 'bo', sinceMs: at(1), stopAtMs: null })
    expect(states(cordon, drain)).toMatchObject({ state: 'draining', reason: 'disk', stopAtMs: at(60) })
    expect(states(drain, after(3, order('NodeCordoned', { reason: 'fan' })))).toMatchObject({
      state: 'draining',
      reason: 'fan',
      stopAtMs: at(60)
    })
    expect(states(drain, after(4, order('NodeUncordoned')))).toMatchObject({ state: 'ready', reason: '', stopAtMs: null, sinceMs: at(4) })
  })

  test('that was replaced is listed only while something is held on it; its name means the newest', () => {
    const gone = { type: 'NodeRetired', node: 0, reason: 'replaced' }
    const other = { type: 'NodeRegistered', node: 2, name: 'n0', boot: 'c', cpuMilli: 1, memoryMib: 1, labels: [], firstGpu: 4, gpus: [] }
    const held = given(start, after(1, submitted(0), allocated(0, 1, [0, 0])), after(2, gone, other))
    expect(held.ask('nodes', {}).map((node) => [node.number, node.state])).toEqual([
      [0, 'retired'],
      [1, 'ready'],
      [2, 'ready']
    ])
    expect(held.ask('node', { node: 'n0' })).toMatchObject({ number: 2 })
    const free = given(start, after(1, submitted(0), allocated(0, 1, [0, 0])), after(2, gone, other), after(3, finished(0), ended(0)))
    expect(free.ask('nodes', {}).map((node) => node.number)).toEqual([1, 2])
  })
})

test('numbers have the names that people gave them; unknown ones have none', () => {
  const { ask } = given(start, after(1, submitted(0, 1)))
  const found = ask('names', { jobs: [0, 9], nodes: [1], gpus: [1, 2, 99], tenants: [1], models: [0, 7], labels: [0], shapes: [1] })
  expect(found).toEqual({
    jobs: [[0, { name: 'train', tenant: 'ada' }]],
    nodes: [[1, 'n1']],
    gpus: [
      [1, 'GPU-01'],
      [2, 'GPU-10']
    ],
    tenants: [[1, 'bob']],
    models: [[0, 'H100']],
    labels: [[0, 'zone=a']],
    shapes: [[1, { gpus: 1, gpuMilli: 500, gpuModels: [['A100']], cpuMilli: 1000, memoryMib: 64, labels: { zone: 'a' } }]]
  })
})
