/**
 * The history that the golden ledger holds: a small pool of mixed nodes with everything that can happen to it, driven by a seeded
 * generator through the production step, so that whoever has the code can make it again.
 */
import type { Input, Poison } from '../../domain/events/input.ts'
import { inputTypes, type Said } from '../../domain/events/inputs.ts'
import { defaultPolicy, PLACEMENTS } from '../../domain/events/policy.ts'
import type { Request } from '../../domain/events/request.ts'
import { advance, CORE_VERSION, genesis, nothingConsumed, type Head, type Round } from '../../domain/events/round.ts'
import { initial } from '../../domain/cluster/state.ts'
import { mindOf, step } from '../../domain/step.ts'
import { hashOf } from '../../infra/ledger/hash.ts'
import { encodeRound } from '../../infra/ledger/roundJson.ts'
import { randomOf } from '../bench/bench.ts'

const TICKS = 130
const TICK_MS = 5_000
const START_MS = 1_764_057_600_000

/** The stored bytes of each round, in order. */
export const writeStory = (): ReadonlyArray<Uint8Array> => {
  const written: Array<Uint8Array> = []
  const world = worldOf()
  let mind = mindOf(initial())
  let head: Head = genesis
  for (let tick = 0; tick < TICKS; tick++) {
    const at = START_MS + tick * TICK_MS
    const inputs = world.say(tick).map((said, index) => given(said, `t${tick}.${index}`, at))
    const stepped = step(mind, inputs, [], at)
    mind = stepped.mind
    world.hear(stepped.decisions, tick)
    if (stepped.breaches.length > 0) throw new Error(`tick ${tick} breaks ${stepped.breaches[0]!.name}`)
    if (stepped.facts.length + stepped.decisions.length === 0) continue
    const bytes = encodeRound(roundOf(head, at, stepped))
    written.push(bytes)
    head = advance(roundOf(head, at, stepped), hashOf(bytes), stepped.facts.length + stepped.decisions.length, head)
  }
  return written
}

const roundOf = (head: Head, at: number, { facts, decisions }: Pick<Round, 'facts' | 'decisions'>): Round => ({
  pool: 'golden',
  number: head.number + 1,
  prev: head.hash,
  epoch: 1,
  leader: 'golden',
  core: CORE_VERSION,
  at,
  heardFrom: 0,
  consumed: nothingConsumed,
  facts,
  decisions
})

const given = (said: Said | Poison, id: string, timeMs: number): Input | Poison => {
  if (!('data' in said)) return said
  const sha256 = hashOf(Buffer.from(JSON.stringify(said)))
  // One id in forty is used for another input before, which must be refused.
  const name = id.endsWith('7.1') ? 't0.0' : id
  const cause = { source: '/golden', id: name, key: hashOf(Buffer.from(name)).slice(0, 32), digest: sha256.slice(0, 16) }
  return { stream: inputTypes[said.type].stream, position: 0, sha256, timeMs, said, cause }
}

interface World {
  readonly say: (tick: number) => ReadonlyArray<Said | Poison>
  readonly hear: (decisions: Round['decisions'], tick: number) => void
}

type Run = { readonly job: number; readonly attempt: number; readonly member: number; readonly node: string; readonly boot: string }

/** Agents and people: processes start a tick after their allocation and end after some more; nodes come, go and are looked after. */
const worldOf = (): World => {
  const random = randomOf(20_251_125)
  const due = new Map<number, Array<Said>>()
  const nodes: Array<{ name: string; boot: string }> = []
  const living = new Map<number, ReadonlyArray<Run>>()
  const later = (tick: number, said: Said): void => {
    due.set(tick, [...(due.get(tick) ?? []), said])
  }
  const register = (name: string, gpus: number, model: string): Said => {
    const boot = `b${random(1000)}`
    nodes.push({ name, boot })
    const cards = Array.from({ length: gpus }, (_, gpu) => ({
      uuid: `GPU-${name}-${gpu}`,
      model,
      memoryMib: model === 'L4' ? 23_034 : 81_559
    }))
    const labels = { zone: random(2) === 0 ? 'a' : 'b' }
    return { type: 'fastgpu.node.register', data: { node: name, boot, cpuMilli: 64_000, memoryMib: 512_000, gpus: cards, labels } }
  }
  const finish = (run: Run, how: number): Said => {
    const ends = [
      { exit: 'signalled', code: 15 },
      { exit: 'exited', code: 1 },
      { exit: 'lost', code: -1 }
    ] as const
    return { type: 'fastgpu.run.finished', data: { ...run, ...(ends[how] ?? { exit: 'exited', code: 0 }), endedMs: START_MS } }
  }
  return {
    say: (tick) => {
      if (tick === 0) return fleet.map(([name, gpus, model]) => register(name, gpus, model))
      const said: Array<Said | Poison> = [...(due.get(tick) ?? []), ...care(tick, register)]
      for (let count = random(4); count > 0; count--) said.push(submission(random))
      if (tick % 9 === 4) said.push({ type: 'fastgpu.job.cancel', data: { job: random(tick), reason: 'not needed' } })
      return said
    },
    hear: (decisions, tick) => {
      for (const decision of decisions) {
        if (decision.type === 'JobAllocated') {
          const runs = decision.tasks.map((task, member) => ({
            ...{ job: decision.job, attempt: decision.attempt, member },
            ...{ node: nodes[task.node]!.name, boot: nodes[task.node]!.boot }
          }))
          living.set(decision.job, runs)
          for (const run of runs) {
            later(tick + 1, { type: 'fastgpu.run.started', data: { ...run, startedMs: START_MS } })
            later(tick + 2 + random(14), finish(run, random(12)))
          }
        }
        if (decision.type === 'StopOrdered') for (const run of living.get(decision.job) ?? []) later(tick + 1, finish(run, 0))
      }
    }
  }
}

