/** The rows of a state while a fold writes to them. Taken over from the state and sealed again; it never escapes the fold. */
import type { Policy, TargetShape } from '../events/policy.ts'
import type { Shape } from '../events/request.ts'
import { editNames, sealNames, type NamesEdit } from '../kernel/names.ts'
import { editShelf, sealShelf, type Slots } from '../kernel/shelf.ts'
import { edit as editTable, seal as sealTable, type Rows } from '../kernel/table.ts'
import { editIds, sealIds, type IdsEdit } from './ids.ts'
import type { NodeFacts, State } from './state.ts'

export interface Edit {
  readonly jobs: Rows
  readonly holds: Rows
  readonly nodes: Rows
  readonly gpus: Rows
  readonly shapes: Rows
  readonly shapeFacts: Slots<Shape>
  readonly nodeFacts: Slots<NodeFacts>
  readonly tenants: NamesEdit
  readonly models: NamesEdit
  readonly labels: NamesEdit
  readonly shapeKeys: NamesEdit
  readonly nodeNames: NamesEdit
  readonly newestNode: Slots<number>
  readonly ids: IdsEdit
  policy: Policy
  targets: ReadonlyArray<TargetShape>
  targetsSubmitted: number
  submitted: number
  pending: number
  live: number
  freeHold: number
  forgottenTo: number
  events: number
  atMs: number
}

export const editState = (state: State): Edit => ({
  jobs: editTable(state.jobs),
  holds: editTable(state.holds),
  nodes: editTable(state.nodes),
  gpus: editTable(state.gpus),
  shapes: editTable(state.shapes),
  shapeFacts: editShelf(state.shapeFacts),
  nodeFacts: editShelf(state.nodeFacts),
  tenants: editNames(state.tenants),
  models: editNames(state.models),
  labels: editNames(state.labels),
  shapeKeys: editNames(state.shapeKeys),
  nodeNames: editNames(state.nodeNames),
  newestNode: editShelf(state.newestNode),
  ids: editIds(state.ids),
  policy: state.policy,
  targets: state.targets,
  targetsSubmitted: state.targetsSubmitted,
  submitted: state.submitted,
  pending: state.pending,
  live: state.live,
  freeHold: state.freeHold,
  forgottenTo: state.forgottenTo,
  events: state.events,
  atMs: state.atMs
})

export const sealState = (edit: Edit): State => ({
  jobs: sealTable(edit.jobs),
  holds: sealTable(edit.holds),
  nodes: sealTable(edit.nodes),
  gpus: sealTable(edit.gpus),
  shapes: sealTable(edit.shapes),
  shapeFacts: sealShelf(edit.shapeFacts),
  nodeFacts: sealShelf(edit.nodeFacts),
  tenants: sealNames(edit.tenants),
  models: sealNames(edit.models),
  labels: sealNames(edit.labels),
  shapeKeys: sealNames(edit.shapeKeys),
  nodeNames: sealNames(edit.nodeNames),
  newestNode: sealShelf(edit.newestNode),
  ids: sealIds(edit.ids),
  policy: edit.policy,
  targets: edit.targets,
  targetsSubmitted: edit.targetsSubmitted,
  submitted: edit.submitted,
  pending: edit.pending,
  live: edit.live,
  freeHold: edit.freeHold,
  forgottenTo: edit.forgottenTo,
  events: edit.events,
  atMs: edit.atMs
})
