/**
 * `fold` accounts: it applies what happened and never decides, refuses or throws on data. An event that contradicts the state
 * changes nothing, and the invariants find it. All events of one call happened at the time of their round.
 */
import type { Event } from '../events/event.ts'
import type { Round } from '../events/round.ts'
import { addName, type NamesEdit } from '../kernel/names.ts'
import { push } from '../kernel/shelf.ts'
import { append } from '../kernel/table.ts'
import { waitMaskOf } from '../events/waits.ts'
import {
  applyAllocated,
  applyCancelRequested,
  applyEnded,
  applyFinished,
  applyForgotten,
  applyRequeued,
  applyStarted,
  applyStopOrdered,
  applySubmitted
} from './applyJob.ts'
import { applyCordoned, applyDrained, applyRebooted, applyRegistered, applyRetired, applyUncordoned } from './applyNode.ts'
import { editState, sealState, type Edit } from './edit.ts'
import { forgetBefore, remember } from './ids.ts'
import { shapeKey } from './shapeKey.ts'
import type { State } from './state.ts'
import { Shapes } from './tables.ts'

const shapeRow = Shapes.column

/** Takes over the newest state and answers the next one; the one it was given is spent unless it was kept. */
export const fold = (state: State, events: ReadonlyArray<Event>, atMs: number): State => {
  const edit = editState(state)
  edit.atMs = Math.max(edit.atMs, atMs)
  forgetBefore(edit.ids, edit.atMs)
  for (const event of events) {
    apply(edit, event)
    edit.events += 1
  }
  return sealState(edit)
}

/** Both halves of an accepted round. */
export const foldRound = (state: State, round: Pick<Round, 'facts' | 'decisions' | 'at'>): State =>
  fold(fold(state, round.facts, round.at), round.decisions, round.at)

export const evolve = (state: State, event: Event, atMs: number): State => fold(state, [event], atMs)

const apply = (edit: Edit, event: Event): void => {
  switch (event.type) {
    case 'JobSubmitted':
      return applySubmitted(edit, event)
    case 'JobAllocated':
      return applyAllocated(edit, event)
    case 'RunStarted':
      return applyStarted(edit, event)
    case 'RunFinished':
      return applyFinished(edit, event)
    case 'JobEnded':
      return applyEnded(edit, event)
    case 'JobRequeued':
      return applyRequeued(edit, event)
    case 'StopOrdered':
      return applyStopOrdered(edit, event)
    case 'CancelRequested':
      return applyCancelRequested(edit, event)
    case 'JobsForgotten':
      return applyForgotten(edit, event)
    case 'NodeRegistered':
      return applyRegistered(edit, event)
    case 'NodeRebooted':
      return applyRebooted(edit, event)
    case 'NodeRetired':
      return applyRetired(edit, event)
    case 'NodeCordoned':
      return applyCordoned(edit, event)
    case 'NodeUncordoned':
      return applyUncordoned(edit, event)
    case 'NodeDrained':
      return applyDrained(edit, event)
    default:
      return applyOther(edit, event)
  }
}

type Other = Exclude<
  Event,
  {
    readonly type:
      | 'JobSubmitted'
      | 'JobAllocated'
      | 'RunStarted'
      | 'RunFinished'
      | 'JobEnded'
      | 'JobRequeued'
      | 'StopOrdered'
      | 'CancelRequested'
      | 'JobsForgotten'
      | 'NodeRegistered'
      | 'NodeRebooted'
      | 'NodeRetired'
      | 'NodeCordoned'
      | 'NodeUncordoned'
      | 'NodeDrained'
  }
>

/** Names, policy, and what only leaves a trace. */
const applyOther = (edit: Edit, event: Other): void => {
  switch (event.type) {
    case 'TenantNamed':
      nameNext(edit.tenants, event.tenant, event.name)
      return
    case 'ModelNamed':
      nameNext(edit.models, event.model, event.name)
      return
    case 'LabelNamed':
      nameNext(edit.labels, event.label, `${event.key}=${event.value}`)
      return
    case 'ShapeDefined':
      if (!nameNext(edit.shapeKeys, event.shape, shapeKey(event.request))) return
      push(edit.shapeFacts, event.request)
      append(edit.shapes)
      return
    case 'PolicySet':
      edit.policy = event.policy
      edit.targets = event.policy.targets
      edit.targetsSubmitted = 0
      remember(edit.ids, event.cause, -1, edit.atMs)
      return
    case 'TargetsChosen':
      edit.targets = event.targets
      edit.targetsSubmitted = event.submitted
      return
    case 'WaitReasonsChanged':
      if (event.shape < edit.shapes.size) shapeRow.waitMask.set(edit.shapes, event.shape, waitMaskOf(event.codes))
      return
    case 'PriceSet':
    case 'InputRefused':
    case 'InputNoted':
      remember(edit.ids, event.cause, -1, edit.atMs)
      return
    case 'InputQuarantined':
    case 'InputGap':
    case 'ClockStepped':
    case 'PlanFailed':
      return
    default: {
      const unreachable: never = event
      return unreachable
    }
  }
}

/** Gives the next number to a new name; a name that has one already, or a number that is not the next, changes nothing. */
const nameNext = (names: NamesEdit, number: number, name: string): boolean => number === names.texts.size && addName(names, name) === number
