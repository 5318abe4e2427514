/**
 * What a submitter should hear about a job that was accepted: that no present node could ever hold it. Jobs of one shape have the
 * same answer, so it is remembered for a moment; on a large fleet an explanation costs milliseconds.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { RefusalReason } from '../../domain/events/facts.ts'
import type { AcceptedRound, Backend } from './backend.ts'

export interface Warnings {
  readonly of: (job: number) => Promise<ReadonlyArray<RefusalReason>>
  readonly close: () => void
}

interface Verdict {
  readonly warnings: ReadonlyArray<RefusalReason>
  readonly untilMs: number
}

const REMEMBER_MS = 1_000
const SHAPES_MAX = 1_024
const JOBS_MAX = 65_536

export const warningsOf = (backend: Pick<Backend, 'explain' | 'watchRounds'>, nowMs: () => number): Warnings => {
  const verdicts = new Map<number, Verdict>()
  /** Shapes of jobs that wait since they were submitted, oldest first. */
  const waiting = new Map<number, number>()

  const seen = ({ round }: AcceptedRound): void => {
    for (const fact of round.facts) if (fact.type === 'JobSubmitted') waiting.set(fact.job, fact.shape)
    for (const decision of round.decisions) if (decision.type === 'JobAllocated') waiting.delete(decision.job)
    for (const job of waiting.keys()) {
      if (waiting.size <= JOBS_MAX) break
      waiting.delete(job)
    }
  }

  const stop = backend.watchRounds(seen)
  return {
    of: async (job) => {
      const shape = waiting.get(job)
      if (shape === undefined) return []
      const known = verdicts.get(shape)
      if (known !== undefined && known.untilMs > nowMs()) return known.warnings
      const explained = await backend.explain(job)()
      const never = E.isRight(explained) && explained.right !== undefined && explained.right.never ? explained.right.reasons : []
      const warnings = never.filter((reason) => reason.class === 'never').map(({ code, detail }) => ({ code, message: detail }))
      if (verdicts.size >= SHAPES_MAX) verdicts.clear()
      verdicts.set(shape, { warnings, untilMs: nowMs() + REMEMBER_MS })
      return warnings
    },
    close: stop
  }
}
