/**
 * Why a job waits, in full: every reason with its counts, from the same filters that plan uses, by one look at each node. A node is
 * counted under every filter that refuses it. With all named obstacles lifted plan places the job, and where none is named it has.
 */
import type { State } from '../cluster/state.ts'
import { Jobs } from '../cluster/tables.ts'
import { WAIT_CODES, type WaitCode } from '../events/decisions.ts'
import type { Shape } from '../events/request.ts'
import { waitCodesOf } from '../events/waits.ts'
import type { JobNo } from '../kernel/ids.ts'
import { at, readShelf } from '../kernel/shelf.ts'
import { read, type Rows } from '../kernel/table.ts'
import { capacityOf } from '../placement/capacity.ts'
import { survey, type Survey } from '../placement/survey.ts'
import { wishOf } from '../placement/wish.ts'
import { sayReason } from './sayReason.ts'
import { isPending, wantsCancel } from './view.ts'

/**
 * `never`: as things are, waiting does not help. `policy`: somebody's choice keeps the job off nodes that are there. `capacity`: the
 * nodes are busy. `order`: it is not its turn. `transient`: it passes by itself.
 */
export type WaitClass = 'never' | 'policy' | 'capacity' | 'order' | 'transient'

export interface Reason {
  readonly code: WaitCode
  readonly class: WaitClass
  /** What the job asks for and the best that the refused nodes offer, in the unit that the detail names. */
  readonly needed: number
  readonly available: number
  /** Nodes that are refused by this filter; 0 for reasons that are not about nodes. */
  readonly nodes: number
  readonly detail: string
}

export type PhaseName = (typeof PHASES)[number]

export interface Explanation {
  readonly job: JobNo
  readonly phase: PhaseName
  readonly sinceMs: number
  readonly reasons: ReadonlyArray<Reason>
  /** No set of present nodes could hold the job, even if all were idle and open. */
  readonly never: boolean
  readonly nodesTotal: number
  /** Nodes that could take one member now. */
  readonly nodesFeasible: number
  /** Waiting jobs whose turn comes first. */
  readonly ahead: number
}

const column = Jobs.column
/** By the number of the phase. */
const PHASES = ['forgotten', 'pending', 'allocated', 'running', 'ended'] as const

export const explain = (state: State, job: JobNo, atMs: number): Explanation => {
  const jobs = read(state.jobs)
  const known = job < jobs.size
  const shape = known ? at(readShelf(state.shapeFacts), column.shape.get(jobs, job)) : undefined
  const waits = known && isPending(jobs, job) && !wantsCancel(jobs, job)
  const found = shape === undefined ? undefined : survey(capacityOf(state), wishOf(shape), shape.nodes)
  const ahead = waits ? countAhead(state, jobs, job, atMs) : 0
  return {
    job,
    phase: known ? PHASES[column.phase.get(jobs, job)]! : 'forgotten',
    sinceMs: known ? column.sinceMs.get(jobs, job) : 0,
    reasons: waits
      ? reasonsOf(found!, shape!, { ahead, strict: state.policy.order === 'strict', waitMs: column.sinceMs.get(jobs, job) - atMs })
      : [],
    never: waits && found!.never,
    nodesTotal: found?.present ?? 0,
    nodesFeasible: found?.feasible ?? 0,
    ahead
  }
}

/** What of a job's wait is not about nodes. */
export interface Turn {
  readonly ahead: number
  readonly strict: boolean
  /** Until it may start again; 0 or less: it may. */
  readonly waitMs: number
}

const reasonsOf = (found: Survey, shape: Shape, turn: Turn): ReadonlyArray<Reason> => {
  const codes: Array<WaitCode> = [...waitCodesOf(found.obstacles)]
  if (turn.strict && turn.ahead > 0) codes.push('BehindBlockedJob')
  if (turn.waitMs > 0) codes.push('RetryDelay')
  // It could start and did not: the plan stopped at its bounds, or has not seen the job yet, and will be run again at once.
  if (codes.length === 0) codes.push('RoundFull')
  return codes.sort((one, other) => WAIT_CODES.indexOf(one) - WAIT_CODES.indexOf(other)).map((code) => sayReason(code, found, shape, turn))
}

/** Jobs that may start and whose turn comes before: of higher priority, or as high and of a lower number. */
const countAhead = (state: State, jobs: Rows, job: number, atMs: number): number => {
  const priority = column.priority.get(jobs, job)
  let ahead = 0
  for (let other = state.forgottenTo; other < jobs.size; other++) {
    if (!isPending(jobs, other) || wantsCancel(jobs, other) || column.sinceMs.get(jobs, other) > atMs) continue
    const theirs = column.priority.get(jobs, other)
    if (theirs > priority || (theirs === priority && other < job)) ahead += 1
  }
  return ahead
}
