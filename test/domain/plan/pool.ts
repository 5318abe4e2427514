/**
 * A small pool for tests of plan: facts go in, decisions come out and are folded, as the scheduler does it. Every decision is checked
 * against the invariants, and every plan against that of a planner that starts afresh.
 */
import { expect } from 'vitest'
import { fold } from '../../../domain/cluster/fold.ts'
import { breaches } from '../../../domain/cluster/invariants.ts'
import { initial, keep, type State } from '../../../domain/cluster/state.ts'
import { Jobs, Holds } from '../../../domain/cluster/tables.ts'
import { shapeKey } from '../../../domain/cluster/shapeKey.ts'
import type { Decision } from '../../../domain/events/decisions.ts'
import type { Event, Fact } from '../../../domain/events/event.ts'
import type { Exit } from '../../../domain/events/inputs.ts'
import { defaultPolicy, type Policy } from '../../../domain/events/policy.ts'
import type { Shape } from '../../../domain/events/request.ts'
import { numberOf } from '../../../domain/kernel/names.ts'
import { read } from '../../../domain/kernel/table.ts'
import { explain, type Explanation } from '../../../domain/policies/explain.ts'
import { planner, type Planned, type Planner } from '../../../domain/policies/planner.ts'
import { decoded } from '../arbitraries/events.ts'

export interface NodeSpec {
  readonly gpus?: number
  /** One name for all GPUs, or one for each. */
  readonly models?: ReadonlyArray<string>
  readonly gpuMemoryMib?: number
  readonly cpuMilli?: number
  readonly memoryMib?: number
  readonly labels?: ReadonlyArray<string>
}

export interface JobSpec extends Partial<Omit<Shape, 'models' | 'labels'>> {
  readonly models?: ReadonlyArray<ReadonlyArray<string>>
  readonly labels?: ReadonlyArray<string>
  readonly priority?: number
  readonly retries?: number
  readonly maxRuntimeMs?: number
}

export interface Pool {
  readonly state: () => State
  readonly nowMs: () => number
  readonly learn: (facts: ReadonlyArray<object>) => void
  readonly node: (spec: NodeSpec) => number
  readonly submit: (spec: JobSpec) => number
  readonly policy: (some: Partial<Policy>) => void
  readonly cancel: (job: number) => void
  readonly start: (job: number, member?: number) => void
  readonly finish: (job: number, exit?: Exit, code?: number, member?: number) => void
  readonly cordon: (node: number) => void
  readonly uncordon: (node: number) => void
  readonly drain: (node: number, stopAtMs?: number) => void
  readonly retire: (node: number) => void
  readonly pass: (ms: number) => void
  /** Plans, checks, and folds what was decided. */
  readonly plan: () => Planned
  /** What was decided, without the changes of waiting reasons. */
  readonly decide: () => ReadonlyArray<Decision>
  readonly explain: (job: number) => Explanation
  readonly nodesOf: (job: number) => ReadonlyArray<number>
  readonly phaseOf: (job: number) => number
}

export const START_MS = 1_700_000_000_000

