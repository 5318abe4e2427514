/**
 * A backend for tests of the gateway: the real log, intake, fold and ledger in memory, and no plan, so that jobs wait for ever. What
 * the views would answer is kept in the simplest way that is true.
 */
import * as E from 'fp-ts/lib/Either.js'
import { fold } from '../../domain/cluster/fold.ts'
import { initial } from '../../domain/cluster/state.ts'
import { eventsOf, type EventOf } from '../../domain/events/event.ts'
import { STREAMS } from '../../domain/events/inputs.ts'
import { advance, CORE_VERSION, genesis, type Head, type Round } from '../../domain/events/round.ts'
import { isPoison } from '../../domain/events/input.ts'
import type { Fact } from '../../domain/events/facts.ts'
import { nothingHeard } from '../../domain/intake/heard.ts'
import { intake } from '../../domain/intake/intake.ts'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import type { EventLog } from '../../domain/ports/eventLog.ts'
import type { Ledger } from '../../domain/ports/ledger.ts'
import { decodeInput } from '../../infra/ledger/decodeInput.ts'
import { hashOf } from '../../infra/ledger/hash.ts'
import { chain } from '../../infra/ledger/inputHash.ts'
import { encodeRound } from '../../infra/ledger/roundJson.ts'
import { memoryEventLog } from '../../infra/memory/memoryEventLog.ts'
import { memoryLedger } from '../../infra/memory/memoryLedger.ts'
import type { AcceptedRound, Ask, Backend, Outcome } from '../../services/gateway/backend.ts'
import { outcomeIn } from '../../services/gateway/outcomes.ts'
import type { Job, JobDetail } from '../../sdk/typescript/types.ts'

export interface MemoryBackend {
  readonly backend: Backend
  readonly eventLog: EventLog
  readonly ledger: Ledger
  readonly head: () => Head
  /** No round is made until `go`. */
  readonly halt: () => void
  readonly go: () => void
  /** Each append fails with this fault from now on; undefined: no more. */
  readonly breakWith: (fault: Fault | undefined) => void
  /** The bytes of this job's log; undefined: none. */
  readonly logOf: (job: number, bytes: AsyncIterable<Uint8Array> | undefined) => void
  /** Makes a round of such facts, as if somebody had said them. */
  readonly say: (facts: ReadonlyArray<Fact>) => Promise<void>
  readonly close: () => Promise<void>
}

type Submitted = EventOf<'JobSubmitted'>

