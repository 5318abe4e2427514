/**
 * Reports of agents: a node joins, a process starts or ends. An agent is believed about its own node and its own attempts only; what
 * is stale, repeated or about somebody else records nothing.
 */
import type { Fact } from '../events/facts.ts'
import type { Input } from '../events/input.ts'
import type { RegisterNode, Said } from '../events/inputs.ts'
import { gpuNo, jobNo, nodeNo, type LabelNo, type NodeNo } from '../kernel/ids.ts'
import { at, readShelf } from '../kernel/shelf.ts'
import { read } from '../kernel/table.ts'
import { memberHold } from '../cluster/memberHold.ts'
import { CORDONED, DRAINING, HOLD, Holds, Jobs, Nodes, PHASE } from '../cluster/tables.ts'
import type { NodeFacts, State } from '../cluster/state.ts'
import { naming, type Naming } from './naming.ts'
import { nodeNamed } from './orders.ts'

const job = Jobs.column
const hold = Holds.column
const node = Nodes.column

type Report<T extends Said['type']> = Extract<Said, { readonly type: T }>['data']

export const registerNode = (state: State, input: Input, data: RegisterNode): ReadonlyArray<Fact> => {
  const names = naming(state)
  const gpus = data.gpus.map((gpu) => ({ uuid: gpu.uuid, model: names.model(gpu.model), memoryMib: gpu.memoryMib }))
  const labels = labelsOf(data, names)
  // An agent that brings more new names than the pool can hold is not let in; it tries again at its next start.
  if (names.reasons.length > 0) return []
  const known = nodeNamed(state, data.node)
  const facts: Array<Fact> = [...names.facts]
  let cordoned: string | undefined
  if (known !== undefined) {
    const old = at(readShelf(state.nodeFacts), known)
    if (sameHardware(state, known, old, { cpuMilli: data.cpuMilli, memoryMib: data.memoryMib, gpus, labels })) {
      return old.boot === data.boot ? [] : [{ type: 'NodeRebooted', node: known, boot: data.boot }]
    }
    if (node.holds.get(read(state.nodes), known) > 0) return changedUnderJobs(state, input, known, data.boot)
    if ((node.flags.get(read(state.nodes), known) & (CORDONED | DRAINING)) !== 0) cordoned = old.reason
    facts.push({ type: 'NodeRetired', node: known, reason: 'replaced by a node of the same name with other hardware or labels' })
  }
  facts.push({
    type: 'NodeRegistered',
    node: nodeNo(state.nodes.size),
    name: data.node,
    boot: data.boot,
    cpuMilli: data.cpuMilli,
    memoryMib: data.memoryMib,
    labels,
    firstGpu: gpuNo(state.gpus.size),
    gpus,
    ...(cordoned === undefined ? {} : { cordoned })
  })
  return facts
}

const CHANGED = 'its hardware or labels changed while jobs ran on it; when they have ended, start its agent again and uncordon it'

/** As another node its GPUs would all be free, and could be given away twice: so it stays the node that it was, and gets no new jobs. */
const changedUnderJobs = (state: State, input: Input, known: NodeNo, boot: string): ReadonlyArray<Fact> => {
  const rebooted: ReadonlyArray<Fact> =
    at(readShelf(state.nodeFacts), known).boot === boot ? [] : [{ type: 'NodeRebooted', node: known, boot }]
  const closed = (node.flags.get(read(state.nodes), known) & (CORDONED | DRAINING)) !== 0
  return closed ? rebooted : [...rebooted, { type: 'NodeCordoned', cause: input.cause, node: known, reason: CHANGED }]
}

export const reportStarted = (state: State, data: Report<'fastgpu.run.started'>): ReadonlyArray<Fact> => {
  if (stageOf(state, data) !== HOLD.allocated) return []
  return [{ type: 'RunStarted', job: jobNo(data.job), attempt: data.attempt, member: data.member, startedMs: data.startedMs }]
}

export const reportFinished = (state: State, data: Report<'fastgpu.run.finished'>): ReadonlyArray<Fact> => {
  const stage = stageOf(state, data)
  if (stage !== HOLD.allocated && stage !== HOLD.running) return []
  return [
    {
      type: 'RunFinished',
      job: jobNo(data.job),
      attempt: data.attempt,
      member: data.member,
      exit: data.exit,
      code: data.code,
      endedMs: data.endedMs,
      ...(data.detail === undefined ? {} : { detail: data.detail })
    }
  ]
}

type Run = { readonly node: string; readonly boot: string; readonly job: number; readonly attempt: number; readonly member: number }

/** How far the run that the report is about has come, if it is the sender's own and of the attempt under way; else HOLD.free. */
const stageOf = (state: State, run: Run): number => {
  const jobs = read(state.jobs)
  if (run.job >= jobs.size) return HOLD.free
  const phase = job.phase.get(jobs, run.job)
  if ((phase !== PHASE.allocated && phase !== PHASE.running) || job.attempt.get(jobs, run.job) !== run.attempt) return HOLD.free
  const holds = read(state.holds)
  const row = memberHold(jobs, holds, run.job, run.member)
  if (row < 0) return HOLD.free
  // A node that was replaced keeps its runs until they are reported, so the name and the newest boot of that name decide.
  const facts = at(readShelf(state.nodeFacts), hold.node.get(holds, row))
  const newest = nodeNamed(state, run.node)
  const boot = newest === undefined ? facts.boot : at(readShelf(state.nodeFacts), newest).boot
  return facts.name === run.node && boot === run.boot ? hold.stage.get(holds, row) : HOLD.free
}

const labelsOf = (data: RegisterNode, names: Naming): ReadonlyArray<LabelNo> =>
  Object.keys(data.labels)
    .sort()
    .map((key) => names.label(key, data.labels[key] ?? ''))
    .sort((a, b) => a - b)

type Hardware = {
  readonly cpuMilli: number
  readonly memoryMib: number
  readonly gpus: NodeFacts['gpus']
  readonly labels: ReadonlyArray<LabelNo>
}

const sameHardware = (state: State, known: NodeNo, old: NodeFacts, now: Hardware): boolean => {
  const nodes = read(state.nodes)
  return (
    node.cpuMilli.get(nodes, known) === now.cpuMilli &&
    node.memoryMib.get(nodes, known) === now.memoryMib &&
    old.gpus.length === now.gpus.length &&
    old.gpus.every(
      (gpu, index) =>
        gpu.uuid === now.gpus[index]?.uuid && gpu.model === now.gpus[index]?.model && gpu.memoryMib === now.gpus[index]?.memoryMib
    ) &&
    old.labels.length === now.labels.length &&
    old.labels.every((label, index) => label === now.labels[index])
  )
}
