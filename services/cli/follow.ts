/**
 * Waits for a job's end on the feed of events, and copies what its processes write meanwhile. A lost connection is taken up again
 * where it broke, both in the feed and in the middle of a log.
 */
import { FastGpuError, type Client, type Exit, type Outcome, type WatchedEvent } from '../../sdk/typescript/index.ts'
import type { Ending } from './ending.ts'
import { EXIT, Quit } from './quit.ts'
import { clean } from './show/clean.ts'
import type { Terminal } from './terminal.ts'

const TYPES = ['JobAllocated', 'RunStarted', 'RunFinished', 'JobRequeued', 'JobEnded']

export interface Followed {
  readonly number: number
  /** In the ledger, of the event that submitted it. */
  readonly position: number
  /** Copy the logs too. */
  readonly logs: boolean
}

export const endOf = async (client: Client, job: Followed, terminal: Terminal): Promise<Ending> => {
  const stopped = new AbortController()
  const connection = connectionOf(terminal)
  const copies: Array<Promise<void>> = []
  let first: { readonly exit: Exit; readonly code: number; readonly detail: string } | undefined
  try {
    for await (const event of client.watch({ from: job.position, types: TYPES, signal: stopped.signal, onDrop: connection.lost })) {
      connection.isThere()
      if (event.data['job'] !== job.number) continue
      const attempt = Number(event.data['attempt'])
      sayProgress(job.number, event, terminal)
      if (isType(event, 'JobAllocated')) first = undefined
      if (isType(event, 'RunStarted') && job.logs && event.data['member'] === 0) copies.push(copyLogs(client, job.number, attempt))
      if (isType(event, 'RunFinished')) first ??= failureOf(event)
      if (isType(event, 'JobRequeued')) await Promise.all(copies)
      if (!isType(event, 'JobEnded')) continue
      await Promise.all(copies)
      return { outcome: event.data['outcome'] as Outcome, exit: first?.exit, code: first?.code ?? 0, detail: first?.detail ?? '' }
    }
  } finally {
    stopped.abort()
  }
  throw new Quit(EXIT.internal, `the feed of events ended before J${job.number} did`)
}

const isType = (event: WatchedEvent, type: string): boolean => event.type === `fastgpu.${type}`

const failureOf = ({ data }: WatchedEvent): { readonly exit: Exit; readonly code: number; readonly detail: string } | undefined =>
  data['exit'] === 'exited' && data['code'] === 0
    ? undefined
    : { exit: data['exit'] as Exit, code: Number(data['code']), detail: typeof data['detail'] === 'string' ? clean(data['detail']) : '' }

const sayProgress = (number: number, event: WatchedEvent, terminal: Terminal): void => {
  if (!terminal.attended) return
  if (isType(event, 'JobAllocated')) terminal.say(`J${number} has its GPUs (attempt ${String(event.data['attempt'])})`)
  if (isType(event, 'JobRequeued'))
    terminal.say(`J${number} waits again: attempt ${String(event.data['attempt'])} ${String(event.data['reason'])}`)
}

const copyLogs = async (client: Client, number: number, attempt: number): Promise<void> => {
  await Promise.all([
    copyLog(client, number, { attempt, stream: 'stdout' }, process.stdout),
    copyLog(client, number, { attempt, stream: 'stderr' }, process.stderr)
  ])
}

const RETRY_DELAY_MS = 300

/** After a lost connection the log is read from its start, and what was copied already is passed over. */
const copyLog = async (
  client: Client,
  number: number,
  wanted: { readonly attempt: number; readonly stream: 'stdout' | 'stderr' },
  to: NodeJS.WriteStream
): Promise<void> => {
  let copied = 0
  for (;;) {
    let seen = 0
    try {
      for await (const chunk of client.logs(number, { ...wanted, member: 0, follow: true })) {
        const fresh = chunk.subarray(Math.max(0, copied - seen))
        seen += chunk.length
        if (fresh.length === 0) continue
        copied += fresh.length
        if (!to.write(fresh)) await new Promise((resolve) => to.once('drain', resolve))
      }
      return
    } catch (error) {
      if (!(error instanceof FastGpuError) || error.status !== 0) throw error
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS))
    }
  }
}

/** Says once that the connection is lost, however often it is tried, and that it is there again. */
export const connectionOf = (terminal: Terminal): { readonly lost: () => void; readonly isThere: () => void } => {
  let isLost = false
  return {
    lost: () => {
      if (!isLost) terminal.say('fastgpu: the connection is lost; trying again')
      isLost = true
    },
    isThere: () => {
      if (isLost) terminal.say('fastgpu: connected again')
      isLost = false
    }
  }
}

/** Ctrl-C ends the watching, never the job. */
export const detachOnInterrupt = (number: number): void => {
  process.once('SIGINT', () => {
    process.stderr.write(`\nDetached; J${number} goes on. Its output: fastgpu logs -f J${number}. To end it: fastgpu cancel J${number}\n`)
    process.exit(EXIT.detached)
  })
}
