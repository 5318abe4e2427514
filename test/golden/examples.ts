/**
 * One example of each stored version of each event and input, with every field there. The golden files hold their bytes as they were
 * first written and are never changed; what they decode to today must equal these values.
 */
import { jobNo, labelNo, modelNo, nodeNo, gpuNo, shapeNo, tenantNo } from '../../domain/kernel/ids.ts'
import type { Event } from '../../domain/events/event.ts'
import type { InputType, Said } from '../../domain/events/inputs.ts'
import type { Policy } from '../../domain/events/policy.ts'
import type { Request, Shape } from '../../domain/events/request.ts'

const cause = {
  source: '/clients/ada',
  id: '5f0c-1',
  key: '00112233445566778899aabbccddeeff',
  digest: '0123456789abcdef'
}
const request: Request = {
  gpus: 4,
  nodes: 2,
  gpuMilli: 1000,
  gpuModels: [['H100', 'H200'], ['A100 80GB']],
  gpuMemoryMib: 80_000,
  cpuMilli: 16_000,
  memoryMib: 262_144,
  labels: { zone: 'eu-1a', disk: 'nvme' }
}
const shape: Shape = {
  nodes: 2,
  gpus: 4,
  gpuMilli: 1000,
  models: [[modelNo(0), modelNo(1)], [modelNo(2)]],
  gpuMemoryMib: 80_000,
  cpuMilli: 16_000,
  memoryMib: 262_144,
  labels: [labelNo(0), labelNo(3)]
}
const policy: Policy = {
  placement: 'fgd',
  seed: 7,
  order: 'strict',
  lostRetriesMax: 3,
  retryDelayMs: 1_000,
  retryDelayMsMax: 300_000,
  stopGraceMs: 10_000,
  leases: true,
  keepEndedMs: 86_400_000,
  targets: [{ shape, weight: 12 }]
}
const by = 'ada'
const atMs = 1_764_057_600_000

/** By tag of the stored version; `.v1` is left out of the tags themselves. */
export const eventExamples: { readonly [T in Event['type']]: Extract<Event, { readonly type: T }> } = {
  TenantNamed: { type: 'TenantNamed', tenant: tenantNo(3), name: 'vision-lab' },
  ModelNamed: { type: 'ModelNamed', model: modelNo(2), name: 'A100 80GB' },
  LabelNamed: { type: 'LabelNamed', label: labelNo(3), key: 'zone', value: 'eu-1a' },
  ShapeDefined: { type: 'ShapeDefined', shape: shapeNo(9), request: shape },
  NodeRegistered: {
    type: 'NodeRegistered',
    node: nodeNo(5),
    name: 'gpu-05.rack2',
    boot: '3c9e',
    cpuMilli: 128_000,
    memoryMib: 1_031_584,
    labels: [labelNo(0), labelNo(3)],
    firstGpu: gpuNo(40),
    gpus: [
      { uuid: 'GPU-9f1c', model: modelNo(0), memoryMib: 81_559 },
      { uuid: 'GPU-a07e', model: modelNo(0), memoryMib: 81_559 }
    ],
    cordoned: 'fan broken'
  },
  NodeRebooted: { type: 'NodeRebooted', node: nodeNo(5), boot: '3c9f' },
  NodeRetired: { type: 'NodeRetired', node: nodeNo(5), reason: 'replaced by N9' },
  NodeCordoned: { type: 'NodeCordoned', cause, node: nodeNo(5), reason: 'fan broken', by },
  NodeUncordoned: { type: 'NodeUncordoned', cause, node: nodeNo(5), by, reason: 'fan replaced' },
  NodeDrained: { type: 'NodeDrained', cause, node: nodeNo(5), reason: 'kernel update', stopAtMs: atMs + 3_600_000, by },
  PolicySet: { type: 'PolicySet', cause, policy, by },
  PriceSet: { type: 'PriceSet', cause, model: modelNo(0), microPerGpuHour: 2_490_000, by },
  JobSubmitted: {
    type: 'JobSubmitted',
    cause,
    job: jobNo(1_234_567),
    tenant: tenantNo(3),
    shape: shapeNo(9),
    priority: -5,
    maxRuntimeMs: 7_200_000,
    retries: 2,
    name: 'train "größer" ✓',
    body: '{"command":["python","train.py"],"cwd":"/home/ada"}',
    by
  },
  CancelRequested: { type: 'CancelRequested', cause, job: jobNo(1_234_567), reason: 'wrong data', by },
  InputRefused: {
    type: 'InputRefused',
    cause,
    stream: 'jobs',
    input: 'fastgpu.job.submit',
    reasons: [
      { code: 'FG_GANG_TOO_LARGE', message: '4000 nodes of 8 GPUs are 32000 GPUs' },
      { code: 'FG_FRACTION_WITHOUT_GPU', message: 'gpuMilli is 500, but gpus is 0' }
    ]
  },
  InputNoted: { type: 'InputNoted', cause, input: 'fastgpu.node.cordon' },
  InputQuarantined: {
    type: 'InputQuarantined',
    stream: 'orders',
    position: 17,
    sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    reason: 'not JSON'
  },
  InputGap: { type: 'InputGap', stream: 'heartbeats', from: 100, to: 250 },
  RunStarted: { type: 'RunStarted', job: jobNo(1_234_567), attempt: 2, member: 1, startedMs: atMs },
  RunFinished: {
    type: 'RunFinished',
    job: jobNo(1_234_567),
    attempt: 2,
    member: 1,
    exit: 'signalled',
    code: 9,
    endedMs: atMs + 1,
    detail: 'killed: out of memory'
  },
  ClockStepped: { type: 'ClockStepped', fromMs: atMs, toMs: atMs + 90_000 },
  PlanFailed: { type: 'PlanFailed', reason: 'invariant broken: GpuWithinOne' },
  JobAllocated: {
    type: 'JobAllocated',
    job: jobNo(1_234_567),
    attempt: 2,
    tasks: [
      { node: nodeNo(5), gpus: [gpuNo(40), gpuNo(41)] },
      { node: nodeNo(7), gpus: [gpuNo(56), gpuNo(57)] }
    ]
  },
  StopOrdered: { type: 'StopOrdered', job: jobNo(1_234_567), attempt: 2, reason: 'maxRuntime', graceMs: 10_000 },
  JobRequeued: { type: 'JobRequeued', job: jobNo(1_234_567), attempt: 2, reason: 'lost', notBeforeMs: atMs + 2_000 },
  JobEnded: { type: 'JobEnded', job: jobNo(1_234_567), outcome: 'timedOut' },
  WaitReasonsChanged: { type: 'WaitReasonsChanged', shape: shapeNo(9), codes: ['GpuModelMismatch', 'GpusBusy'] },
  TargetsChosen: { type: 'TargetsChosen', submitted: 1000, targets: [{ shape, weight: 12 }] },
  JobsForgotten: { type: 'JobsForgotten', from: jobNo(1024), to: jobNo(3072) }
}

