/** What `plan` answered: the second half of a round. Every version here is stored for ever; a shipped one never changes. */
import * as t from 'io-ts'
import { count, exactly, GpuNumber, integer, JobNumber, list, NodeNumber, oneOf, ShapeNumber } from './codec.ts'
import { TargetShape } from './policy.ts'
import { GANG_NODES_MAX, GPUS_PER_NODE_MAX } from './request.ts'

const type = <const T extends string>(name: T): t.LiteralC<T> => t.literal(name)
const attempt = integer(1, 2 ** 31 - 1)

/** What one member of a job holds: its place in `tasks` is its member number. */
export const Task = exactly({ node: NodeNumber, gpus: list(GpuNumber, 0, GPUS_PER_NODE_MAX) })
export type Task = t.TypeOf<typeof Task>

/** All members of the job at once, or none. Each listed GPU is held by the share that the job's shape names. */
export const JobAllocated = exactly({ type: type('JobAllocated'), job: JobNumber, attempt, tasks: list(Task, 1, GANG_NODES_MAX) })

export const STOP_REASONS = ['cancelled', 'maxRuntime', 'drained', 'memberFailed'] as const
export type StopReason = (typeof STOP_REASONS)[number]
/** The agents of the attempt's living members end its processes: politely at once, hard after `graceMs`. */
export const StopOrdered = exactly({ type: type('StopOrdered'), job: JobNumber, attempt, reason: oneOf(...STOP_REASONS), graceMs: count })

export const REQUEUE_REASONS = ['failed', 'lost', 'drained'] as const
/** The attempt is over and the job waits again, from `notBeforeMs` on. */
export const JobRequeued = exactly({
  type: type('JobRequeued'),
  job: JobNumber,
  attempt,
  reason: oneOf(...REQUEUE_REASONS),
  notBeforeMs: count
})

export const OUTCOMES = ['succeeded', 'failed', 'cancelled', 'timedOut'] as const
export type Outcome = (typeof OUTCOMES)[number]
export const JobEnded = exactly({ type: type('JobEnded'), job: JobNumber, outcome: oneOf(...OUTCOMES) })

/** Why a pending job can wait: domain/placement/filters.ts counts nodes under the first ten, the others are about order and time. */
export const WAIT_CODES = [
  'NodeCordoned',
  'NodeDraining',
  'LabelsMissing',
  'GpuModelMismatch',
  'GpuMemoryTooSmall',
  'GpusTooFew',
  'CpuTooSmall',
  'MemoryTooSmall',
  'GpusBusy',
  'CpuBusy',
  'MemoryBusy',
  'NodesTooFew',
  'ModelsSplit',
  'BehindBlockedJob',
  'RetryDelay',
  'RoundFull'
] as const
export type WaitCode = (typeof WAIT_CODES)[number]
/** The jobs of this shape wait for another set of reasons than before; empty: none waits for a resource any more. */
export const WaitReasonsChanged = exactly({
  type: type('WaitReasonsChanged'),
  shape: ShapeNumber,
  codes: list(oneOf(...WAIT_CODES), 0, WAIT_CODES.length)
})

/** The workload that FGD protects room for, where the policy does not name it: the most frequent shapes submitted so far. */
export const TargetsChosen = exactly({ type: type('TargetsChosen'), submitted: count, targets: list(TargetShape, 0, 1000) })

/** Jobs `from` to `to` - 1 ended so long ago that the state forgets them; the views do not. */
export const JobsForgotten = exactly({ type: type('JobsForgotten'), from: JobNumber, to: JobNumber })

/** By stored tag, as the facts are. */
export const decisionCodecs = {
  JobAllocated,
  StopOrdered,
  JobRequeued,
  JobEnded,
  WaitReasonsChanged,
  TargetsChosen,
  JobsForgotten
} as const

export type Decision = t.TypeOf<(typeof decisionCodecs)[keyof typeof decisionCodecs]>
