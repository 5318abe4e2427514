/**
 * Whether an event that was just folded took effect. The fold ignores what contradicts the state, and here it is found out. Later
 * events of the same round may have gone on from there, so each test is one that stays true.
 */
import type { Event } from '../events/event.ts'
import { countOf } from '../kernel/names.ts'
import type { Look } from './look.ts'
import { Jobs, PHASE } from './tables.ts'

const job = Jobs.column

export const checkEvent = (look: Look, event: Event): void => {
  if (!tookEffect(look, event))
    look.report('EventTookEffect', `${event.type}${'job' in event ? ` of J${event.job}` : ''} contradicts the state`)
}

const tookEffect = (look: Look, event: Event): boolean => {
  const { jobs, state } = look
  switch (event.type) {
    case 'TenantNamed':
      return event.tenant < countOf(state.tenants)
    case 'ModelNamed':
      return event.model < countOf(state.models)
    case 'LabelNamed':
      return event.label < countOf(state.labels)
    case 'ShapeDefined':
      return event.shape < state.shapes.size
    case 'NodeRegistered':
      return event.node < state.nodes.size
    case 'JobsForgotten':
      return event.to <= state.forgottenTo
    case 'JobSubmitted':
      return event.job < jobs.size
    case 'JobAllocated':
      return event.job < jobs.size && (isForgotten(look, event.job) || job.attempt.get(jobs, event.job) >= event.attempt)
    case 'JobRequeued':
      return event.job < jobs.size && (!isLive(look, event.job) || job.attempt.get(jobs, event.job) > event.attempt)
    case 'JobEnded':
      return event.job < jobs.size && (isForgotten(look, event.job) || job.phase.get(jobs, event.job) === PHASE.ended)
    default:
      return true
  }
}

const isForgotten = (look: Look, row: number): boolean => row < look.state.forgottenTo
const isLive = (look: Look, row: number): boolean => {
  const phase = job.phase.get(look.jobs, row)
  return phase === PHASE.allocated || phase === PHASE.running
}
