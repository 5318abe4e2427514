/**
 * The world that a simulated pool lives in: jobs arrive as they did, run as long as they really did, and are given up when their
 * owners gave up. It knows the durations; the pool hears of nothing but submissions, cancels and reports.
 */
import type { Decision } from '../../domain/events/decisions.ts'
import type { Fact } from '../../domain/events/facts.ts'
import type { Policy } from '../../domain/events/policy.ts'
import type { RegisterNode, Said, SubmitJob } from '../../domain/events/inputs.ts'
import type { TraceJob } from '../../infra/traces/job.ts'
import { agenda, type Due } from './agenda.ts'

/** SIGTERM, as a stopped process reports it. */
const STOPPED_BY = 15

interface Happening extends Due {
  readonly said: Said
  readonly id: string
}

export interface World {
  /** When something happens next; undefined: never again. */
  readonly nextMs: () => number | undefined
  /** What is said at that time, in order; each is told once. */
  readonly saidAt: (atMs: number) => ReadonlyArray<{ readonly said: Said; readonly id: string }>
  /** What the pool learned and decided, from which follows what its nodes do. */
  readonly hear: (facts: ReadonlyArray<Fact>, decisions: ReadonlyArray<Decision>, atMs: number) => void
}

export const world = (jobs: ReadonlyArray<TraceJob>, nodes: ReadonlyArray<RegisterNode>, policy: Policy): World => {
  const due = agenda<Happening>()
  const beginMs = jobs[0]?.submitMs ?? 0
  /** By job number. */
  const traced: Array<TraceJob> = []
  const attempts = new Map<number, { readonly attempt: number; readonly nodes: ReadonlyArray<number> }>()
  let order = 0
  let arrival = 0

  const later = (atMs: number, said: Said, id = ''): void => due.add({ atMs, order: order++, said, id })

  for (const node of nodes) later(beginMs, { type: 'fastgpu.node.register', data: node })
  later(beginMs, { type: 'fastgpu.policy.set', data: { policy, by: 'simulate' } }, 'policy')

  /** Arrivals are told from the sorted trace itself, so that the agenda holds only what is under way. */
  const arrive = (atMs: number): ReadonlyArray<{ readonly said: Said; readonly id: string }> => {
    const arrived: Array<{ said: Said; id: string }> = []
    for (; arrival < jobs.length && jobs[arrival]!.submitMs <= atMs; arrival++) {
      arrived.push({ said: { type: 'fastgpu.job.submit', data: submissionOf(jobs[arrival]!) }, id: String(arrival) })
    }
    return arrived
  }

  const nextMs = (): number | undefined => {
    const arrivalMs = jobs[arrival]?.submitMs
    const dueMs = due.peek()?.atMs
    return arrivalMs === undefined ? dueMs : dueMs === undefined ? arrivalMs : Math.min(arrivalMs, dueMs)
  }

  const saidAt = (atMs: number): ReadonlyArray<{ readonly said: Said; readonly id: string }> => {
    const all: Array<{ said: Said; id: string }> = []
    for (let next = due.peek(); next !== undefined && next.atMs <= atMs; next = due.peek()) {
      due.pop()
      all.push(next)
    }
    return [...all, ...arrive(atMs)]
  }

  const report = (job: number, member: number): { node: string; boot: string; job: number; attempt: number; member: number } => {
    const run = attempts.get(job)
    const node = nodes[run?.nodes[member] ?? 0]!
    return { node: node.node, boot: node.boot, job, attempt: run?.attempt ?? 1, member }
  }

  const finish = (job: number, member: number, endedMs: number, stopped: boolean): void =>
    later(endedMs, {
      type: 'fastgpu.run.finished',
      data: { ...report(job, member), exit: stopped ? 'signalled' : 'exited', code: stopped ? STOPPED_BY : 0, endedMs }
    })

  const hear = (facts: ReadonlyArray<Fact>, decisions: ReadonlyArray<Decision>, atMs: number): void => {
    for (const fact of facts) {
      if (fact.type !== 'JobSubmitted') continue
      const job = jobs[Number(fact.cause.id)]!
      traced[fact.job] = job
      if (job.cancelAtMs !== undefined)
        later(
          Math.max(atMs, job.cancelAtMs),
          { type: 'fastgpu.job.cancel', data: { job: fact.job, reason: 'given up, as in the trace', by: 'simulate' } },
          `cancel-${fact.job}`
        )
    }
    for (const decision of decisions) {
      if (decision.type === 'JobAllocated') {
        attempts.set(decision.job, { attempt: decision.attempt, nodes: decision.tasks.map((task) => task.node) })
        const durationMs = traced[decision.job]?.durationMs
        for (let member = 0; member < decision.tasks.length; member++) {
          later(atMs, { type: 'fastgpu.run.started', data: { ...report(decision.job, member), startedMs: atMs } })
          if (durationMs !== undefined) finish(decision.job, member, atMs + durationMs, false)
        }
      }
      if (decision.type === 'StopOrdered') {
        const members = attempts.get(decision.job)?.nodes.length ?? 0
        for (let member = 0; member < members; member++) finish(decision.job, member, atMs, true)
      }
    }
  }
  return { nextMs, saidAt, hear }
}

const submissionOf = (job: TraceJob): SubmitJob => ({ tenant: job.tenant, name: job.id, request: job.request, body: '' })
