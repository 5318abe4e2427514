/** What the reference model remembers: plain objects and lists, and nothing that could be worked out from the rest. */
import { defaultPolicy, type Policy, type TargetShape } from '../../../domain/events/policy.ts'
import type { Shape } from '../../../domain/events/request.ts'
import type { Window } from '../../../domain/cluster/ids.ts'

export interface RefHold {
  readonly node: number
  readonly gpus: ReadonlyArray<number>
  stage: 'allocated' | 'running' | 'finished'
}
export interface RefJob {
  phase: 'forgotten' | 'pending' | 'allocated' | 'running' | 'ended'
  readonly tenant: number
  readonly shape: number
  readonly priority: number
  readonly retries: number
  readonly maxRuntimeMs: number
  readonly submittedAtMs: number
  readonly position: number
  cancelRequested: boolean
  stopOrdered: boolean
  attempt: number
  retriesUsed: number
  lostUsed: number
  failure: string
  stopReason: string
  outcome: string
  sinceMs: number
  holds: Array<RefHold>
}
export interface RefNode {
  readonly name: string
  boot: string
  readonly labels: ReadonlyArray<number>
  readonly cpuMilli: number
  readonly memoryMib: number
  readonly firstGpu: number
  readonly gpus: ReadonlyArray<{ readonly uuid: string; readonly model: number; readonly memoryMib: number }>
  readonly flags: Set<'cordoned' | 'draining' | 'retired'>
  stopAtMs: number
  reason: string
}
export interface RefShape {
  readonly request: Shape
  submitted: number
  waits: ReadonlyArray<string>
}
export interface Reference {
  readonly window: Window
  jobs: Array<RefJob>
  nodes: Array<RefNode>
  shapes: Array<RefShape>
  tenants: Array<string>
  models: Array<string>
  labels: Array<string>
  ids: Array<{ readonly key: string; readonly digest: string; readonly job: number; readonly atMs: number }>
  windowStartMs: number
  policy: Policy
  targets: ReadonlyArray<TargetShape>
  targetsSubmitted: number
  forgottenTo: number
  events: number
  atMs: number
}

export const emptyReference = (window: Window): Reference => ({
  window,
  jobs: [],
  nodes: [],
  shapes: [],
  tenants: [],
  models: [],
  labels: [],
  ids: [],
  windowStartMs: 0,
  policy: defaultPolicy,
  targets: [],
  targetsSubmitted: 0,
  forgottenTo: 0,
  events: 0,
  atMs: 0
})

export const gpuCountOf = (model: Reference): number => model.nodes.reduce((sum, node) => sum + node.gpus.length, 0)

export const isLive = (job: RefJob): boolean => job.phase === 'allocated' || job.phase === 'running'