export const poolOf = (given: State = initial(), startMs = START_MS, indexBytesMax?: number): Pool => {
  let state = given
  let atMs = startMs
  const kept: Planner = planner(state, indexBytesMax)
  let causes = 0
  const cause = (): object => {
    causes += 1
    return { source: 'test', id: `c${causes}`, key: causes.toString(16).padStart(32, '0'), digest: '0'.repeat(16) }
  }
  const learn = (facts: ReadonlyArray<object>): void => {
    const all = facts.map((fact) => decoded(fact as { type: string })) as ReadonlyArray<Fact>
    state = fold(state, all, atMs)
    kept.learn(state, all)
  }
  const named = (kind: 'models' | 'labels', name: string): number => {
    const known = numberOf(state[kind], name)
    if (known >= 0) return known
    const number = state[kind].texts.size
    const [key, value] = name.split('=')
    learn([
      kind === 'models' ? { type: 'ModelNamed', model: number, name } : { type: 'LabelNamed', label: number, key, value: value ?? '' }
    ])
    return number
  }
  const job = (row: number, column: keyof typeof Jobs.column): number => Jobs.column[column].get(read(state.jobs), row)
  const plan = (): Planned => {
    const afresh = planner(keep(state)).plan(state, atMs)
    const planned = kept.plan(state, atMs)
    expect(planned).toEqual(afresh)
    state = fold(state, planned.decisions, atMs)
    expect(breaches(state)).toEqual([])
    return planned
  }
  const run = (row: number, member: number): object => ({ job: row, attempt: job(row, 'attempt'), member })
  return {
    state: () => state,
    nowMs: () => atMs,
    learn,
    node: (spec) => {
      const { models = ['H100'], gpuMemoryMib = 81_920, cpuMilli = 128_000, memoryMib = 1_048_576, labels = [] } = spec
      const count = spec.gpus ?? 8
      const gpus = Array.from({ length: count }, (_, index) => ({
        uuid: `GPU-${index}`,
        model: named('models', models[index] ?? models[0]!),
        memoryMib: gpuMemoryMib
      }))
      const node = state.nodes.size
      const numbers = labels.map((label) => named('labels', label))
      learn([
        { type: 'NodeRegistered', node, name: `n${node}`, boot: 'b', cpuMilli, memoryMib, labels: numbers, firstGpu: state.gpus.size, gpus }
      ])
      return node
    },
    submit: (spec) => {
      const { priority = 0, retries = 0, maxRuntimeMs = 0, models = [], labels = [], ...asked } = spec
      const request = {
        nodes: 1,
        gpus: 1,
        gpuMilli: 1000,
        gpuMemoryMib: 0,
        cpuMilli: 0,
        memoryMib: 0,
        ...asked,
        models: models.map((choice) => choice.map((name) => named('models', name))),
        labels: labels.map((label) => named('labels', label))
      } as unknown as Shape
      const facts: Array<object> = []
      if (state.tenants.texts.size === 0) facts.push({ type: 'TenantNamed', tenant: 0, name: 'ada' })
      const known = numberOf(state.shapeKeys, shapeKey(request))
      const shape = known >= 0 ? known : state.shapes.size
      if (known < 0) facts.push({ type: 'ShapeDefined', shape, request })
      const number = state.jobs.size
      facts.push({
        type: 'JobSubmitted',
        cause: cause(),
        job: number,
        tenant: 0,
        shape,
        priority,
        maxRuntimeMs,
        retries,
        name: '',
        body: '{}'
      })
      learn(facts)
      return number
    },
    policy: (some) => learn([{ type: 'PolicySet', cause: cause(), policy: { ...defaultPolicy, ...some } }]),
    cancel: (row) => learn([{ type: 'CancelRequested', cause: cause(), job: row, reason: '' }]),
    start: (row, member = 0) => learn([{ type: 'RunStarted', ...run(row, member), startedMs: atMs }]),
    finish: (row, exit = 'exited', code = 0, member = 0) =>
      learn([{ type: 'RunFinished', ...run(row, member), exit, code, endedMs: atMs }]),
    cordon: (node) => learn([{ type: 'NodeCordoned', cause: cause(), node, reason: 'fan' }]),
    uncordon: (node) => learn([{ type: 'NodeUncordoned', cause: cause(), node }]),
    drain: (node, stopAtMs = -1) => learn([{ type: 'NodeDrained', cause: cause(), node, reason: 'fan', stopAtMs }]),
    retire: (node) => learn([{ type: 'NodeRetired', node, reason: 'gone' }]),
    pass: (ms) => {
      atMs += ms
    },
    plan,
    decide: () => plan().decisions.filter((decision) => decision.type !== 'WaitReasonsChanged'),
    explain: (row) => explain(state, row as Parameters<typeof explain>[1], atMs),
    nodesOf: (row) => {
      const holds = read(state.holds)
      const nodes: Array<number> = []
      for (let hold = job(row, 'firstHold'); hold >= 0; hold = Holds.column.next.get(holds, hold))
        nodes.push(Holds.column.node.get(holds, hold))
      return nodes
    },
    phaseOf: (row) => job(row, 'phase')
  }
}

export const typesOf = (events: ReadonlyArray<Event>): ReadonlyArray<string> => events.map((event) => event.type)
