/**
 * What people, pipelines and agents say: the data of the CloudEvents on a pool's three input streams. An input is a wish or a
 * report, not yet a fact; `intake` decides what it means.
 */
import type * as t from 'io-ts'
import { count, entries, exactly, hex, integer, list, oneOf, pattern, text, timeMs } from './codec.ts'
import { Policy } from './policy.ts'
import { GPUS_PER_NODE_MAX, LabelKey, LabelValue, LABELS_SAID_MAX, ModelName, Request } from './request.ts'

export const STREAMS = ['jobs', 'orders', 'heartbeats'] as const
export type Stream = (typeof STREAMS)[number]

/** design.md 4: a larger body goes to the blob store by digest. */
export const BODY_CHARS_MAX = 16_384
export const PRIORITY_MAX = 1_000_000
export const RETRIES_MAX = 1_000
export const MAX_RUNTIME_MS_MAX = 10 * 366 * 86_400_000
export const REASON_CHARS_MAX = 512

/** Names of tenants and nodes: what a shell, a URL and a NATS subject take without quoting. */
export const Name = pattern(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'a name of letters, digits, dots, dashes and underscores, 63 at most')
const reason = text(0, REASON_CHARS_MAX)
const by = text(1, 128)

/** A job as its submitter describes it. `body` is what the agent needs to run it; the core never reads it. */
export const SubmitJob = exactly(
  { tenant: Name, request: Request, body: text(0, BODY_CHARS_MAX) },
  {
    name: text(1, 128),
    priority: integer(-PRIORITY_MAX, PRIORITY_MAX),
    /** Of the whole job, from the start of an attempt's first process; 0 or left out: no limit. */
    maxRuntimeMs: integer(0, MAX_RUNTIME_MS_MAX),
    /** Further attempts after one that failed by itself. */
    retries: integer(0, RETRIES_MAX),
    by
  }
)
export type SubmitJob = t.TypeOf<typeof SubmitJob>

export const CancelJob = exactly({ job: count, reason }, { by })
export type CancelJob = t.TypeOf<typeof CancelJob>

export const CordonNode = exactly({ node: Name, reason }, { by })
export const UncordonNode = exactly({ node: Name }, { by, reason })
/** Takes no new jobs; running ones may end by themselves until `stopAtMs`, if given, and are requeued then. */
export const DrainNode = exactly({ node: Name, reason }, { stopAtMs: timeMs, by })
export const SetPolicy = exactly({ policy: Policy }, { by })
/** Integer micro-units of the pool's currency for one GPU of this model held for one hour. */
export const SetPrice = exactly({ model: ModelName, microPerGpuHour: integer(0, 10 ** 12) }, { by })

/** One physical GPU of a node, in the order of its index there. */
export const GpuFacts = exactly({ uuid: text(1, 96), model: ModelName, memoryMib: integer(0, 2 ** 30) })
export type GpuFacts = t.TypeOf<typeof GpuFacts>

export const RegisterNode = exactly({
  node: Name,
  /** Of this start of the node's agent: reports of an earlier start are stale. */
  boot: text(1, 64),
  cpuMilli: integer(0, 2 ** 30),
  memoryMib: integer(0, 2 ** 30),
  gpus: list(GpuFacts, 0, GPUS_PER_NODE_MAX),
  labels: entries(LabelKey, LabelValue, LABELS_SAID_MAX)
})
export type RegisterNode = t.TypeOf<typeof RegisterNode>

/** Periodic sign of life. `seq` rises by one within a boot, so that a gap is seen. */
export const Heartbeat = exactly({ node: Name, boot: text(1, 64), seq: count })
export type Heartbeat = t.TypeOf<typeof Heartbeat>

const run = { node: Name, boot: text(1, 64), job: count, attempt: integer(1, 2 ** 31 - 1), member: count }
export const ReportStarted = exactly({ ...run, startedMs: timeMs })

export const EXITS = ['exited', 'signalled', 'lost', 'launchFailed'] as const
/**
 * How a process ended: `exited` with a code, `signalled` by a signal's number, `lost` with its agent (nobody knows), or `launchFailed`
 * before it was one.
 */
export type Exit = (typeof EXITS)[number]
export const ReportFinished = exactly(
  { ...run, exit: oneOf(...EXITS), code: integer(-1, 2 ** 31 - 1), endedMs: timeMs },
  { detail: text(0, 512) }
)

/** The leader's own beat: the head of its ledger and how far it has read its inputs. */
export const LeaderBeat = exactly({
  leader: text(1, 128),
  epoch: count,
  round: count,
  head: hex(32),
  next: exactly({ jobs: count, orders: count, heartbeats: count })
})

/** The CloudEvents type of each input, the stream it belongs to, and the codec of its data. */
export const inputTypes = {
  'fastgpu.job.submit': { stream: 'jobs', codec: SubmitJob },
  'fastgpu.job.cancel': { stream: 'jobs', codec: CancelJob },
  'fastgpu.node.cordon': { stream: 'orders', codec: CordonNode },
  'fastgpu.node.uncordon': { stream: 'orders', codec: UncordonNode },
  'fastgpu.node.drain': { stream: 'orders', codec: DrainNode },
  'fastgpu.policy.set': { stream: 'orders', codec: SetPolicy },
  'fastgpu.price.set': { stream: 'orders', codec: SetPrice },
  'fastgpu.node.register': { stream: 'heartbeats', codec: RegisterNode },
  'fastgpu.node.heartbeat': { stream: 'heartbeats', codec: Heartbeat },
  'fastgpu.run.started': { stream: 'heartbeats', codec: ReportStarted },
  'fastgpu.run.finished': { stream: 'heartbeats', codec: ReportFinished },
  'fastgpu.leader.beat': { stream: 'heartbeats', codec: LeaderBeat }
} as const

export type InputType = keyof typeof inputTypes

/** What an input says: its CloudEvents type with the data of that type. */
export type Said = { readonly [T in InputType]: { readonly type: T; readonly data: t.TypeOf<(typeof inputTypes)[T]['codec']> } }[InputType]
