/**
 * What runs the processes of jobs on a node. A run is one member of one attempt of a job: it is started at most once, whoever asks
 * how often, and its end is known even if nobody listened when it came.
 */
import * as t from 'io-ts'
import { entries, exactly, list, text } from '../events/codec.ts'
import { BODY_CHARS_MAX, type Exit } from '../events/inputs.ts'

export interface Run {
  readonly job: number
  readonly attempt: number
  readonly member: number
}

/** How people and directories name a run: job.attempt.member. */
export const printRun = (run: Run): string => `${run.job}.${run.attempt}.${run.member}`

export interface LaunchGpu {
  /** Its place among the GPUs that the node registered. */
  readonly index: number
  readonly uuid: string
  /** The share that is held, in thousandths. */
  readonly milli: number
  readonly memoryMib: number
}

/** An accepted allocation, as far as one member's node needs it. */
export interface Launch extends Run {
  readonly members: number
  /** The ledger position of the allocation's event: of two orders for the same member of a job, the higher one is the newer. */
  readonly token: number
  /** The name of the node. */
  readonly node: string
  readonly gpus: ReadonlyArray<LaunchGpu>
  /** The job's body: JSON text of a JobBody. */
  readonly body: string
  /** Where member 0 is reached by the others. */
  readonly masterAddress: string
  readonly masterPort: number
  readonly name: string
  readonly tenant: string
}

/** Neither an argument nor a variable nor a path can carry the character that ends it. */
const line = t.refinement(text(0, BODY_CHARS_MAX), (value) => !value.includes('\0'), 'a text without NUL')
const path = t.refinement(line, (value) => value.startsWith('/'), 'an absolute path')
const key = t.refinement(line, (value) => value !== '' && !value.includes('='), 'the name of a variable')

/** What the agent needs to run a job: the arguments as they are, never seen by a shell, and the submitter's directory and environment. */
export const JobBody = exactly({ command: list(line, 1, 4096), cwd: path, env: entries(key, line, 4096) })
export type JobBody = t.TypeOf<typeof JobBody>

export interface StartRun extends Run {
  readonly node: string
  readonly token: number
  readonly command: ReadonlyArray<string>
  readonly cwd: string
  /** All of the environment: the process gets nothing else. */
  readonly env: Readonly<Record<string, string>>
}

/** What became of a run. A run is told as started at most once and as finished exactly once, in this order, to each listener. */
export type RunNews =
  | { readonly type: 'Started'; readonly run: Run; readonly startedMs: number }
  | {
      readonly type: 'Finished'
      readonly run: Run
      readonly exit: Exit
      /** The exit code, or the number of the signal; -1 where there is none. */
      readonly code: number
      readonly endedMs: number
      readonly detail: string
    }

/** A run of an earlier start of the runner: `live` while its process is there, `over` once it is gone. */
export interface FoundRun extends Run {
  readonly node: string
  readonly token: number
  readonly state: 'live' | 'over'
}

export const LOG_STREAMS = ['stdout', 'stderr', 'all'] as const
export interface LogWish {
  readonly stream: (typeof LOG_STREAMS)[number]
  /** Only the last lines of what is there; left out: from the start. */
  readonly tailLines?: number
  /** Goes on until the run is over. */
  readonly follow: boolean
  readonly signal?: AbortSignal
}

export interface Runner {
  /** Starts the run's process, unless a process of it was started before: then that one's news are told. */
  readonly start: (order: StartRun) => void
  /** Never starts anything, and makes sure that nobody else does: tells what became of a run, `lost` where there is no trace of it. */
  readonly adopt: (run: Run, node: string) => void
  /** Asks all processes of the run to end, and makes them end after `graceMs`. A run that is not known is left alone. */
  readonly stop: (run: Run, graceMs: number) => void
  /** All runs that left a trace here, in no order. */
  readonly find: () => Promise<ReadonlyArray<FoundRun>>
  /** News of the runs of a node; answers how to stop listening. */
  readonly listen: (node: string, told: (news: RunNews) => void) => () => void
  /** Whether there is, or was, a process of the run here, or one is being started. */
  readonly knows: (run: Run) => boolean
  /** What the run wrote, in pieces; nothing where the run is not known. */
  readonly logs: (run: Run, wish: LogWish) => AsyncIterable<Uint8Array>
  /** Stops listening and launching. The processes of the runs go on. */
  readonly close: () => Promise<void>
}
