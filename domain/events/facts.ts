/** What was learned: the first half of a round. Every version here is stored for ever; a shipped one never changes. */
import * as t from 'io-ts'
import { Cause } from './cause.ts'
import {
  count,
  exactly,
  GpuNumber,
  hex,
  integer,
  JobNumber,
  LabelNumber,
  list,
  ModelNumber,
  NodeNumber,
  oneOf,
  ShapeNumber,
  TenantNumber,
  text,
  timeMs
} from './codec.ts'
import { BODY_CHARS_MAX, EXITS, MAX_RUNTIME_MS_MAX, PRIORITY_MAX, REASON_CHARS_MAX, RETRIES_MAX, STREAMS } from './inputs.ts'
import { Policy } from './policy.ts'
import { GPUS_PER_NODE_MAX, Shape } from './request.ts'

const type = <const T extends string>(name: T): t.LiteralC<T> => t.literal(name)
const by = text(1, 128)
const reason = text(0, REASON_CHARS_MAX)

/** A name that inputs used for the first time, with the number that stands for it from now on. */
export const TenantNamed = exactly({ type: type('TenantNamed'), tenant: TenantNumber, name: text(1, 64) })
export const ModelNamed = exactly({ type: type('ModelNamed'), model: ModelNumber, name: text(1, 64) })
export const LabelNamed = exactly({ type: type('LabelNamed'), label: LabelNumber, key: text(1, 64), value: text(0, 64) })
export const ShapeDefined = exactly({ type: type('ShapeDefined'), shape: ShapeNumber, request: Shape })

/** A node joined, or came back with other hardware and so as another node of the same name. Its GPUs are `firstGpu`, `firstGpu` + 1, ... */
export const NodeRegistered = exactly(
  {
    type: type('NodeRegistered'),
    node: NodeNumber,
    name: text(1, 64),
    boot: text(1, 64),
    cpuMilli: integer(0, 2 ** 30),
    memoryMib: integer(0, 2 ** 30),
    labels: list(LabelNumber, 0, 1024),
    firstGpu: GpuNumber,
    gpus: list(exactly({ uuid: text(1, 96), model: ModelNumber, memoryMib: integer(0, 2 ** 30) }), 0, GPUS_PER_NODE_MAX)
  },
  /** There when it is cordoned from the start, as the node that it replaces was: why. */
  { cordoned: reason }
)
/** The same node with a new start of its agent: reports of earlier boots are stale from now on. */
export const NodeRebooted = exactly({ type: type('NodeRebooted'), node: NodeNumber, boot: text(1, 64) })
/** The node is gone for good: replaced by one of the same name, or removed. Nothing is placed on it any more. */
export const NodeRetired = exactly({ type: type('NodeRetired'), node: NodeNumber, reason })

export const NodeCordoned = exactly({ type: type('NodeCordoned'), cause: Cause, node: NodeNumber, reason }, { by })
export const NodeUncordoned = exactly({ type: type('NodeUncordoned'), cause: Cause, node: NodeNumber }, { by, reason })
/** Cordoned, and from `stopAtMs` on (-1: never) its running jobs are stopped and requeued. */
export const NodeDrained = exactly(
  { type: type('NodeDrained'), cause: Cause, node: NodeNumber, reason, stopAtMs: integer(-1, Number.MAX_SAFE_INTEGER) },
  { by }
)
export const PolicySet = exactly({ type: type('PolicySet'), cause: Cause, policy: Policy }, { by })
/** From this round on, integer micro-units for one GPU of the model held for one hour. */
export const PriceSet = exactly({ type: type('PriceSet'), cause: Cause, model: ModelNumber, microPerGpuHour: count }, { by })

export const JobSubmitted = exactly(
  {
    type: type('JobSubmitted'),
    cause: Cause,
    job: JobNumber,
    tenant: TenantNumber,
    shape: ShapeNumber,
    priority: integer(-PRIORITY_MAX, PRIORITY_MAX),
    /** 0: no limit. */
    maxRuntimeMs: integer(0, MAX_RUNTIME_MS_MAX),
    retries: integer(0, RETRIES_MAX),
    name: text(0, 128),
    body: text(0, BODY_CHARS_MAX)
  },
  { by }
)
export const CancelRequested = exactly({ type: type('CancelRequested'), cause: Cause, job: JobNumber, reason }, { by })

export const RefusalReason = exactly({ code: text(1, 64), message: text(1, 512) })
/** One thing that was wrong with an input: a stable `FG_*` code, and what was wrong and what to do in words. */
export type RefusalReason = t.TypeOf<typeof RefusalReason>
/** More reasons than this help nobody. */
export const REFUSAL_REASONS_MAX = 64
/** An input that breaks a rule changes nothing; all its reasons are kept. */
export const InputRefused = exactly({
  type: type('InputRefused'),
  cause: Cause,
  stream: oneOf(...STREAMS),
  input: text(1, 64),
  reasons: list(RefusalReason, 1, REFUSAL_REASONS_MAX)
})
/** An input that was taken and had nothing left to change, such as the cordon of a cordoned node. */
export const InputNoted = exactly({ type: type('InputNoted'), cause: Cause, input: text(1, 64) })
/** A record that could not be read as an input, or that made intake throw. */
export const InputQuarantined = exactly({
  type: type('InputQuarantined'),
  stream: oneOf(...STREAMS),
  position: count,
  sha256: hex(32),
  reason: text(0, 1024)
})
/** Records that retention removed before they were read. */
export const InputGap = exactly({ type: type('InputGap'), stream: oneOf(...STREAMS), from: count, to: count })

/** A process of the attempt started on the member's node; `startedMs` is the agent's clock. */
export const RunStarted = exactly({ type: type('RunStarted'), job: JobNumber, attempt: count, member: count, startedMs: timeMs })
/** A process of the attempt ended, and what the member held on its node is free again. */
export const RunFinished = exactly(
  {
    type: type('RunFinished'),
    job: JobNumber,
    attempt: count,
    member: count,
    exit: oneOf(...EXITS),
    code: integer(-1, 2 ** 31 - 1),
    endedMs: timeMs
  },
  { detail: text(0, 512) }
)

export const ClockStepped = exactly({ type: type('ClockStepped'), fromMs: timeMs, toMs: timeMs })
/** `plan` threw on the state of this round: a bug. There are no decisions, and intake goes on. */
export const PlanFailed = exactly({ type: type('PlanFailed'), reason: text(0, 1024) })

/** By stored tag: the event's name, and `.v2` and so on behind it from its second version on. */
export const factCodecs = {
  TenantNamed,
  ModelNamed,
  LabelNamed,
  ShapeDefined,
  NodeRegistered,
  NodeRebooted,
  NodeRetired,
  NodeCordoned,
  NodeUncordoned,
  NodeDrained,
  PolicySet,
  PriceSet,
  JobSubmitted,
  CancelRequested,
  InputRefused,
  InputNoted,
  InputQuarantined,
  InputGap,
  RunStarted,
  RunFinished,
  ClockStepped,
  PlanFailed
} as const

export type Fact = t.TypeOf<(typeof factCodecs)[keyof typeof factCodecs]>
