/** The columns of the state's tables. A row's number is the thing's own dense number, so nothing is ever looked up. */
import { define } from '../kernel/table.ts'

/** Where a job stands. 0 is what a dropped page reads as. */
export const PHASE = { forgotten: 0, pending: 1, allocated: 2, running: 3, ended: 4 } as const

/** Bits of a job's `flags`. */
export const CANCEL_REQUESTED = 1
export const STOP_ORDERED = 2

/** Codes of `failure` (how the attempt went so far) and of `stopReason` and `outcome`: 0 is none, else 1 + the index in the list of the events. */
export const NONE = 0

/** One row is one cache line of 64 bytes. */
export const Jobs = define({
  phase: 4,
  /** 1 + index in EXITS of the first member that did not succeed, which says how the attempt failed. */
  failure: 4,
  /** 1 + index in STOP_REASONS. */
  stopReason: 4,
  /** 1 + index in OUTCOMES. */
  outcome: 4,
  flags: 16,
  /** Members whose process has not ended yet. */
  living: 16,
  retries: 16,
  /** Failed attempts that were answered by a requeue, counted apart by cause. */
  retriesUsed: 16,
  lostUsed: 16,
  tenant: 'int32',
  shape: 'int32',
  priority: 'int32',
  /** Of the attempt under way, or of the last one; 0 before the first. */
  attempt: 'int32',
  /** The hold of member 0; the others follow it by `next`; -1: none. */
  firstHold: 'int32',
  submittedAtMs: 'wide',
  /** Since when the job is in its phase; of a requeued one, when it may start again. */
  sinceMs: 'wide',
  maxRuntimeMs: 'wide',
  /** The position of the JobSubmitted event in the ledger, where the body is. */
  position: 'wide'
})

/** What one member of an attempt holds on one node. Rows of an attempt are used again once the attempt is over. */
export const HOLD = { free: 0, allocated: 1, running: 2, finished: 3 } as const
export const Holds = define({
  stage: 16,
  member: 16,
  job: 'int32',
  node: 'int32',
  /** Bit i: the node's GPU `firstGpu` + i. */
  gpuMask: 'int32',
  /** The next member's hold, or the next free row; -1: none. */
  next: 'int32'
})

/** Bits of a node's `flags`. */
export const CORDONED = 1
export const DRAINING = 2
export const RETIRED = 4

export const Nodes = define({
  flags: 'int32',
  cpuMilli: 'int32',
  memoryMib: 'int32',
  cpuFree: 'int32',
  memoryFree: 'int32',
  firstGpu: 'int32',
  gpuCount: 'int32',
  /** Holds that are not finished. */
  holds: 'int32',
  /** When a draining node's jobs are stopped; -1: never. */
  stopAtMs: 'wide'
})

export const Gpus = define({
  node: 'int32',
  model: 'int32',
  memoryMib: 'int32',
  /** Thousandths that nobody holds. */
  freeMilli: 'int32'
})

/** Counts by shape, and the set of wait codes that the ledger last said of it (bit i: WAIT_CODES[i]). */
export const Shapes = define({ submitted: 'int32', pending: 'int32', waitMask: 'int32' })

/** What the state remembers of an input: an entry in the queue of the idempotency window. */
export const Ids = define({
  key0: 'int32',
  key1: 'int32',
  key2: 'int32',
  key3: 'int32',
  digest0: 'int32',
  digest1: 'int32',
  /** 1 + the job's number for a submission that was accepted, else 0. */
  job: 'int32',
  atMs: 'wide'
})

/** By page of the entries: the page that follows it. */
export const IdPages = define({ next: 'int32' })

/** An open-addressing index of the entries: 1 + the row of one, and some bits of its key; 0: empty. */
export const IdSlots = define({ row: 'int32' })
