/**
 * The agents of all nodes of this process: each accepted round is turned into orders for them. Decisions that come while the agents
 * are about to start wait, so that none is missed.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { CORDONED, DRAINING, Nodes, RETIRED } from '../../domain/cluster/tables.ts'
import type { State } from '../../domain/cluster/state.ts'
import type { Device, Machine } from '../../domain/ports/devices.ts'
import type { EventLog } from '../../domain/ports/eventLog.ts'
import type { FoundRun, Runner } from '../../domain/ports/runner.ts'
import { nameOf } from '../../domain/kernel/names.ts'
import { at, readShelf } from '../../domain/kernel/shelf.ts'
import { read } from '../../domain/kernel/table.ts'
import { startAgent, type Agent } from '../agent/agent.ts'
import type { ExpectedRun, Order } from '../agent/orders.ts'
import type { AcceptedRound } from '../scheduler/scheduler.ts'
import { append } from './inputs.ts'
import { launchesOf, liveJobs, stopsOf, type JobText } from './launches.ts'

export interface FleetOptions {
  readonly pool: string
  readonly machines: ReadonlyArray<Machine>
  readonly runner: Runner
  readonly eventLog: EventLog
  /** The newest state, which is the one right after the accepted round while `seen` is told of that. */
  readonly read: <T>(question: (state: State) => T) => T
  /** The state right after the newest accepted round, at any time. */
  readonly readAccepted: <T>(question: (state: State) => T) => T
  /** What only the views know of a job: its text, and the position of its last allocation. */
  readonly lookUp: (job: number) => Promise<{ readonly text: JobText; readonly token: number } | undefined>
}

