/**
 * The state of a pool: what decides, and nothing else. It is the fold of the pool's accepted events, and is spent by the next fold
 * unless it was kept. Design size: 1,000,000 queued jobs and 100,000 GPUs.
 */
import type { TargetShape, Policy } from '../events/policy.ts'
import { defaultPolicy } from '../events/policy.ts'
import type { GpuFacts } from '../events/inputs.ts'
import type { Shape } from '../events/request.ts'
import type { LabelNo, ModelNo } from '../kernel/ids.ts'
import { emptyNames, keepNames, type Names } from '../kernel/names.ts'
import { emptyShelf, keepShelf, type Shelf } from '../kernel/shelf.ts'
import { keep as keepTable, type Table } from '../kernel/table.ts'
import { emptyIds, keepIds, WINDOW, type RememberedIds, type Window } from './ids.ts'
import { Gpus, Holds, Jobs, Nodes, Shapes } from './tables.ts'

/** What a node said of itself when it registered. Its row in `nodes` has the numbers that change. */
export interface NodeFacts {
  readonly name: string
  readonly boot: string
  readonly labels: ReadonlyArray<LabelNo>
  readonly gpus: ReadonlyArray<{ readonly uuid: GpuFacts['uuid']; readonly model: ModelNo; readonly memoryMib: number }>
  /** Why it is cordoned, draining or retired; empty when it is none of these. */
  readonly reason: string
}

export interface State {
  readonly jobs: Table
  readonly holds: Table
  readonly nodes: Table
  readonly gpus: Table
  readonly shapes: Table
  readonly shapeFacts: Shelf<Shape>
  readonly nodeFacts: Shelf<NodeFacts>
  readonly tenants: Names
  readonly models: Names
  /** Printed as key=value. */
  readonly labels: Names
  /** Canonical texts of the shapes, so that equal requests find their number. */
  readonly shapeKeys: Names
  /** All names that nodes had; `newestNode` has at a name's number the newest node of that name. */
  readonly nodeNames: Names
  readonly newestNode: Shelf<number>
  readonly ids: RememberedIds
  readonly policy: Policy
  readonly targets: ReadonlyArray<TargetShape>
  /** How many submissions there were when the targets were chosen. */
  readonly targetsSubmitted: number
  readonly submitted: number
  /** Jobs in each phase that is not the end. */
  readonly pending: number
  readonly live: number
  /** The first row of the list of free holds; -1: none. */
  readonly freeHold: number
  /** Jobs below this number are forgotten. */
  readonly forgottenTo: number
  /** Accepted events folded so far, which is the position of the next. */
  readonly events: number
  /** `at` of the round that was folded last. */
  readonly atMs: number
}

export const initial = (window: Window = WINDOW): State => ({
  jobs: Jobs.empty(),
  holds: Holds.empty(),
  nodes: Nodes.empty(),
  gpus: Gpus.empty(),
  shapes: Shapes.empty(),
  shapeFacts: emptyShelf(),
  nodeFacts: emptyShelf(),
  tenants: emptyNames(),
  models: emptyNames(),
  labels: emptyNames(),
  shapeKeys: emptyNames(),
  nodeNames: emptyNames(),
  newestNode: emptyShelf(),
  ids: emptyIds(window),
  policy: defaultPolicy,
  targets: [],
  targetsSubmitted: 0,
  submitted: 0,
  pending: 0,
  live: 0,
  freeHold: -1,
  forgottenTo: 0,
  events: 0,
  atMs: 0
})

/** A state that stays valid whatever is folded later: for snapshots, what-if branches and going back after a lost round. */
export const keep = (state: State): State => ({
  ...state,
  jobs: keepTable(state.jobs),
  holds: keepTable(state.holds),
  nodes: keepTable(state.nodes),
  gpus: keepTable(state.gpus),
  shapes: keepTable(state.shapes),
  shapeFacts: keepShelf(state.shapeFacts),
  nodeFacts: keepShelf(state.nodeFacts),
  tenants: keepNames(state.tenants),
  models: keepNames(state.models),
  labels: keepNames(state.labels),
  shapeKeys: keepNames(state.shapeKeys),
  nodeNames: keepNames(state.nodeNames),
  newestNode: keepShelf(state.newestNode),
  ids: keepIds(state.ids)
})
