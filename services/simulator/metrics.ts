/** What people ask of a schedule: how long jobs waited, how much slower they were than alone, and how well the fleet was used. */
import type { State } from '../../domain/cluster/state.ts'
import type { Decision } from '../../domain/events/decisions.ts'
import type { Fact } from '../../domain/events/facts.ts'
import { GPU_MILLI } from '../../domain/events/request.ts'
import { fragmentation } from '../../domain/policies/fragmentation.ts'
import type { TraceJob } from '../../infra/traces/job.ts'

/** scheduling-quality: a job shorter than this counts as if it were this long, so that trivial jobs do not rule the mean. */
const SLOWDOWN_BOUND_MS = 600_000

export interface Distribution {
  readonly mean: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

export interface Measures {
  /** ms from submission to the first allocation, over the jobs that got one. */
  readonly waitMs: Distribution
  /** max(1, (wait + run) / max(run, 600 s)). */
  readonly boundedSlowdown: Distribution
  /** GPU time held / (GPUs x time), from the first submission to the last end. */
  readonly utilization: number
  /** From the first submission to the last end. */
  readonly makespanMs: number
  readonly gpuHours: number
  /**
   * Of the idle GPU time, the share in pieces that the most frequent shapes could not use: the mean of samples at equal distances from
   * the first submission to the last (domain/policies/fragmentation.ts).
   */
  readonly fragmentation: number
  readonly started: number
  readonly neverStarted: number
}

/** The time between the first and the last submission is looked at so often. */
const SAMPLES = 200

export interface Meter {
  /** Called before time moves on to `untilMs`, with the state as it is until then. */
  readonly sample: (state: State, untilMs: number) => void
  readonly hear: (facts: ReadonlyArray<Fact>, decisions: ReadonlyArray<Decision>, atMs: number) => void
  readonly measures: (gpus: number) => Measures
}

export const meter = (jobs: ReadonlyArray<TraceJob>): Meter => {
  const waitsMs: Array<number> = []
  const slowdowns: Array<number> = []
  const traced: Array<TraceJob> = []
  const sharesMilli: Array<number> = []
  const held = new Map<number, { readonly sinceMs: number; readonly first: boolean }>()
  const beginMs = jobs[0]?.submitMs ?? 0
  let submitted = 0
  let milliMs = 0
  let lastMs = beginMs

  const spanMs = Math.max(1, (jobs.at(-1)?.submitMs ?? beginMs) - beginMs)
  const shares: Array<number> = []
  const sample = (state: State, untilMs: number): void => {
    const due = Math.min(SAMPLES, Math.floor(((untilMs - beginMs) / spanMs) * SAMPLES))
    if (shares.length >= due) return
    const { idleMilli, fragmentMilli } = fragmentation(state)
    const share = idleMilli === 0 ? 0 : fragmentMilli / idleMilli
    while (shares.length < due) shares.push(share)
  }

  const hear = (facts: ReadonlyArray<Fact>, decisions: ReadonlyArray<Decision>, atMs: number): void => {
    for (const fact of facts) {
      if (fact.type === 'JobSubmitted') {
        const job = jobs[Number(fact.cause.id)]!
        submitted += 1
        traced[fact.job] = job
        sharesMilli[fact.job] = job.request.gpus * (job.request.gpuMilli ?? GPU_MILLI)
      }
      if (fact.type === 'RunFinished') {
        milliMs += (atMs - (held.get(fact.job)?.sinceMs ?? atMs)) * (sharesMilli[fact.job] ?? 0)
        lastMs = atMs
      }
    }
    for (const decision of decisions) {
      if (decision.type !== 'JobAllocated') continue
      const job = traced[decision.job]!
      held.set(decision.job, { sinceMs: atMs, first: decision.attempt === 1 })
      if (decision.attempt > 1) continue
      const waitMs = atMs - job.submitMs
      const runMs = job.durationMs ?? 0
      waitsMs.push(waitMs)
      slowdowns.push(Math.max(1, (waitMs + runMs) / Math.max(runMs, SLOWDOWN_BOUND_MS)))
    }
  }

  const measures = (gpus: number): Measures => ({
    waitMs: distribution(waitsMs),
    boundedSlowdown: distribution(slowdowns),
    utilization: milliMs / (gpus * GPU_MILLI * Math.max(1, lastMs - beginMs)),
    makespanMs: lastMs - beginMs,
    gpuHours: milliMs / GPU_MILLI / 3_600_000,
    fragmentation: shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length),
    started: waitsMs.length,
    neverStarted: submitted - waitsMs.length
  })
  return { hear, measures, sample }
}

/** Percentiles by nearest rank. */
export const distribution = (values: ReadonlyArray<number>): Distribution => {
  const sorted = Float64Array.from(values).sort()
  const rank = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
  return {
    mean: sorted.reduce((sum, value) => sum + value, 0) / Math.max(1, sorted.length),
    p50: rank(0.5),
    p95: rank(0.95),
    p99: rank(0.99)
  }
}
