/**
 * What must hold in every state, whatever was folded. A breach is a bug, or an event that contradicts the state; nothing that has one
 * is appended. `breaches` looks at everything and recounts it; `breachesOf` looks at what the events of one round touched, so that
 * production can afford it at every round.
 */
import type { Event } from '../events/event.ts'
import { checkCounts, checkHolds, checkShape, checkTotals } from './checkCounts.ts'
import { checkEvent } from './checkEvent.ts'
import { checkIds } from './checkIds.ts'
import { checkJob } from './checkJob.ts'
import { checkNode, recount } from './checkNode.ts'
import { lookAt, type Breach } from './look.ts'
import type { State } from './state.ts'
import { touchedBy } from './touched.ts'

export { type Breach }

/** By name: what the invariant says, and behind it the hazards of the reliability catalogue (I1, I2, ...) that it guards against. */
export const invariants = {
  GpuWithinOne: 'No GPU is held for more than its whole, nor free for more than it: no two jobs get the same share (I1).',
  GpuRecounted: 'What is free of a GPU is its whole less the shares of all unfinished holds on it (I1, I17).',
  NodeWithinCapacity: "A node's free CPU and memory lie between nothing and what it has (I1, I26).",
  NodeRecounted: "A node's free CPU, free memory and number of holds are what its unfinished holds leave (I17).",
  GpusBelong: 'Each GPU names the node whose range of GPUs it stands in (I1).',
  PhaseLegal: 'A job is in a known phase, and forgotten if and only if it stands below the mark of the forgotten (I3).',
  HoldsInOrder: "A live job's holds are its own, one a member, in the order of the members, each of a known node (I1, I16).",
  GangWhole: 'A live job holds as many members and GPUs as its shape asks for: all or none (I16).',
  GangSpread: "A gang's members are on nodes of their own (I16).",
  LivingRecounted: 'A live job counts exactly the members whose process has not ended (I3, I17).',
  NothingHeldWhileWaiting: 'A job that waits or has ended holds nothing (I1, I15).',
  StopOnlyWhileLive: 'Nothing waits to be started with a stop ordered for it (I15).',
  HoldsAccounted: 'Each hold belongs to exactly one live job, or stands in the list of free ones exactly once (I1).',
  CountsAgree: 'The numbers of waiting, live and submitted jobs are what the jobs and the shapes say (I3, I26).',
  NumbersKnown: 'Each number of a tenant, shape, model or label that a row names has been given out (I9).',
  DrainEnds: 'Only a draining node has a time at which its jobs are stopped (I14).',
  IdsFindable: 'Remembered inputs are found by their key, oldest first, and no more of them than the window holds (I4).',
  EventTookEffect: 'An event of the ledger changed the state: none contradicted it (I5, I15).'
} as const

/** Breaches that are listed at most: one is enough to stop, and a broken state may have a million. */
export const BREACHES_MAX = 100

export const breaches = (state: State): ReadonlyArray<Breach> => {
  const look = lookAt(state, BREACHES_MAX)
  for (let job = 0; job < state.jobs.size; job++) checkJob(look, job)
  for (let node = 0; node < state.nodes.size; node++) checkNode(look, node)
  for (let shape = 0; shape < state.shapes.size; shape++) checkShape(look, shape)
  recount(look)
  checkHolds(look)
  checkCounts(look)
  checkTotals(look)
  checkIds(look)
  return look.found
}

export const breachesOf = (state: State, events: ReadonlyArray<Event>): ReadonlyArray<Breach> => {
  const look = lookAt(state, BREACHES_MAX)
  for (const event of events) {
    checkEvent(look, event)
    if (event.type === 'ShapeDefined' && event.shape < state.shapes.size) checkShape(look, event.shape)
  }
  const touched = touchedBy(look, events)
  for (const job of touched.jobs) checkJob(look, job)
  for (const node of touched.nodes) checkNode(look, node)
  checkTotals(look)
  return look.found
}
