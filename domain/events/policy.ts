/** The pool's policy: data in the ledger, set by an order, so that a past decision is explained by the policy it was made under. */
import * as t from 'io-ts'
import { count, exactly, integer, list, oneOf } from './codec.ts'
import { Shape } from './request.ts'

/** A shape of the workload that FGD protects room for, with how often it was seen. */
export const TargetShape = exactly({ shape: Shape, weight: count })
export type TargetShape = t.TypeOf<typeof TargetShape>

export const PLACEMENTS = ['bestfit', 'spread', 'pack', 'random', 'fgd'] as const
export const QUEUE_ORDERS = ['pass', 'strict'] as const

export const Policy = exactly({
  /** How a node is chosen among those that fit: domain/placement has one file a rule. */
  placement: oneOf(...PLACEMENTS),
  /** Stirred into the choice of the random placement. */
  seed: integer(0, 2 ** 31 - 1),
  /** `pass`: a later job may pass a blocked one; `strict`: none may, across all shapes. */
  order: oneOf(...QUEUE_ORDERS),
  /** How often a job whose process was lost with its agent is tried again, whatever the job's own retries. */
  lostRetriesMax: integer(0, 1000),
  /** The wait before the second attempt; it doubles with each further one. */
  retryDelayMs: integer(0, 86_400_000),
  retryDelayMsMax: integer(0, 86_400_000),
  /** Between the polite signal to a process and the hard one. */
  stopGraceMs: integer(0, 3_600_000),
  /** Whether allocations are held by leases. Off means that no silent node's jobs are given away. */
  leases: t.boolean,
  /** How long a finished job stays in the state; the views keep it for ever. */
  keepEndedMs: integer(0, 10 * 366 * 86_400_000),
  /** The workload that FGD protects room for; empty: the shapes submitted so far. */
  targets: list(TargetShape, 0, 1000)
})
export type Policy = t.TypeOf<typeof Policy>

/** What a pool starts with, until an order says otherwise. */
export const defaultPolicy: Policy = {
  placement: 'bestfit',
  seed: 0,
  order: 'pass',
  lostRetriesMax: 3,
  retryDelayMs: 1_000,
  retryDelayMsMax: 300_000,
  stopGraceMs: 10_000,
  leases: false,
  keepEndedMs: 86_400_000,
  targets: []
}
