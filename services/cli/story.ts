/** The events of one job, in ledger order: read from the feed between the job's submission and its end, or the ledger's. */
import type { Client, JobDetail, WatchedEvent } from '../../sdk/typescript/index.ts'
import { JOB_EVENTS } from './show/event.ts'

export interface Story {
  readonly events: ReadonlyArray<WatchedEvent>
  /** False where the ledger was too long to be read to its end. */
  readonly complete: boolean
  readonly nextPosition: number
}

/** The feed hands out the events of all jobs, so a look back is bounded. */
const READ_MS_MAX = 2_000

export const storyOf = async (client: Client, job: JobDetail): Promise<Story> => {
  const end = (await client.status()).head.events
  const stopped = new AbortController()
  const timer = setTimeout(() => stopped.abort(), READ_MS_MAX)
  const events: Array<WatchedEvent> = []
  let nextPosition = job.position
  try {
    if (nextPosition < end)
      for await (const event of client.watch({ from: job.position, signal: stopped.signal })) {
        nextPosition = event.position + 1
        const mine = event.data['job'] === job.number && JOB_EVENTS.includes(event.type.replace('fastgpu.', ''))
        if (mine) events.push(event)
        if (nextPosition >= end || (mine && event.type === 'fastgpu.JobEnded')) return { events, complete: true, nextPosition }
      }
  } finally {
    clearTimeout(timer)
    stopped.abort()
  }
  return { events, complete: nextPosition >= end, nextPosition }
}
