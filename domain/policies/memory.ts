/**
 * What the planner keeps between plans, so that a plan costs what changed and not what is there: free capacity with its indexes, the
 * queue, and everything that has a time. All of it follows from the state: a planner that starts afresh answers the same.
 */
import { memberHold } from '../cluster/memberHold.ts'
import type { State } from '../cluster/state.ts'
import { Holds, Jobs, PHASE, Shapes } from '../cluster/tables.ts'
import type { Fact } from '../events/event.ts'
import { at, readShelf } from '../kernel/shelf.ts'
import { read } from '../kernel/table.ts'
import { capacityOf, refresh, type Capacity } from '../placement/capacity.ts'
import { placer, type Placer } from '../placement/place.ts'
import { wishOf, type Wish } from '../placement/wish.ts'
import { queue, type Queue } from '../queueing/queue.ts'
import { timers, type Timers } from '../queueing/timers.ts'
import { forgetting, type Forgetting } from './forgetting.ts'
import { deadlineMs, drainMs } from './stops.ts'
import { isLive, isPending, wantsCancel } from './view.ts'

export interface Memory {
  readonly capacity: Capacity
  readonly placer: Placer
  readonly queue: Queue
  /** Pending jobs that may not start before a time, and how many they are by shape. */
  readonly delayed: Timers
  readonly delayedOf: Map<number, number>
  /** Running jobs with a longest runtime, by when it is over. */
  readonly deadlines: Timers
  /** Draining nodes, by when their jobs are stopped. */
  readonly drains: Timers
  readonly forgetting: Forgetting
  /** Jobs of which something happened that may ask for a decision. Looking at one in vain is harmless. */
  readonly look: Array<number>
  /** Shapes that the ledger last said of that they wait for something. */
  readonly said: Set<number>
  /** By shape: what a member asks for, and how many members there are. Shapes that ask for the same share one wish. */
  readonly wants: Array<Want>
  readonly wishes: Map<string, Wish>
  /** Whether facts came in since the last plan, or that one could not finish. */
  unsettled: boolean
}

export interface Want {
  readonly wish: Wish
  readonly members: number
}

const job = Jobs.column
const hold = Holds.column

export const memoryOf = (state: State, indexBytesMax?: number): Memory => {
  const capacity = capacityOf(state)
  const memory: Memory = {
    capacity,
    placer: placer(capacity, indexBytesMax),
    queue: queue(),
    delayed: timers(),
    delayedOf: new Map(),
    deadlines: timers(),
    drains: timers(),
    forgetting: forgetting(state.forgottenTo),
    look: [],
    said: new Set(),
    wants: [],
    wishes: new Map(),
    unsettled: true
  }
  const jobs = read(state.jobs)
  for (let row = state.forgottenTo; row < jobs.size; row++) {
    if (job.phase.get(jobs, row) === PHASE.ended) continue
    meet(memory, state, row)
    setDeadline(memory, state, row)
  }
  const nodes = read(state.nodes)
  for (let row = 0; row < nodes.size; row++) setDrain(memory, state, row)
  const shapes = read(state.shapes)
  for (let row = 0; row < shapes.size; row++) if (Shapes.column.waitMask.get(shapes, row) !== 0) memory.said.add(row)
  return memory
}

/** Keeps in step with facts that were just folded into the state. */
export const learn = (memory: Memory, state: State, facts: ReadonlyArray<Fact>): void => {
  for (const fact of facts) {
    memory.unsettled = true
    switch (fact.type) {
      case 'JobSubmitted':
        if (isPending(read(state.jobs), fact.job)) wait(memory, state, fact.job)
        break
      case 'CancelRequested':
        memory.look.push(fact.job)
        break
      case 'RunStarted':
        setDeadline(memory, state, fact.job)
        break
      case 'RunFinished':
        memory.look.push(fact.job)
        refreshHold(memory, state, fact.job, fact.member)
        break
      case 'NodeRegistered':
      case 'NodeRetired':
      case 'NodeCordoned':
      case 'NodeUncordoned':
      case 'NodeDrained':
        refresh(memory.capacity, state, fact.node)
        setDrain(memory, state, fact.node)
        break
      default:
        break
    }
  }
}

/** Puts a pending job into the queue. */
export const wait = (memory: Memory, state: State, row: number): void => {
  const jobs = read(state.jobs)
  memory.queue.add(row, job.shape.get(jobs, row), job.priority.get(jobs, row))
}

/** Puts a pending job with those whose time has not come. */
export const delay = (memory: Memory, state: State, row: number, notBeforeMs: number): void => {
  const shape = job.shape.get(read(state.jobs), row)
  memory.delayed.set(row, notBeforeMs)
  memory.delayedOf.set(shape, (memory.delayedOf.get(shape) ?? 0) + 1)
}

/** Takes a job from those whose time has not come. */
export const endDelay = (memory: Memory, state: State, row: number): void => {
  const shape = job.shape.get(read(state.jobs), row)
  const count = memory.delayedOf.get(shape)! - 1
  memory.delayed.remove(row)
  if (count === 0) memory.delayedOf.delete(shape)
  else memory.delayedOf.set(shape, count)
}

export const wantOf = (memory: Memory, state: State, shape: number): Want => {
  const known = memory.wants[shape]
  if (known !== undefined) return known
  const facts = at(readShelf(state.shapeFacts), shape)
  const made = wishOf(facts)
  const wish = memory.wishes.get(made.key) ?? made
  memory.wishes.set(made.key, wish)
  const want = { wish, members: facts.nodes }
  memory.wants[shape] = want
  return want
}

const meet = (memory: Memory, state: State, row: number): void => {
  const jobs = read(state.jobs)
  if (isPending(jobs, row)) {
    const notBeforeMs = job.sinceMs.get(jobs, row)
    if (notBeforeMs > state.atMs) delay(memory, state, row, notBeforeMs)
    else wait(memory, state, row)
  }
  if (isLive(jobs, row) || wantsCancel(jobs, row)) memory.look.push(row)
}

const setDeadline = (memory: Memory, state: State, row: number): void => {
  const jobs = read(state.jobs)
  const deadline = row < jobs.size ? deadlineMs(jobs, row) : -1
  if (deadline >= 0) memory.deadlines.set(row, deadline)
}

const setDrain = (memory: Memory, state: State, row: number): void => {
  const nodes = read(state.nodes)
  if (row >= nodes.size) return
  const stopAtMs = drainMs(nodes, row)
  if (stopAtMs >= 0) memory.drains.set(row, stopAtMs)
  else memory.drains.remove(row)
}

/** The node of a member whose process ended has room again. */
const refreshHold = (memory: Memory, state: State, row: number, member: number): void => {
  const jobs = read(state.jobs)
  const holds = read(state.holds)
  if (row >= jobs.size || !isLive(jobs, row)) return
  const at = memberHold(jobs, holds, row, member)
  if (at >= 0) refresh(memory.capacity, state, hold.node.get(holds, at))
}