export interface Fleet {
  /** Called for each accepted round, in order, before anybody steps again. */
  readonly seen: (accepted: AcceptedRound) => void
  readonly start: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Bodies of the newest submissions, so that a job that starts at once costs no look-up. */
const TEXTS_MAX = 2048
const ABSENT = 'not part of this start of "fastgpu dev"'

export const fleet = (options: FleetOptions): Fleet => {
  const agents = new Map<string, Agent>()
  const texts = new Map<number, JobText>()
  const source = `/pools/${options.pool}/dev`
  let early: Array<{ readonly node: string; readonly order: Order }> | undefined = []

  let found: ReadonlyArray<FoundRun> = []
  let closed = false
  const know = asking(options.lookUp, () => closed)

  const begin = (machine: Machine, expected: ReadonlyArray<ExpectedRun>): Agent => {
    const report = (reports: Parameters<typeof append>[1]): Promise<void> => append(options.eventLog, reports, `${source}/${machine.name}`)
    const agent = startAgent({ machine, runner: options.runner, found, expected, report })
    agents.set(machine.name, agent)
    return agent
  }
  /** A node that this start lacks got something before its cordon was taken in: it is done as it was decided, not left to wait for ever. */
  const standIn = (name: string): Agent | undefined => {
    const machine = options.read((state) => absentMachines(state, options.machines)).find((one) => one.name === name)
    return machine === undefined ? undefined : begin(machine, [])
  }
  const send = (node: string, order: Order): void => {
    if (early === undefined) (agents.get(node) ?? standIn(node))?.order(order)
    else early.push({ node, order })
  }

  const seen = ({ round, firstPosition }: AcceptedRound): void => {
    for (const fact of round.facts) {
      if (fact.type !== 'JobSubmitted') continue
      texts.set(fact.job, { name: fact.name, body: fact.body })
      if (texts.size > TEXTS_MAX) texts.delete(texts.keys().next().value ?? -1)
    }
    round.decisions.forEach((decision, index) => {
      if (decision.type === 'StopOrdered')
        for (const { node, order } of options.read((state) => stopsOf(state, decision))) send(node, order)
      if (decision.type !== 'JobAllocated') return
      const token = firstPosition + round.facts.length + index
      const text = texts.get(decision.job)
      const launches = options.read((state) => launchesOf(state, decision, token, text ?? { name: '', body: '' }))
      const launch = (known: JobText): void => launches.forEach((one) => send(one.node, { type: 'Start', launch: { ...one, ...known } }))
      if (text !== undefined) launch(text)
      else void know(decision.job).then((known) => (known === undefined ? undefined : launch(known.text)))
    })
  }

  const start = async (): Promise<void> => {
    // Read in one moment, in which every later decision begins to be collected by `seen`.
    early = []
    const live = options.readAccepted(liveJobs)
    const ghosts = options.readAccepted((state) => absentMachines(state, options.machines))
    const expected: Array<ExpectedRun> = []
    for (const one of live) {
      const known = await know(one.job)
      expected.push(...one.complete(known?.token ?? 0, known?.text ?? { name: '', body: '' }))
    }
    found = await options.runner.find()
    const on = ({ name }: Machine): ReadonlyArray<ExpectedRun> => expected.filter(({ launch }) => launch.node === name)
    const busyGhosts = ghosts.filter((machine) => on(machine).length > 0)
    for (const machine of [...options.machines, ...busyGhosts]) begin(machine, on(machine))
    const said = options.read((state) => cordons(state, options.machines)).map((one) => ({ ...one, id: randomUUID() }))
    await surely(() => append(options.eventLog, said, source))
    const waited = early
    early = undefined
    for (const { node, order } of waited) send(node, order)
  }

  return {
    seen,
    start,
    close: async () => {
      closed = true
      await Promise.all([...agents.values()].map((agent) => agent.close()))
    }
  }
}

/** Asks until it is known: a job is neither failed nor left waiting because a disk could not be read for a moment. */
const asking =
  (lookUp: FleetOptions['lookUp'], given: () => boolean): FleetOptions['lookUp'] =>
  async (job) => {
    for (;;) {
      const known = await lookUp(job)
      if (known !== undefined || given()) return known
      await sleep(RETRY_MS, undefined, { ref: false })
    }
  }

/** A full disk passes; until then nothing is started that the cordons would forbid. */
const surely = async (attempt: () => Promise<void>): Promise<void> => {
  for (;;) {
    try {
      return await attempt()
    } catch {
      await sleep(RETRY_MS)
    }
  }
}

const RETRY_MS = 500

const node = Nodes.column

const present = function* (state: State): Generator<{ readonly name: string; readonly flags: number; readonly row: number }> {
  for (let name = 0; name < state.newestNode.size; name++) {
    const row = at(readShelf(state.newestNode), name)
    const flags = node.flags.get(read(state.nodes), row)
    if ((flags & RETIRED) === 0) yield { name: at(readShelf(state.nodeFacts), row).name, flags, row }
  }
}

/** Nodes that the ledger knows and this start lacks, as they were: their runs may still live here. */
const absentMachines = (state: State, machines: ReadonlyArray<Machine>): ReadonlyArray<Machine> =>
  [...present(state)]
    .filter(({ name }) => !machines.some((machine) => machine.name === name))
    .map(({ name, row }) => machineOf(state, name, row))

const machineOf = (state: State, name: string, row: number): Machine => {
  const facts = at(readShelf(state.nodeFacts), row)
  const device = (gpu: (typeof facts.gpus)[number], index: number): Device => {
    const model = nameOf(state.models, gpu.model)
    return { index, uuid: gpu.uuid, model, product: model, memoryMib: gpu.memoryMib, pciAddress: '', health: 'healthy', detail: '' }
  }
  return {
    name,
    cpuMilli: node.cpuMilli.get(read(state.nodes), row),
    memoryMib: node.memoryMib.get(read(state.nodes), row),
    labels: Object.fromEntries(facts.labels.map((label) => splitLabel(nameOf(state.labels, label)))),
    devices: facts.gpus.map(device),
    simulated: true
  }
}

const splitLabel = (text: string): readonly [string, string] => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]

type Cordon = {
  readonly type: 'fastgpu.node.cordon' | 'fastgpu.node.uncordon'
  readonly data: { readonly node: string; readonly reason: string; readonly by: string }
}

/** Nodes that are gone get no new jobs, and those that came back get some again. */
const cordons = (state: State, machines: ReadonlyArray<Machine>): ReadonlyArray<Cordon> =>
  [...present(state)].flatMap(({ name, flags, row }): ReadonlyArray<Cordon> => {
    const here = machines.some((machine) => machine.name === name)
    const ours = (flags & CORDONED) !== 0 && at(readShelf(state.nodeFacts), row).reason === ABSENT
    const data = { node: name, reason: ABSENT, by: 'dev' }
    // A node that drains takes no jobs either, and is not given back to them by coming back.
    if (!here && (flags & (CORDONED | DRAINING)) === 0) return [{ type: 'fastgpu.node.cordon', data }]
    return here && ours ? [{ type: 'fastgpu.node.uncordon', data }] : []
  })
