/**
 * Reports of an agent, told in order and again and again until they are durable. What could not be told is not lost when the agent is
 * killed: the next one finds it in the runs' folders.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Said } from '../../domain/events/inputs.ts'

/** An input of the heartbeats stream. The id is the same whenever the same report is told again within a boot. */
export type Report = Extract<Said, { readonly type: `fastgpu.node.${string}` | `fastgpu.run.${string}` }> & { readonly id: string }

/** Answers when all of them are durable; a rejection means that they may not be, and they are told again. */
export type Tell = (reports: ReadonlyArray<Report>) => Promise<void>

export interface Reporter {
  readonly say: (report: Report) => void
  /** Whether a report of this type still waits. */
  readonly waits: (type: Report['type']) => boolean
  /** Stops, without waiting for what could not be told. */
  readonly close: () => Promise<void>
}

const REPORTS_MAX = 1000
const RETRY_MS_MIN = 50
const RETRY_MS_MAX = 5000
/** A telling that is under way may still arrive; nothing is lost if it does not. */
const CLOSE_MS_MAX = 2000

export const reporter = (tell: Tell): Reporter => {
  let waiting: Array<Report> = []
  const closer = new AbortController()
  let working: Promise<void> | undefined

  const work = async (): Promise<void> => {
    let retryMs = RETRY_MS_MIN
    while (waiting.length > 0 && !closer.signal.aborted) {
      const batch = waiting.slice(0, REPORTS_MAX)
      try {
        await tell(batch)
        waiting = waiting.slice(batch.length)
        retryMs = RETRY_MS_MIN
      } catch {
        await sleep(retryMs, undefined, { signal: closer.signal, ref: false }).catch(() => undefined)
        retryMs = Math.min(retryMs * 2, RETRY_MS_MAX)
      }
    }
    working = undefined
  }
  return {
    say: (report) => {
      waiting.push(report)
      // What else is said in this turn goes into the same batch.
      working ??= Promise.resolve().then(work)
    },
    waits: (type) => waiting.some((report) => report.type === type),
    close: async () => {
      closer.abort()
      await Promise.race([working, sleep(CLOSE_MS_MAX, undefined, { ref: false })])
    }
  }
}