const fleet: ReadonlyArray<readonly [string, number, string]> = [
  ['h1', 8, 'H100'],
  ['h2', 8, 'H100'],
  ['a1', 4, 'A100'],
  ['a2', 4, 'A100'],
  ['l1', 2, 'L4'],
  ['c1', 0, 'none']
]

/** What operators do, at its own time each; every placement rules for a while, and the strict order for one of them. */
const care = (tick: number, register: (name: string, gpus: number, model: string) => Said): ReadonlyArray<Said | Poison> => {
  const said: Array<Said | Poison> = []
  if (tick % 20 === 15)
    said.push({
      type: 'fastgpu.policy.set',
      data: {
        policy: {
          ...defaultPolicy,
          placement: PLACEMENTS[((tick - 15) / 20) % PLACEMENTS.length]!,
          order: tick === 55 ? 'strict' : 'pass',
          retryDelayMs: 7_000,
          seed: tick
        }
      }
    })
  if (tick === 3) said.push({ type: 'fastgpu.price.set', data: { model: 'H100', microPerGpuHour: 2_490_000 } })
  if (tick === 10) said.push({ stream: 'jobs', position: 3, sha256: hashOf(Buffer.from('?')), reason: 'data is not JSON in UTF-8' })
  if (tick === 20 || tick === 21) said.push({ type: 'fastgpu.node.cordon', data: { node: 'h2', reason: 'fan broken', by: 'ops' } })
  if (tick === 34) said.push({ type: 'fastgpu.node.uncordon', data: { node: 'h2' } })
  if (tick === 40) said.push({ type: 'fastgpu.node.drain', data: { node: 'a1', reason: 'kernel', stopAtMs: START_MS + 44 * TICK_MS } })
  if (tick === 48) said.push(register('a1', 2, 'A100'))
  if (tick === 70) said.push(register('l1', 2, 'L4'))
  if (tick === 80) said.push({ type: 'fastgpu.node.drain', data: { node: 'nowhere', reason: '' } })
  return said
}

const submission = (random: (below: number) => number): Said => {
  const requests: ReadonlyArray<Request> = [
    { gpus: 1, cpuMilli: 4_000, memoryMib: 16_000 },
    { gpus: 1, gpuMilli: 250 },
    { gpus: 1, gpuMilli: 500, gpuModels: [['L4'], ['A100', 'H100']] },
    { gpus: 4, gpuModels: [['H100']], cpuMilli: 16_000 },
    { gpus: 8, nodes: 2, gpuModels: [['H100']] },
    { gpus: 2, nodes: 3, gpuMemoryMib: 40_000 },
    { gpus: 2, labels: { zone: 'a' } },
    { gpus: 0, cpuMilli: 60_000, memoryMib: 100_000 },
    { gpus: 16, gpuModels: [['H100']] },
    { gpus: 1, gpuModels: [['B200']] },
    { gpus: 32, nodes: 5_000 },
    { gpus: 0, gpuMilli: 100 }
  ]
  return {
    type: 'fastgpu.job.submit',
    data: {
      tenant: ['ann', 'bob', 'eve'][random(3)]!,
      request: requests[random(8) > 0 ? random(8) : random(requests.length)]!,
      body: '{}',
      priority: random(3) - 1,
      retries: random(3),
      maxRuntimeMs: random(5) === 0 ? 20_000 : 0
    }
  }
}
