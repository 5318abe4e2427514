/** What a verification found. The first problem ends it: nothing behind a broken round can be trusted, or told apart. */
import type { Stream } from '../../domain/events/inputs.ts'

export const PROBLEM_KINDS = [
  /** The database itself is damaged. */
  'file',
  /** A round number is missing. */
  'gap',
  /** The bytes of a round are not those that its hash was made of. */
  'hash',
  /** The bytes are no round, or hold an event that this program does not know. */
  'malformed',
  'pool',
  /** The acceptance rule does not let the round follow the one before. */
  'chain',
  /** The position of the round's first event is not the count of events before it. */
  'position',
  /** A round consumed inputs twice, or inputs that are not there. */
  'consumed',
  /** A stored input is not the one that was consumed, or is missing. */
  'input',
  /** A state is not as it must be. */
  'invariant',
  /** The planner decides something else on the same state. */
  'decisions',
  /** Intake learns something else from the same inputs. */
  'facts'
] as const
export type ProblemKind = (typeof PROBLEM_KINDS)[number]

export interface Problem {
  readonly kind: ProblemKind
  readonly message: string
  readonly round?: number
  readonly stream?: Stream
  readonly position?: number
}

export interface Progress {
  /** Rounds checked so far, of so many. */
  readonly rounds: number
  readonly of: number
}

export interface VerifyReport {
  readonly ok: boolean
  readonly pool: string
  /** Rounds and events that were found whole, from the first one on. */
  readonly rounds: number
  readonly events: number
  /** The hash of the last whole round: what to compare with a copy kept elsewhere. */
  readonly head: string
  readonly firstProblem?: Problem
}

export interface ReplayReport extends VerifyReport {
  /** Rounds whose decisions were made again, and how many decisions those were. */
  readonly replayed: number
  readonly decisions: number
  /** Rounds that another core version planned: what it would decide cannot be proved by this one. */
  readonly skippedOtherCore: number
  /** Replayed rounds in which planning had failed, and failed again. */
  readonly planFailures: number
  /** Inputs that intake was run on again; 0 where that was not asked for. */
  readonly inputs: number
  /** Where it ran. */
  readonly environment: { readonly timeZone: string; readonly locale: string; readonly flags: ReadonlyArray<string> }
}
