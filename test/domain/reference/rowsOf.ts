/** The rows of the production state. Two states are the same if and only if their rows are. */
import type { State } from '../../../domain/cluster/state.ts'
import {
  CANCEL_REQUESTED,
  CORDONED,
  DRAINING,
  Gpus,
  Holds,
  Jobs,
  Nodes,
  PHASE,
  RETIRED,
  Shapes,
  STOP_ORDERED
} from '../../../domain/cluster/tables.ts'
import { entriesOf } from '../../../domain/cluster/ids.ts'
import { OUTCOMES, STOP_REASONS } from '../../../domain/events/decisions.ts'
import { EXITS } from '../../../domain/events/inputs.ts'
import { waitCodesOf } from '../../../domain/events/waits.ts'
import { countOf, nameOf, type Names } from '../../../domain/kernel/names.ts'
import { at, readShelf } from '../../../domain/kernel/shelf.ts'
import { read } from '../../../domain/kernel/table.ts'
import type { RefHold } from './model.ts'
import type { JobRow, NodeRow, Rows } from './rows.ts'

const PHASES = Object.keys(PHASE)
const STAGES = ['free', 'allocated', 'running', 'finished'] as const

export const rowsOf = (state: State): Rows => {
  const gpus = read(state.gpus)
  const shapes = read(state.shapes)
  return {
    jobs: numbers(state.jobs.size).map((row) => jobRow(state, row)),
    nodes: numbers(state.nodes.size).map((row) => nodeRow(state, row)),
    gpus: numbers(state.gpus.size).map((row) => ({
      node: Gpus.column.node.get(gpus, row),
      model: Gpus.column.model.get(gpus, row),
      memoryMib: Gpus.column.memoryMib.get(gpus, row),
      freeMilli: Gpus.column.freeMilli.get(gpus, row)
    })),
    shapes: numbers(state.shapes.size).map((row) => ({
      request: at(readShelf(state.shapeFacts), row),
      submitted: Shapes.column.submitted.get(shapes, row),
      pending: Shapes.column.pending.get(shapes, row),
      waits: [...waitCodesOf(Shapes.column.waitMask.get(shapes, row))].sort()
    })),
    tenants: namesOf(state.tenants),
    models: namesOf(state.models),
    labels: namesOf(state.labels),
    newest: Object.fromEntries(namesOf(state.nodeNames).map((name, number) => [name, at(readShelf(state.newestNode), number)])),
    ids: [...entriesOf(state.ids)].map(({ key, digest, job, atMs }) => ({ key, digest, job, atMs })),
    windowStartMs: state.ids.windowStartMs,
    policy: state.policy,
    targets: state.targets,
    targetsSubmitted: state.targetsSubmitted,
    submitted: state.submitted,
    pending: state.pending,
    live: state.live,
    forgottenTo: state.forgottenTo,
    events: state.events,
    atMs: state.atMs
  }
}

const numbers = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, number) => number)
const namesOf = (names: Names): ReadonlyArray<string> => numbers(countOf(names)).map((number) => nameOf(names, number))
/** 0 is none, else 1 + the index in a list of words. */
const wordOf = (words: ReadonlyArray<string>, value: number): string => (value === 0 ? '' : words[value - 1]!)

const jobRow = (state: State, row: number): JobRow | null => {
  const jobs = read(state.jobs)
  const get = (column: keyof typeof Jobs.column): number => Jobs.column[column].get(jobs, row)
  if (get('phase') === PHASE.forgotten) return null
  return {
    phase: PHASES[get('phase')]!,
    tenant: get('tenant'),
    shape: get('shape'),
    priority: get('priority'),
    retries: get('retries'),
    maxRuntimeMs: get('maxRuntimeMs'),
    submittedAtMs: get('submittedAtMs'),
    position: get('position'),
    cancelRequested: (get('flags') & CANCEL_REQUESTED) !== 0,
    stopOrdered: (get('flags') & STOP_ORDERED) !== 0,
    attempt: get('attempt'),
    retriesUsed: get('retriesUsed'),
    lostUsed: get('lostUsed'),
    failure: wordOf(EXITS, get('failure')),
    stopReason: wordOf(STOP_REASONS, get('stopReason')),
    outcome: wordOf(OUTCOMES, get('outcome')),
    sinceMs: get('sinceMs'),
    living: get('living'),
    holds: holdsOf(state, get('firstHold'))
  }
}

const holdsOf = (state: State, first: number): ReadonlyArray<RefHold> => {
  const holds = read(state.holds)
  const nodes = read(state.nodes)
  const rows: Array<RefHold> = []
  for (let row = first; row >= 0; row = Holds.column.next.get(holds, row)) {
    const node = Holds.column.node.get(holds, row)
    const mask = Holds.column.gpuMask.get(holds, row)
    const firstGpu = Nodes.column.firstGpu.get(nodes, node)
    const stage = STAGES[Holds.column.stage.get(holds, row)]!
    if (stage === 'free') throw new Error(`the hold ${row} of a job is free`)
    rows.push({
      node,
      gpus: numbers(32)
        .filter((bit) => (mask & (1 << bit)) !== 0)
        .map((bit) => firstGpu + bit),
      stage
    })
  }
  return rows
}

const nodeRow = (state: State, row: number): NodeRow => {
  const nodes = read(state.nodes)
  const get = (column: keyof typeof Nodes.column): number => Nodes.column[column].get(nodes, row)
  const facts = at(readShelf(state.nodeFacts), row)
  const flags = get('flags')
  return {
    name: facts.name,
    boot: facts.boot,
    labels: facts.labels,
    cpuMilli: get('cpuMilli'),
    memoryMib: get('memoryMib'),
    cpuFree: get('cpuFree'),
    memoryFree: get('memoryFree'),
    firstGpu: get('firstGpu'),
    gpuCount: get('gpuCount'),
    uuids: facts.gpus.map((gpu) => gpu.uuid),
    flags: [
      ...((flags & CORDONED) !== 0 ? ['cordoned'] : []),
      ...((flags & DRAINING) !== 0 ? ['draining'] : []),
      ...((flags & RETIRED) !== 0 ? ['retired'] : [])
    ],
    holds: get('holds'),
    stopAtMs: get('stopAtMs'),
    reason: facts.reason
  }
}
