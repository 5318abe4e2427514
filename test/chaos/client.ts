/**
 * A client that submits without a pause and writes down what was acknowledged. When the server dies it sends what it knows nothing of
 * again, under the same ids, to the next one.
 */
import { createClient, type Client, type JobInput } from '../../sdk/typescript/index.ts'

const BATCH = 10
const PAUSE_MS = 20
/** One job in so many can run; the others ask for a model that nobody has, so that the submissions do not depend on the machine's speed. */
const RUNNABLE_EVERY = 40

export interface Load {
  readonly acknowledged: Set<string>
  /** Ids of jobs that can run. */
  readonly runnable: Set<string>
  readonly server: (at: { readonly url: string; readonly token: string } | undefined) => void
  /** Submissions acknowledged a second, over the time in which there was a server. */
  readonly rate: () => number
  /** Sends what is still unknown, and stops. */
  readonly drain: () => Promise<void>
}

export const load = (jobOf: (runnable: boolean) => JobInput): Load => {
  const acknowledged = new Set<string>()
  const runnable = new Set<string>()
  let client: Client | undefined
  let upMs = 0
  let upSinceMs: number | undefined
  let next = 0
  let unknown: ReadonlyArray<string> = []
  let stopping = false

  const send = async (): Promise<void> => {
    if (client === undefined) return
    const ids = unknown.length > 0 ? unknown : Array.from({ length: BATCH }, () => `chaos-${next++}`)
    unknown = ids
    for (const id of ids) if (Number(id.slice(6)) % RUNNABLE_EVERY === 0) runnable.add(id)
    try {
      await client.submitBatch(
        ids.map((id) => jobOf(runnable.has(id))),
        { ids, wait: false }
      )
      for (const id of ids) acknowledged.add(id)
      unknown = []
    } catch {
      // Nobody knows what became of them: they are sent again under the same ids.
    }
  }

  const run = async (): Promise<void> => {
    while (!stopping || unknown.length > 0) {
      await Promise.all([send(), new Promise((resolve) => setTimeout(resolve, PAUSE_MS))])
    }
  }
  const running = run()
  return {
    acknowledged,
    runnable,
    server: (at) => {
      client?.close()
      if (upSinceMs !== undefined) upMs += performance.now() - upSinceMs
      upSinceMs = at === undefined ? undefined : performance.now()
      client = at === undefined ? undefined : createClient({ ...at, retriesMax: 0 })
    },
    rate: () => acknowledged.size / ((upMs + (upSinceMs === undefined ? 0 : performance.now() - upSinceMs)) / 1000),
    drain: async () => {
      stopping = true
      await running
    }
  }
}
