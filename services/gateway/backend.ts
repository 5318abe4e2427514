/**
 * What the gateway asks of whoever runs it: functions only, so that it imports no other service. `dev` composes them from the
 * scheduler, the views and the agents of its own process; a test from a memory log and the pure core.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Cause } from '../../domain/events/cause.ts'
import type { RefusalReason } from '../../domain/events/facts.ts'
import type { Stream } from '../../domain/events/inputs.ts'
import type { Head, Round } from '../../domain/events/round.ts'
import type { EventLog } from '../../domain/ports/eventLog.ts'
import type { Fault } from '../../domain/ports/fault.ts'
import type { Ledger } from '../../domain/ports/ledger.ts'
import type {
  Bill,
  BillKey,
  Explanation,
  Forecast,
  Job,
  JobDetail,
  JobState,
  Node,
  Policy,
  Queue,
  Request,
  Status,
  Usage,
  UsageKey
} from '../../sdk/typescript/types.ts'

export type Ask<A> = TaskEither<Fault, A>

/** What an accepted round made of an input; positions are those of the ledger. */
export type Outcome =
  | { readonly type: 'JobTaken'; readonly position: number; readonly job: number }
  | { readonly type: 'OrderTaken'; readonly position: number; readonly changed: boolean }
  | { readonly type: 'Refused'; readonly position: number; readonly reasons: ReadonlyArray<RefusalReason> }

export interface AcceptedRound {
  readonly round: Round
  /** The ledger position of the round's first event. */
  readonly firstPosition: number
  readonly head: Head
}

/** Dense numbers that events speak of, each once. */
export interface Numbers {
  readonly jobs: ReadonlyArray<number>
  readonly nodes: ReadonlyArray<number>
  readonly gpus: ReadonlyArray<number>
  readonly tenants: ReadonlyArray<number>
  readonly models: ReadonlyArray<number>
  /** Printed as key=value. */
  readonly labels: ReadonlyArray<number>
  readonly shapes: ReadonlyArray<number>
}

/** What people call them; undefined where a number is not known. */
export interface Names {
  readonly job: (job: number) => { readonly name: string; readonly tenant: string } | undefined
  readonly node: (node: number) => string | undefined
  /** Its UUID. */
  readonly gpu: (gpu: number) => string | undefined
  readonly tenant: (tenant: number) => string | undefined
  readonly model: (model: number) => string | undefined
  readonly label: (label: number) => string | undefined
  readonly shape: (shape: number) => Request | undefined
}

export interface JobsWanted {
  readonly state?: JobState
  readonly tenant?: string
  readonly name?: string
  readonly limit: number
  /** Jobs older than this number: a page goes from the newest to the oldest. */
  readonly after?: number
}

export interface Span {
  readonly sinceMs?: number
  readonly untilMs?: number
}

export interface BillWanted extends Span {
  readonly by?: BillKey
  readonly hourly?: boolean
}

export interface LogsWanted {
  readonly job: number
  readonly member: number
  /** Left out: the one under way, or the last. */
  readonly attempt?: number
  readonly stream: 'stdout' | 'stderr' | 'all'
  readonly follow: boolean
  /** Lines from the end; left out: everything. */
  readonly tail?: number
}

export interface Backend {
  readonly pool: string
  readonly append: EventLog['append']
  readonly ledger: Pick<Ledger, 'read' | 'head'>
  /** Tells each accepted round from now on, in order and at once; answers how to stop that. */
  readonly watchRounds: (seen: (accepted: AcceptedRound) => void) => () => void
  /** Of an input that a round took in, such as one whose answer was lost; knows all rounds that watchRounds has told of. */
  readonly outcomeOf: (stream: Stream, cause: Cause) => Ask<Outcome | undefined>
  readonly names: (numbers: Numbers) => Ask<Names>
  /** The fault that stands in the way of work just now. */
  readonly trouble: () => Fault | undefined
  readonly jobs: (wanted: JobsWanted) => Ask<ReadonlyArray<Job>>
  readonly job: (job: number) => Ask<JobDetail | undefined>
  readonly explain: (job: number) => Ask<Explanation | undefined>
  /** undefined where there is no process of that attempt and member. The bytes end when the signal says so. */
  readonly logs: (wanted: LogsWanted, signal: AbortSignal) => Ask<AsyncIterable<Uint8Array> | undefined>
  readonly nodes: () => Ask<ReadonlyArray<Node>>
  readonly node: (name: string) => Ask<Node | undefined>
  readonly queue: () => Ask<Queue>
  readonly usage: (by: UsageKey, span: Span) => Ask<Usage>
  readonly bill: (wanted: BillWanted) => Ask<Bill>
  /** Of one model, or of every model that was ever asked for. */
  readonly forecast: (model: string | undefined, hours: number) => Ask<ReadonlyArray<Forecast>>
  readonly policy: () => Ask<Policy>
  readonly status: () => Ask<Status>
}
