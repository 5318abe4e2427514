/** What the gateway asks, answered by the scheduler, the views and the runner of this process. Every answer knows all accepted rounds. */
import * as E from 'fp-ts/lib/Either.js'
import type { State } from '../../domain/cluster/state.ts'
import { refusal } from '../../domain/events/errors.ts'
import type { Head } from '../../domain/events/round.ts'
import { jobNo, printJob } from '../../domain/kernel/ids.ts'
import { explain } from '../../domain/policies/explain.ts'
import type { EventLog } from '../../domain/ports/eventLog.ts'
import type { Fault } from '../../domain/ports/fault.ts'
import type { Ledger } from '../../domain/ports/ledger.ts'
import type { Run, Runner } from '../../domain/ports/runner.ts'
import type { Answer, Asked, QueryName } from '../../projections/queries.ts'
import type { AcceptedRound, Ask, Backend, Outcome } from '../gateway/backend.ts'
import type { Projector } from '../projector/projector.ts'

export interface BackendOptions {
  readonly pool: string
  readonly version: string
  readonly stateDirectory: string
  readonly simulated: boolean
  readonly eventLog: EventLog
  readonly ledger: Ledger
  readonly projector: Projector
  readonly runner: Runner
  readonly read: <T>(question: (state: State) => T) => T
  readonly head: () => Head
  readonly watchRounds: (seen: (accepted: AcceptedRound) => void) => () => void
  readonly trouble: () => Fault | undefined
  readonly nowMs: () => number
  /** Whether the folder of a run is there. */
  readonly hasRun: (run: Run) => boolean
}

export const backend = (options: BackendOptions): Backend => {
  const { projector, nowMs } = options

  /** Waits until the views have all that was accepted before the question. */
  const ask =
    <Q extends QueryName>(name: Q, asked: Asked<Q>): Ask<Answer<Q>> =>
    async () => {
      const caughtUp = await projector.caughtUp(options.head().number)
      return E.isLeft(caughtUp) ? caughtUp : projector.ask(name, asked)
    }
  const as =
    <A, B>(question: Ask<A>, change: (answer: A) => B): Ask<B> =>
    async () =>
      E.map(change)(await question())

  return {
    pool: options.pool,
    append: options.eventLog.append,
    ledger: options.ledger,
    watchRounds: options.watchRounds,
    trouble: () => options.trouble() ?? projector.status().trouble,
    outcomeOf: (_stream, cause) =>
      as(ask('outcome', { source: cause.source, id: cause.id }), (row): Outcome | undefined => {
        if (row === undefined) return undefined
        const { position } = row
        if (row.digest !== cause.digest)
          return { type: 'Refused', position, reasons: [refusal('FG_ID_REUSED', `the id "${cause.id}" was used for another input`)] }
        if (row.type === 'refused') return { type: 'Refused', position, reasons: row.reasons }
        if (row.about === 'JobSubmitted' && row.job !== null) return { type: 'JobTaken', position, job: row.job }
        return { type: 'OrderTaken', position, changed: row.type === 'accepted' }
      }),
    names: (numbers) =>
      as(ask('names', numbers), (found) => ({
        job: lookUp(found.jobs),
        node: lookUp(found.nodes),
        gpu: lookUp(found.gpus),
        tenant: lookUp(found.tenants),
        model: lookUp(found.models),
        label: lookUp(found.labels),
        shape: lookUp(found.shapes)
      })),
    jobs: ({ state, ...wanted }) => ask('jobs', { ...wanted, ...(state === undefined ? {} : { states: [state] }) }),
    job: (number) => ask('job', { job: number }),
    explain: (number) => () => Promise.resolve(E.right(options.read((state) => explained(state, number, nowMs())))),
    logs:
      ({ job: number, member, attempt, stream, follow, tail }, signal) =>
      async () => {
        const known = attempt === undefined ? await ask('job', { job: number })() : E.right({ attempt })
        if (E.isLeft(known)) return known
        const run = { job: number, member, attempt: known.right?.attempt ?? 0 }
        if (!options.hasRun(run)) return E.right(undefined)
        return E.right(options.runner.logs(run, { stream, follow, signal, ...(tail === undefined ? {} : { tailLines: tail }) }))
      },
    nodes: () => ask('nodes', {}),
    node: (name) => ask('node', { node: name }),
    queue: () => ask('queue', {}),
    usage: (by, span) => ask('usage', { by, ...span, nowMs: nowMs() }),
    bill: (span) => ask('bill', { ...span, nowMs: nowMs() }),
    forecast: (model, hours) => ask('forecast', { hours, nowMs: nowMs(), ...(model === undefined ? {} : { model }) }),
    policy: () => () => Promise.resolve(E.right(options.read((state) => state.policy))),
    status: () => () => {
      const { number, hash, epoch, at, events } = options.head()
      const { pending, live, nodes } = options.read((state) => ({ pending: state.pending, live: state.live, nodes: state.newestNode.size }))
      const { pool, version, stateDirectory, simulated } = options
      return Promise.resolve(
        E.right({ pool, head: { number, hash, epoch, at, events }, pending, live, nodes, version, stateDir: stateDirectory, simulated })
      )
    }
  }
}

const explained = (state: State, number: number, atMs: number) =>
  number < state.jobs.size ? { ...explain(state, jobNo(number), atMs), job: printJob(jobNo(number)), number } : undefined

const lookUp = <A>(pairs: ReadonlyArray<readonly [number, A]>): ((number: number) => A | undefined) => {
  const found = new Map(pairs)
  return (number) => found.get(number)
}
