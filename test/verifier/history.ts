/** A small pool's real history, written to a file through the production step and store: jobs, gangs, fractions, cancels, a drain, failures. */
import type { Decision } from '../../domain/events/event.ts'
import { inputTypes, type Said, type Stream } from '../../domain/events/inputs.ts'
import { defaultPolicy } from '../../domain/events/policy.ts'
import { advance, CORE_VERSION, genesis, type Consumed, type Round } from '../../domain/events/round.ts'
import { initial } from '../../domain/cluster/state.ts'
import { mindOf, step, type Mind } from '../../domain/step.ts'
import type { InputRecord } from '../../domain/ports/eventLog.ts'
import { decodeInput } from '../../infra/ledger/decodeInput.ts'
import { hashOf } from '../../infra/ledger/hash.ts'
import { chain } from '../../infra/ledger/inputHash.ts'
import { encodeRound } from '../../infra/ledger/roundJson.ts'
import { openSqlite, type SqliteLog } from '../../infra/sqlite/openSqlite.ts'
import { valueOf } from '../contract/place.ts'
import { POOL, START_MS } from '../ledger/rounds.ts'

export interface History {
  readonly rounds: ReadonlyArray<Round>
  readonly inputs: Readonly<Record<Stream, number>>
}

/** Changes a round on its way into the ledger, for rounds that no healthy scheduler makes. */
export type Twist = (round: Round) => Round

const TICK_MS = 1_000
const BOOT = 'boot-1'
const NODES = ['n1', 'n2', 'n3', 'n4']

export const writeHistory = async (file: string, ticks: number, twist: Twist = (round) => round): Promise<History> => {
  const log = valueOf(await openSqlite({ file, pool: POOL, durability: 'atClose' })())
  const pool = poolOf(log, twist)
  await pool.tick(beginning())
  let running: ReadonlyArray<Said> = []
  for (let tick = 1; tick < ticks; tick++) {
    const decided = await pool.tick([...running, ...wishes(tick)])
    running = decided.flatMap((decision) => reportsOn(decision, START_MS + tick * TICK_MS))
  }
  valueOf(await log.close())
  return pool.history()
}

const beginning = (): ReadonlyArray<Said> => [
  ...NODES.map((node): Said => ({
    type: 'fastgpu.node.register',
    data: {
      node,
      boot: BOOT,
      cpuMilli: 64_000,
      memoryMib: 512_000,
      labels: {},
      gpus: Array.from({ length: 8 }, (_, gpu) => ({ uuid: `${node}-${gpu}`, model: 'H100', memoryMib: 80_000 }))
    }
  })),
  { type: 'fastgpu.price.set', data: { model: 'H100', microPerGpuHour: 2_000_000 } }
]

/** What people want in a tick: different things, in a pattern that never repeats exactly. */
const wishes = (tick: number): ReadonlyArray<Said> => {
  const submit = (gpus: number, other: object = {}): Said => ({
    type: 'fastgpu.job.submit',
    data: { tenant: `t${tick % 3}`, request: { gpus, ...other }, body: `{"command":["train","${tick}"]}`, retries: tick % 2 }
  })
  const said: Array<Said> = [submit((tick * 7) % 8), submit(1, { gpuMilli: 250 + (tick % 4) * 250 })]
  if (tick % 5 === 0) said.push(submit(8, { nodes: 2 }))
  if (tick % 7 === 3) said.push({ type: 'fastgpu.job.cancel', data: { job: tick, reason: 'changed my mind' } })
  if (tick % 11 === 5) said.push({ type: 'fastgpu.node.cordon', data: { node: NODES[tick % 4]!, reason: 'repair' } })
  if (tick % 11 === 9) said.push({ type: 'fastgpu.node.uncordon', data: { node: NODES[(tick - 4) % 4]! } })
  if (tick === 20) said.push({ type: 'fastgpu.policy.set', data: { policy: { ...defaultPolicy, placement: 'spread' } } })
  if (tick % 13 === 6) said.push({ type: 'fastgpu.node.cordon', data: { node: 'nobody', reason: '' } })
  return said
}

/** Agents: every process starts at once and ends in the same tick, every fifth one badly. */
const reportsOn = (decision: Decision, atMs: number): ReadonlyArray<Said> => {
  if (decision.type !== 'JobAllocated') return []
  return decision.tasks.flatMap(({ node }, member): ReadonlyArray<Said> => {
    const run = { node: NODES[node]!, boot: BOOT, job: decision.job, attempt: decision.attempt, member }
    const code = decision.job % 5 === 0 ? 1 : 0
    return [
      { type: 'fastgpu.run.started', data: { ...run, startedMs: atMs } },
      { type: 'fastgpu.run.finished', data: { ...run, exit: 'exited', code, endedMs: atMs + 500 } }
    ]
  })
}

const ORDER: ReadonlyArray<Stream> = ['heartbeats', 'orders', 'jobs']

const poolOf = (log: SqliteLog, twist: Twist) => {
  let mind: Mind = mindOf(initial())
  let head = genesis
  let consumed: Consumed = genesis.consumed
  const rounds: Array<Round> = []
  const counts: Record<Stream, number> = { jobs: 0, orders: 0, heartbeats: 0 }

  const recordOf = (said: Said, stream: Stream, atMs: number): InputRecord => ({
    id: `${stream}-${counts[stream]++}`,
    source: '/test',
    type: said.type,
    time: new Date(atMs).toISOString(),
    data: new TextEncoder().encode(JSON.stringify(said.data))
  })

  const tick = async (said: ReadonlyArray<Said>): Promise<ReadonlyArray<Decision>> => {
    const atMs = START_MS + rounds.length * TICK_MS
    const inputs = []
    for (const stream of ORDER)
      for (const one of said.filter(({ type }) => inputTypes[type].stream === stream)) {
        const record = recordOf(one, stream, atMs)
        const [position] = valueOf(await log.eventLog.append(stream, [record])())
        inputs.push(decodeInput(stream, { ...record, position: position! }))
        if (stream === 'heartbeats') consumed = { ...consumed, heartbeats: { next: position! + 1 } }
        else consumed = { ...consumed, [stream]: { next: position! + 1, hash: chain(consumed[stream].hash, record) } }
      }
    const made = step(mind, inputs, [], atMs)
    if (made.taken !== inputs.length || made.breaches.length > 0) throw new Error(`a bad step: ${JSON.stringify(made.breaches)}`)
    mind = made.mind
    const { facts, decisions } = made
    const whole = { pool: POOL, number: head.number + 1, prev: head.hash, epoch: 1, leader: 'a', core: CORE_VERSION }
    const round = twist({ ...whole, at: atMs, heardFrom: consumed.heartbeats.next, consumed, facts, decisions })
    const bytes = encodeRound(round)
    const appended = valueOf(await log.ledger.append(bytes)())
    if (appended.type === 'Rejected') throw new Error(appended.rejection)
    head = advance(round, hashOf(bytes), facts.length + decisions.length, head)
    rounds.push(round)
    return decisions
  }
  return { tick, history: (): History => ({ rounds, inputs: counts }) }
}
