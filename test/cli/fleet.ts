/** A small fleet in the middle of a day, as the views of a server would tell it: what the tables and plots of the command line show. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Backend } from '../../services/gateway/backend.ts'
import type { Explanation, Forecast, JobDetail, Node, Usage } from '../../sdk/typescript/index.ts'

const HOUR_MS = 3_600_000
const nowMs = Date.now()
const ago = (ms: number): number => nowMs - ms

const detail = (number: number, over: Partial<JobDetail>): JobDetail => ({
  job: `J${number}`,
  number,
  name: '',
  tenant: 'ann',
  state: 'pending',
  priority: 0,
  request: { gpus: 1 },
  attempt: 0,
  submittedMs: ago(3 * HOUR_MS),
  sinceMs: ago(3 * HOUR_MS),
  startedMs: null,
  endedMs: null,
  exit: null,
  exitCode: null,
  nodes: [],
  gpus: 1,
  stopReason: null,
  waits: [],
  waitsSinceMs: null,
  maxRuntimeMs: 0,
  retries: 0,
  by: 'ann',
  source: '/pools/default/api',
  id: `id-${number}`,
  body: '{"command":["true"]}',
  position: 0,
  notBeforeMs: null,
  story: [],
  members: [],
  ...over
})

const member = { gpuIndexes: [], startedMs: ago(2 * HOUR_MS), endedMs: null, exit: null, code: null, detail: null }
const running = { attempt: 1, startedMs: ago(2 * HOUR_MS) }

const jobs: ReadonlyArray<JobDetail> = [
  detail(5, {
    name: 'big',
    request: { gpus: 8, gpuModels: [['H200']] },
    submittedMs: ago(5 * HOUR_MS),
    waits: ['GpuModelMismatch', 'NodeCordoned']
  }),
  detail(4, { name: 'next', tenant: 'bob', priority: 10, request: { gpus: 4 }, submittedMs: ago(5 * HOUR_MS) }),
  detail(3, {
    ...running,
    name: 'gang',
    state: 'running',
    request: { gpus: 4, nodes: 2, gpuModels: [['H100']] },
    nodes: ['n1', 'n2'],
    maxRuntimeMs: 12 * HOUR_MS,
    retries: 2,
    position: 40,
    body: JSON.stringify({ command: ['sh', '-c', "echo it's", 'a/b.py'] }),
    story: [
      { type: 'submitted', position: 40, atMs: ago(3 * HOUR_MS), attempt: null, detail: 'ann' },
      { type: 'allocated', position: 41, atMs: ago(3 * HOUR_MS), attempt: 1, detail: '2 members' },
      { type: 'started', position: 43, atMs: ago(3 * HOUR_MS), attempt: 1, detail: '' },
      { type: 'requeued', position: 50, atMs: ago(2 * HOUR_MS), attempt: 1, detail: 'lost' },
      { type: 'allocated', position: 52, atMs: ago(2 * HOUR_MS), attempt: 2, detail: '2 members' }
    ],
    members: [
      { ...member, member: 0, node: 'n1', gpus: ['GPU-0', 'GPU-1', 'GPU-2', 'GPU-3'], gpuIndexes: [0, 1, 2, 3] },
      { ...member, member: 1, node: 'n2', gpus: ['GPU-4', 'GPU-5', 'GPU-6', 'GPU-7'], gpuIndexes: [0, 1, 2, 3] }
    ]
  }),
  detail(2, { ...running, name: 'half', state: 'running', request: { gpus: 1, gpuMilli: 500 }, nodes: ['n1'] }),
  detail(1, {
    ...running,
    name: 'broken\u001b[2J',
    tenant: 'bob',
    state: 'failed',
    endedMs: ago(HOUR_MS),
    exit: 'exited',
    exitCode: 3,
    nodes: ['n1'],
    members: [
      {
        ...member,
        member: 0,
        node: 'n1',
        gpus: ['GPU-0'],
        gpuIndexes: [0],
        endedMs: ago(HOUR_MS),
        exit: 'exited',
        code: 3,
        detail: 'out of memory'
      }
    ]
  }),
  detail(0, { ...running, name: 'hello', state: 'succeeded', endedMs: ago(HOUR_MS + 60_000), exit: 'exited', exitCode: 0, nodes: ['n2'] })
]

const node = (number: number, over: Partial<Node>, free: ReadonlyArray<number>): Node => ({
  node: `n${number}`,
  number,
  state: 'ready',
  reason: '',
  cpuMilli: 64_000,
  cpuFreeMilli: 32_500,
  memoryMib: 524_288,
  memoryFreeMib: 262_144,
  labels: { zone: 'a' },
  gpus: free.map((freeMilli, index) => ({
    index,
    uuid: `GPU-${number}-${index}`,
    model: 'H100',
    memoryMib: 81_559,
    freeMilli,
    jobs: freeMilli === 1000 ? [] : ['J3']
  })),
  stopAtMs: null,
  sinceMs: ago(24 * HOUR_MS),
  ...over
})

const nodes: ReadonlyArray<Node> = [
  node(1, {}, [0, 0, 0, 0, 500, 1000, 1000, 1000]),
  node(2, { state: 'cordoned', reason: 'replacing a fan' }, [0, 0, 0, 0, 1000, 1000, 1000, 1000])
]

const explanation: Explanation = {
  job: 'J5',
  number: 5,
  phase: 'pending',
  sinceMs: ago(5 * HOUR_MS),
  reasons: [
    { code: 'NodeCordoned', class: 'policy', needed: 1, available: 0, nodes: 1, detail: '1 of 2 nodes cordoned by an operator' },
    {
      code: 'GpuModelMismatch',
      class: 'never',
      needed: 8,
      available: 0,
      nodes: 2,
      detail: '2 of 2 nodes with too few GPUs of the asked models: 8 needed, 0 at most'
    }
  ],
  never: true,
  nodesTotal: 2,
  nodesFeasible: 0,
  ahead: 1
}

const hours = (values: ReadonlyArray<number>) => values.map((value, index) => ({ startMs: index * HOUR_MS, value }))

const usage: Usage = {
  by: 'tenant',
  sinceMs: 0,
  untilMs: 24 * HOUR_MS,
  rows: [
    { key: 'ann', gpuMilliMs: 36_000 * HOUR_MS, gpuMs: 36 * HOUR_MS, jobs: 3 },
    { key: 'bob', gpuMilliMs: 12_000 * HOUR_MS, gpuMs: 12 * HOUR_MS, jobs: 1 }
  ],
  allocatedGpuMilliMs: 48_000 * HOUR_MS,
  capacityGpuMilliMs: 384_000 * HOUR_MS,
  allocatedGpuMs: 48 * HOUR_MS,
  capacityGpuMs: 384 * HOUR_MS,
  hours: hours([0, 2, 4, 8, 12, 16, 6]).map(({ startMs, value }) => ({
    startMs,
    allocatedGpuMs: value * HOUR_MS,
    capacityGpuMs: 16 * HOUR_MS
  }))
}

const line = { job: null, hourMs: null, microPerGpuHour: 1_000_000, pricePosition: null, jobs: 1, positions: [], positionCount: 0 }

const forecast: Forecast = {
  model: 'H100',
  hours: hours([4, 8.5, 16]).map(({ startMs, value }) => ({ startMs, gpus: value, low: value / 2, high: value * 1.5 })),
  history: hours([1, 2, 3, 4, 5, 6, 7, 8]).map(({ startMs, value }) => ({ startMs, gpus: value })),
  errorGpus: 1.25,
  naiveErrorGpus: 1.5
}

/** The answers of the views; the rest of the backend stays what it is. */
export const fleet: Pick<Backend, 'jobs' | 'job' | 'nodes' | 'node' | 'explain' | 'queue' | 'usage' | 'bill' | 'forecast'> = {
  jobs: ({ state, tenant, limit, after = Number.POSITIVE_INFINITY }) =>
    TE.right(
      jobs
        .filter((job) => job.number < after && (state ?? job.state) === job.state && (tenant ?? job.tenant) === job.tenant)
        .slice(0, limit)
    ),
  job: (number) => TE.right(jobs.find((job) => job.number === number)),
  nodes: () => TE.right(nodes),
  node: (name) => TE.right(nodes.find((one) => one.node === name)),
  explain: (job) =>
    TE.right(job === 5 ? explanation : job === 3 ? { ...explanation, job: 'J3', phase: 'running', sinceMs: ago(2 * HOUR_MS) } : undefined),
  queue: () =>
    TE.right({
      rows: [
        { tenant: 'ann', model: 'H100', pending: 0, live: 2, gpusWanted: 0, gpusHeld: 8.5, oldestMs: null, waits: [] },
        {
          tenant: 'bob',
          model: '',
          pending: 1,
          live: 0,
          gpusWanted: 4,
          gpusHeld: 0,
          oldestMs: ago(5 * HOUR_MS),
          waits: [{ code: 'GpusBusy', sinceMs: ago(HOUR_MS), pending: 1 }]
        }
      ],
      pending: 1,
      live: 2
    }),
  usage: (by) => TE.right({ ...usage, by }),
  bill: () =>
    TE.right({
      sinceMs: 0,
      untilMs: 24 * HOUR_MS,
      rows: [
        { ...line, tenant: 'ann', model: 'H100', gpuMilliMs: 36_000 * HOUR_MS, gpuMs: 36 * HOUR_MS, costMicro: 1_234_567_890_000 },
        { ...line, tenant: 'bob', model: 'H100', gpuMilliMs: 12_000 * HOUR_MS, gpuMs: 12 * HOUR_MS, costMicro: 30_000_000 }
      ],
      totalMicro: 1_234_597_890_000,
      idle: [{ model: 'H100', gpuMilliMs: 336_000 * HOUR_MS, gpuMs: 336 * HOUR_MS, capacityGpuMilliMs: 384_000 * HOUR_MS }],
      idleGpuMilliMs: 336_000 * HOUR_MS,
      capacityGpuMilliMs: 384_000 * HOUR_MS,
      idleGpuMs: 336 * HOUR_MS,
      capacityGpuMs: 384 * HOUR_MS
    }),
  forecast: (model) => TE.right(model === undefined || model === 'H100' ? [forecast] : [])
}
