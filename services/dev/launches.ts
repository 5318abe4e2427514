/**
 * From accepted decisions to what agents are told to do. A job's body is opaque to the core and not in its state, so it is taken from
 * the round that brought it, or else from the views.
 */
import { HOLD, Holds, Jobs, Nodes, STOP_ORDERED } from '../../domain/cluster/tables.ts'
import type { State } from '../../domain/cluster/state.ts'
import { STOP_REASONS, type Task } from '../../domain/events/decisions.ts'
import type { EventOf } from '../../domain/events/event.ts'
import { GPUS_PER_NODE_MAX } from '../../domain/events/request.ts'
import { gpuNo, jobNo, nodeNo, type JobNo } from '../../domain/kernel/ids.ts'
import { nameOf } from '../../domain/kernel/names.ts'
import { at, readShelf } from '../../domain/kernel/shelf.ts'
import { read } from '../../domain/kernel/table.ts'
import type { Launch, LaunchGpu } from '../../domain/ports/runner.ts'
import { masterPortOf } from '../agent/environment.ts'
import type { ExpectedRun, Order } from '../agent/orders.ts'

const job = Jobs.column
const hold = Holds.column
const node = Nodes.column

/** All pretended and real nodes of one machine reach each other here. */
const MASTER_ADDRESS = '127.0.0.1'

/** What of a job is not in the state. */
export interface JobText {
  readonly name: string
  readonly body: string
}

/** The launches of an allocation, one a member, as the state has it right after the round. */
export const launchesOf = (
  state: State,
  decision: Pick<EventOf<'JobAllocated'>, 'job' | 'attempt' | 'tasks'>,
  token: number,
  text: JobText
): ReadonlyArray<Launch> => {
  const shape = at(readShelf(state.shapeFacts), job.shape.get(read(state.jobs), decision.job))
  return decision.tasks.map((task, member) => ({
    job: decision.job,
    attempt: decision.attempt,
    member,
    members: decision.tasks.length,
    token,
    node: at(readShelf(state.nodeFacts), task.node).name,
    gpus: gpusOf(state, task, shape.gpuMilli),
    body: text.body,
    masterAddress: MASTER_ADDRESS,
    masterPort: masterPortOf(decision.job, decision.attempt),
    name: text.name,
    tenant: nameOf(state.tenants, job.tenant.get(read(state.jobs), decision.job))
  }))
}

const gpusOf = (state: State, task: Task, milli: number): ReadonlyArray<LaunchGpu> => {
  const firstGpu = node.firstGpu.get(read(state.nodes), task.node)
  const { gpus } = at(readShelf(state.nodeFacts), task.node)
  return task.gpus.map((number) => {
    const index = number - firstGpu
    return { index, uuid: gpus[index]?.uuid ?? '', milli, memoryMib: gpus[index]?.memoryMib ?? 0 }
  })
}

/** The stops that go out to the nodes of an attempt's living members, each with its node. */
export const stopsOf = (state: State, decision: EventOf<'StopOrdered'>): ReadonlyArray<{ readonly node: string; readonly order: Order }> =>
  membersOf(state, decision.job)
    .filter((one) => one.stage !== HOLD.finished)
    .map((one) => ({
      node: one.nodeName,
      order: {
        type: 'Stop',
        run: { job: decision.job, attempt: decision.attempt, member: one.member },
        reason: decision.reason,
        graceMs: decision.graceMs
      }
    }))

interface Member {
  readonly member: number
  readonly task: Task
  readonly nodeName: string
  readonly stage: number
}

const membersOf = (state: State, number: JobNo): ReadonlyArray<Member> => {
  const holds = read(state.holds)
  const members: Array<Member> = []
  for (let row = job.firstHold.get(read(state.jobs), number); row >= 0; row = hold.next.get(holds, row)) {
    const onNode = nodeNo(hold.node.get(holds, row))
    const firstGpu = node.firstGpu.get(read(state.nodes), onNode)
    const gpus = Array.from({ length: GPUS_PER_NODE_MAX }, (_, bit) => bit).filter(
      (bit) => (hold.gpuMask.get(holds, row) & (1 << bit)) !== 0
    )
    members.push({
      member: members.length,
      task: { node: onNode, gpus: gpus.map((bit) => gpuNo(firstGpu + bit)) },
      nodeName: at(readShelf(state.nodeFacts), onNode).name,
      stage: hold.stage.get(holds, row)
    })
  }
  return members
}

/** A live job as the ledger has it when `dev` starts; what is not in the state is asked for afterwards. */
export interface LiveJob {
  readonly job: JobNo
  readonly complete: (token: number, text: JobText) => ReadonlyArray<ExpectedRun>
}

/** All runs that the ledger holds as live, read at once. */
export const liveJobs = (state: State): ReadonlyArray<LiveJob> => {
  const jobs = read(state.jobs)
  const holds = read(state.holds)
  const live = new Set<number>()
  for (let row = 0; row < holds.size; row++) {
    const stage = hold.stage.get(holds, row)
    if (stage === HOLD.allocated || stage === HOLD.running) live.add(hold.job.get(holds, row))
  }
  return [...live].map((row) => {
    const number = jobNo(row)
    const members = membersOf(state, number)
    const attempt = job.attempt.get(jobs, row)
    const graceMs = state.policy.stopGraceMs
    const reason = STOP_REASONS[job.stopReason.get(jobs, row) - 1]
    const stop = (job.flags.get(jobs, row) & STOP_ORDERED) !== 0 && reason !== undefined ? { reason, graceMs } : undefined
    const launches = launchesOf(state, { job: number, attempt, tasks: members.map(({ task }) => task) }, 0, { name: '', body: '' })
    return {
      job: number,
      complete: (token, text) =>
        launches.flatMap((launch, index): ReadonlyArray<ExpectedRun> => {
          const stage = members[index]?.stage
          if (stage === HOLD.finished) return []
          return [{ launch: { ...launch, ...text, token }, running: stage === HOLD.running, ...(stop === undefined ? {} : { stop }) }]
        })
    }
  })
}