const run = { node: 'gpu-05.rack2', boot: '3c9e', job: 1_234_567, attempt: 2, member: 1 }

export const inputExamples: { readonly [T in InputType]: Extract<Said, { readonly type: T }>['data'] } = {
  'fastgpu.job.submit': {
    tenant: 'vision-lab',
    request,
    body: '{"command":["python","train.py"],"cwd":"/home/ada"}',
    name: 'train "größer" ✓',
    priority: -5,
    maxRuntimeMs: 7_200_000,
    retries: 2,
    by
  },
  'fastgpu.job.cancel': { job: 1_234_567, reason: 'wrong data', by },
  'fastgpu.node.cordon': { node: 'gpu-05.rack2', reason: 'fan broken', by },
  'fastgpu.node.uncordon': { node: 'gpu-05.rack2', by, reason: 'fan replaced' },
  'fastgpu.node.drain': { node: 'gpu-05.rack2', reason: 'kernel update', stopAtMs: atMs + 3_600_000, by },
  'fastgpu.policy.set': { policy, by },
  'fastgpu.price.set': { model: 'H100', microPerGpuHour: 2_490_000, by },
  'fastgpu.node.register': {
    node: 'gpu-05.rack2',
    boot: '3c9e',
    cpuMilli: 128_000,
    memoryMib: 1_031_584,
    gpus: [
      { uuid: 'GPU-9f1c', model: 'H100', memoryMib: 81_559 },
      { uuid: 'GPU-a07e', model: 'H100', memoryMib: 81_559 }
    ],
    labels: { zone: 'eu-1a', disk: 'nvme' }
  },
  'fastgpu.node.heartbeat': { node: 'gpu-05.rack2', boot: '3c9e', seq: 42 },
  'fastgpu.run.started': { ...run, startedMs: atMs },
  'fastgpu.run.finished': { ...run, exit: 'signalled', code: 9, endedMs: atMs + 1, detail: 'killed: out of memory' },
  'fastgpu.leader.beat': {
    leader: 'host-a:4711',
    epoch: 3,
    round: 9_000,
    head: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    next: { jobs: 10, orders: 4, heartbeats: 900 }
  }
}