export const memoryBackend = (pool = 'default'): MemoryBackend => {
  const eventLog = memoryEventLog()
  const ledger = memoryLedger(pool)
  const listeners = new Set<(accepted: AcceptedRound) => void>()
  const outcomes = new Map<string, Outcome>()
  const submitted: Array<Submitted> = []
  const submittedMs: Array<number> = []
  const logs = new Map<number, AsyncIterable<Uint8Array>>()
  let state = initial()
  let heard = nothingHeard()
  let head = genesis
  let halted = false
  let trouble: Fault | undefined
  let turning: Promise<void> = Promise.resolve()

  const publish = async (facts: ReadonlyArray<Fact>, consumed: Round['consumed'], at: number): Promise<void> => {
    const round: Round = {
      pool,
      number: head.number + 1,
      prev: head.hash,
      epoch: 1,
      leader: 'test',
      core: CORE_VERSION,
      at,
      heardFrom: 0,
      consumed,
      facts,
      decisions: []
    }
    const bytes = encodeRound(round)
    const firstPosition = head.events
    await ledger.append(bytes)()
    head = advance(round, hashOf(bytes), facts.length, head)
    eventsOf(round).forEach((event, index) => {
      const outcome = outcomeIn(event, firstPosition + index)
      if (outcome !== undefined && 'cause' in event) {
        const name = event.cause.key + event.cause.digest
        if (!outcomes.has(name)) outcomes.set(name, outcome)
      }
      if (event.type !== 'JobSubmitted') return
      submitted[event.job] = event
      submittedMs[event.job] = at
    })
    for (const seen of [...listeners]) seen({ round, firstPosition, head })
  }

  const turn = async (): Promise<void> => {
    if (halted) return
    const at = Math.max(head.at, Date.now())
    const facts: Array<Fact> = []
    const consumed = structuredClone(head.consumed) as { -readonly [S in keyof Round['consumed']]: { next: number; hash: string } }
    for (const stream of STREAMS) {
      const records = await eventLog.read(stream, consumed[stream].next, 1_000)()
      for (const record of E.isRight(records) ? records.right : []) {
        const input = decodeInput(stream, record)
        if (isPoison(input)) throw new Error(`the gateway let poison through: ${input.reason}`)
        const taken = intake(state, heard, input, at)
        heard = taken.heard
        state = fold(state, taken.facts, at)
        facts.push(...taken.facts)
        consumed[stream].next = record.position + 1
        if (stream !== 'heartbeats') consumed[stream].hash = chain(consumed[stream].hash, record)
      }
    }
    if (STREAMS.every((stream) => consumed[stream].next === head.consumed[stream].next)) return
    await publish(facts, consumed, at)
  }
  const wake = (): void => void (turning = turning.then(turn))
  const stops = STREAMS.map((stream) => eventLog.watch(stream, wake))

  const jobOf = (job: number): JobDetail | undefined => {
    const event = submitted[job]
    if (event === undefined) return undefined
    return {
      job: `J${job}`,
      number: job,
      name: event.name,
      tenant: `tenant ${event.tenant}`,
      state: 'pending',
      priority: event.priority,
      request: { gpus: 1 },
      attempt: 0,
      submittedMs: submittedMs[job] ?? 0,
      sinceMs: submittedMs[job] ?? 0,
      startedMs: null,
      endedMs: null,
      exit: null,
      exitCode: null,
      nodes: [],
      gpus: 1,
      stopReason: null,
      waits: [],
      waitsSinceMs: null,
      maxRuntimeMs: event.maxRuntimeMs,
      retries: event.retries,
      by: event.by ?? null,
      source: event.cause.source,
      id: event.cause.id,
      body: event.body,
      position: 0,
      notBeforeMs: null,
      story: [],
      members: []
    }
  }
  const say =
    <A>(answer: A): Ask<A> =>
    () =>
      Promise.resolve(trouble === undefined ? E.right(answer) : E.left(trouble))
  const nameOf = (stem: string) => (number: number) => `${stem} ${number}`
  const span = { sinceMs: 0, untilMs: 0 }
  const backend: Backend = {
    pool,
    append: (stream, records) => (trouble === undefined ? eventLog.append(stream, records) : () => Promise.resolve(E.left(trouble!))),
    ledger,
    watchRounds: (seen) => {
      listeners.add(seen)
      return () => listeners.delete(seen)
    },
    outcomeOf: (_stream, cause) => say(outcomes.get(cause.key + cause.digest)),
    names: () =>
      say({
        job: (job) => ({ name: submitted[job]?.name ?? '', tenant: `tenant ${submitted[job]?.tenant}` }),
        node: nameOf('node'),
        gpu: nameOf('gpu'),
        tenant: nameOf('tenant'),
        model: nameOf('model'),
        label: nameOf('label'),
        shape: () => ({ gpus: 1 })
      }),
    trouble: () => trouble,
    jobs: ({ limit, after = submitted.length }) =>
      say(
        submitted
          .slice(Math.max(0, after - limit), after)
          .reverse()
          .map((event): Job => jobOf(event.job)!)
      ),
    job: (job) => say(jobOf(job)),
    explain: (job) =>
      say(
        submitted[job] === undefined
          ? undefined
          : {
              job: `J${job}`,
              number: job,
              phase: 'pending',
              sinceMs: 0,
              reasons: [{ code: 'NodesTooFew', class: 'never', needed: 1, available: 0, nodes: 0, detail: 'there are no nodes' }],
              never: true,
              nodesTotal: 0,
              nodesFeasible: 0,
              ahead: job
            }
      ),
    logs: ({ job }) => say(logs.get(job)),
    nodes: () => say([]),
    node: () => say(undefined),
    queue: () => say({ rows: [], pending: state.pending, live: state.live }),
    usage: (by) =>
      say({ by, ...span, rows: [], allocatedGpuMilliMs: 0, capacityGpuMilliMs: 0, allocatedGpuMs: 0, capacityGpuMs: 0, hours: [] }),
    bill: () =>
      say({ ...span, rows: [], totalMicro: 0, idle: [], idleGpuMilliMs: 0, capacityGpuMilliMs: 0, idleGpuMs: 0, capacityGpuMs: 0 }),
    forecast: () => say([]),
    policy: () => () => Promise.resolve(E.right(state.policy)),
    status: () =>
      say({ pool, head, pending: state.pending, live: state.live, nodes: 0, version: 'test', stateDir: 'memory', simulated: true })
  }
  return {
    backend,
    eventLog,
    ledger,
    head: () => head,
    halt: () => void (halted = true),
    go: () => {
      halted = false
      wake()
    },
    breakWith: (broken) => void (trouble = broken),
    logOf: (job, bytes) => void (bytes === undefined ? logs.delete(job) : logs.set(job, bytes)),
    say: async (facts) => {
      const said = turning.then(() => {
        const at = Math.max(head.at, Date.now())
        state = fold(state, facts, at)
        return publish(facts, head.consumed, at)
      })
      turning = said
      await said
    },
    close: async () => {
      for (const stop of stops) stop()
      await turning
      await eventLog.close()
      await ledger.close()
    }
  }
}

export const diskFull: Fault = fault('FG_STORE_FULL', 'no space is left')
