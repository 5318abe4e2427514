/**
 * One run of the packing experiment: pods are submitted one by one to the pool's own step, and a pod that is not placed at once is
 * cancelled. Nothing here knows how a node is chosen.
 */
import { initial, type State } from '../../domain/cluster/state.ts'
import type { Input } from '../../domain/events/input.ts'
import { inputTypes, type Said } from '../../domain/events/inputs.ts'
import { defaultPolicy, type Policy, type TargetShape } from '../../domain/events/policy.ts'
import { modelNo } from '../../domain/kernel/ids.ts'
import { numberOf } from '../../domain/kernel/names.ts'
import { mindOf, step, type Mind } from '../../domain/step.ts'
import { randomOf } from '../bench/bench.ts'
import type { OpenbPod } from '../../infra/traces/openb.ts'
import { gpuMilliOf, type Workload } from './workload.ts'

export interface Packed {
  /** Unallocated share of all GPUs when as much as all of them was asked for, in percent. */
  readonly unallocatedAt100: number
  readonly pods: number
  readonly placed: number
}

/** Target shapes cover so much of the tasks, the most frequent first. */
const COVERED = 0.95
const AT_MS = 1_700_000_000_000

export const packed = (workload: Workload, placement: Policy['placement'], seed: number): Packed => {
  const say = inputs(seed)
  const register = workload.nodes.map((node) => say({ type: 'fastgpu.node.register', data: node }))
  let mind = takeAll(mindOf(initial()), register)
  const policy: Policy = { ...defaultPolicy, placement, seed, targets: targetsOf(mind.state, workload.original) }
  mind = takeAll(mind, [say({ type: 'fastgpu.policy.set', data: { policy } })])
  let arrivedMilli = 0
  let usedMilli = 0
  let placed = 0
  let sum = 0
  let events = 0
  let missed: ReadonlyArray<Input> = []
  for (const { name, request } of workload.pods) {
    const job = mind.state.jobs.size
    const submit = say({ type: 'fastgpu.job.submit', data: { tenant: 'openb', name, request, body: '' } })
    const stepped = step(mind, [...missed, submit], [], AT_MS)
    if (stepped.taken !== missed.length + 1 || stepped.breaches.length > 0) throw new Error('the step did not do as it was told')
    mind = stepped.mind
    const isPlaced = stepped.decisions.some((decision) => decision.type === 'JobAllocated' && decision.job === job)
    missed = isPlaced ? [] : [say({ type: 'fastgpu.job.cancel', data: { job, reason: 'does not fit' } })]
    arrivedMilli += gpuMilliOf(request)
    if (isPlaced) {
      usedMilli += gpuMilliOf(request)
      placed += 1
    }
    if (Math.round((100 * arrivedMilli) / workload.gpuMilliTotal) !== 100) continue
    sum += 100 - (100 * usedMilli) / workload.gpuMilliTotal
    events += 1
  }
  return { unallocatedAt100: sum / events, pods: workload.pods.length, placed }
}

const takeAll = (from: Mind, given: ReadonlyArray<Input>): Mind => {
  let mind = from
  for (let taken = 0; taken < given.length;) {
    const stepped = step(mind, given.slice(taken), [], AT_MS)
    taken += stepped.taken
    mind = stepped.mind
  }
  return mind
}

/** The most frequent (CPU, share, GPUs, models) of the workload, as FGD's authors count them: the larger one first among equals. */
const targetsOf = (state: State, pods: ReadonlyArray<OpenbPod>): ReadonlyArray<TargetShape> => {
  const counts = new Map<string, { readonly pod: OpenbPod; count: number }>()
  for (const pod of pods) {
    const { cpuMilli, gpuMilli, gpus } = pod.request
    // By the spelling of the list: where it names a model twice, it is another shape for them.
    const key = JSON.stringify([cpuMilli, gpuMilli, gpus, pod.spec])
    const known = counts.get(key)
    if (known === undefined) counts.set(key, { pod, count: 1 })
    else known.count += 1
  }
  const targets: Array<TargetShape> = []
  let covered = 0
  for (const { pod, count } of [...counts.values()].sort((one, other) => other.count - one.count || bySize(other.pod, one.pod))) {
    if (covered >= COVERED * pods.length) break
    const { cpuMilli = 0, gpuMilli = 1000, gpus, gpuModels = [] } = pod.request
    const models = gpuModels.map((choice) => choice.map((model) => modelNo(numberOf(state.models, model))))
    targets.push({ shape: { nodes: 1, gpus, gpuMilli, models, gpuMemoryMib: 0, cpuMilli, memoryMib: 0, labels: [] }, weight: count })
    covered += count
  }
  return targets
}

const bySize = ({ request: one, spec }: OpenbPod, { request: other, spec: otherSpec }: OpenbPod): number => {
  const milliOf = (request: OpenbPod['request']): number => (request.gpus > 0 ? (request.gpuMilli ?? 1000) : 0)
  return (
    (one.cpuMilli ?? 0) - (other.cpuMilli ?? 0) ||
    milliOf(one) - milliOf(other) ||
    one.gpus - other.gpus ||
    (spec < otherSpec ? -1 : spec > otherSpec ? 1 : 0)
  )
}

/** Numbers the inputs of a run; their keys look like the hashes that they stand for. */
const inputs = (seed: number): ((said: Said) => Input) => {
  const random = randomOf(seed)
  let number = 0
  const hex = (words: number): string => {
    let text = ''
    for (let word = 0; word < words; word++)
      text += random(2 ** 32)
        .toString(16)
        .padStart(8, '0')
    return text
  }
  return (said) => ({
    stream: inputTypes[said.type].stream,
    position: number++,
    cause: { source: 'quality', id: String(number), key: hex(4), digest: '0123456789abcdef' },
    sha256: '0'.repeat(64),
    timeMs: AT_MS,
    said
  })
}
