/**
 * Watches runs whose launcher belongs to an earlier agent, or is gone: such a run tells nobody of its end, so its process is looked at
 * a few times a second, and its claim once the process is gone.
 */
import { readClaim, type Claim, type End } from './claim.ts'
import { isAlive } from './identity.ts'
import { killLeftovers } from './sessions.ts'

export interface Watching {
  /** `ended` is called once, with how it ended, or that nobody knows. */
  readonly watch: (dir: string, claim: Claim, ended: (end: End) => void) => void
  readonly close: () => void
}

export interface WatchingOptions {
  readonly boot: string
  readonly nowMs: () => number
  /** How long a launcher may take from the end of a process to the line in its claim. */
  readonly lostAfterMs: number
  /** The variable that only processes of the run in this folder have. */
  readonly markOf: (dir: string) => string
}

const POLL_MS = 200

interface Watched {
  readonly dir: string
  readonly claim: Claim
  readonly ended: (end: End) => void
  goneSinceMs: number
}

export const watching = ({ boot, nowMs, lostAfterMs, markOf }: WatchingOptions): Watching => {
  const watched = new Set<Watched>()
  let timer: NodeJS.Timeout | undefined

  const look = (run: Watched): void => {
    if (isAlive(run.claim.process, boot)) return
    const end = readClaim(run.dir)?.end
    if (end === undefined) {
      if (run.goneSinceMs < 0) run.goneSinceMs = nowMs()
      if (run.claim.process.boot === boot && nowMs() - run.goneSinceMs < lostAfterMs) return
      if (run.claim.process.boot === boot) killLeftovers(run.claim.process.pid, markOf(run.dir))
    }
    watched.delete(run)
    run.ended(end ?? { exit: 'lost', code: -1, endedMs: nowMs(), detail: 'its process is gone, and nobody wrote down how it ended' })
  }
  const poll = (): void => {
    for (const run of [...watched]) look(run)
    if (watched.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
  return {
    watch: (dir, claim, ended) => {
      const run = { dir, claim, ended, goneSinceMs: -1 }
      watched.add(run)
      look(run)
      if (watched.size > 0) timer ??= setInterval(poll, POLL_MS)
    },
    close: () => {
      watched.clear()
      clearInterval(timer)
    }
  }
}
