/** Names of the newest jobs, as their own events say them: a view may not have heard of them yet when the feed speaks of them. */
import type { Round } from '../../domain/events/round.ts'

const JOBS_MAX = 65_536

export interface JobName {
  readonly name: string
  readonly tenant: number
}

export interface JobNames {
  readonly learn: (round: Round) => void
  readonly of: (job: number) => JobName | undefined
}

export const jobNames = (): JobNames => {
  const names = new Map<number, JobName>()
  return {
    learn: (round) => {
      for (const fact of round.facts) if (fact.type === 'JobSubmitted') names.set(fact.job, { name: fact.name, tenant: fact.tenant })
      for (const oldest of names.keys()) {
        if (names.size <= JOBS_MAX) break
        names.delete(oldest)
      }
    },
    of: (job) => names.get(job)
  }
}
