/**
 * Runs months of a real trace through the production intake, fold, plan and ledger in simulated time. `plan` never sees a true
 * duration: it hears of submissions, cancels and reports, as it would in life.
 */
import * as E from 'fp-ts/lib/Either.js'
import { initial } from '../../domain/cluster/state.ts'
import { inputTypes, type RegisterNode, type Said, type Stream } from '../../domain/events/inputs.ts'
import type { Policy } from '../../domain/events/policy.ts'
import { CORE_VERSION } from '../../domain/events/round.ts'
import { INPUTS_MAX, mindOf, step, TAKE_ORDER, type Mind } from '../../domain/step.ts'
import type { StoredInput } from '../../domain/ports/eventLog.ts'
import type { Fault } from '../../domain/ports/fault.ts'
import { decodeInput } from '../../infra/ledger/decodeInput.ts'
import type { TraceJob } from '../../infra/traces/job.ts'
import { meter, type Measures } from './metrics.ts'
import { recorder, type Store } from './recorder.ts'
import { world } from './world.ts'

export interface SimulateOptions {
  readonly jobs: ReadonlyArray<TraceJob>
  readonly nodes: ReadonlyArray<RegisterNode>
  readonly policy: Policy
  /** Where the ledger goes; left out, nothing is kept. */
  readonly store?: Store
  /** Told now and then: jobs submitted so far, and the simulated time. */
  readonly onProgress?: (submitted: number, atMs: number) => void
}

export interface Simulation extends Measures {
  readonly gpus: number
  readonly nodes: number
  readonly jobs: number
  readonly rounds: number
  readonly events: number
  readonly head: string
}

/** As a scheduler takes them in; within a stream they stay as they were said. */
const inOrder = (written: ReadonlyArray<Written>): ReadonlyArray<Written> =>
  TAKE_ORDER.flatMap((stream) => written.filter((one) => one.stream === stream))

interface Written {
  readonly stream: Stream
  readonly record: StoredInput
}

export const POOL = 'default'
const PROGRESS_ROUNDS = 512

export const simulate = async (options: SimulateOptions): Promise<E.Either<Fault, Simulation>> => {
  const { jobs, nodes } = options
  const happenings = world(jobs, nodes, options.policy)
  const measure = meter(jobs)
  const record = recorder(options.store)
  const encoder = new TextEncoder()
  let mind: Mind = mindOf(initial())
  let wakeAtMs = -1
  const written: Record<Stream, number> = { jobs: 0, orders: 0, heartbeats: 0 }
  let rounds = 0

  /** As a client would send it, and as the scheduler would read it. */
  const write = (said: Said, id: string, atMs: number): Written => {
    const stream = inputTypes[said.type].stream
    const position = written[stream]++
    const name = id === '' ? `${stream}-${position}` : id
    const data = encoder.encode(JSON.stringify(said.data))
    return { stream, record: { id: name, source: 'simulate', type: said.type, time: new Date(atMs).toISOString(), data, position } }
  }

  /** One step on the first of what was written; answers what it left for the next. */
  const advance = (inputs: ReadonlyArray<Written>, atMs: number): ReadonlyArray<Written> => {
    const made = step(
      mind,
      inputs.map((one) => decodeInput(one.stream, one.record)),
      [],
      atMs
    )
    if (made.breaches.length > 0)
      throw new Error(`invariants broken at ${atMs}: ${made.breaches.map((breach) => `${breach.name}: ${breach.detail}`).join('; ')}`)
    mind = made.mind
    wakeAtMs = made.wakeAtMs
    for (const one of inputs.slice(0, made.taken)) record.heard(one.stream, one.record)
    if (made.facts.length + made.decisions.length > 0) {
      record.decided({ pool: POOL, leader: 'simulate', core: CORE_VERSION, at: atMs, facts: made.facts, decisions: made.decisions })
      measure.hear(made.facts, made.decisions, atMs)
      happenings.hear(made.facts, made.decisions, atMs)
      rounds += 1
    }
    return inputs.slice(made.taken)
  }

  /** Steps at one moment until nothing more follows from it. */
  const live = (atMs: number): void => {
    let waiting: ReadonlyArray<Written> = []
    do {
      waiting = inOrder([...waiting, ...happenings.saidAt(atMs).map(({ said, id }) => write(said, id, atMs))])
      waiting = [...advance(waiting.slice(0, INPUTS_MAX), atMs), ...waiting.slice(INPUTS_MAX)]
    } while (waiting.length > 0 || happenings.nextMs() === atMs || (wakeAtMs >= 0 && wakeAtMs <= atMs))
  }

  for (;;) {
    const happensMs = happenings.nextMs()
    const atMs = happensMs === undefined ? wakeAtMs : wakeAtMs >= 0 ? Math.min(happensMs, wakeAtMs) : happensMs
    if (atMs < 0) break
    measure.sample(mind.state, atMs)
    live(atMs)
    if (rounds % PROGRESS_ROUNDS === 0) options.onProgress?.(mind.state.submitted, atMs)
    const flushed = await record.flush(false)
    if (E.isLeft(flushed)) return flushed
  }
  const flushed = await record.flush(true)
  if (E.isLeft(flushed)) return flushed
  const gpus = nodes.reduce((sum, node) => sum + node.gpus.length, 0)
  return E.right({
    ...measure.measures(gpus),
    gpus,
    nodes: nodes.length,
    jobs: jobs.length,
    rounds,
    events: record.head().events,
    head: record.head().hash
  })
}
