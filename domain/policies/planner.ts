/**
 * The planner of a pool: what to decide in this state at this time. It keeps indexes between plans, which are its own business: one
 * that starts afresh from the same state answers the same decisions.
 */
import type { State } from '../cluster/state.ts'
import type { Decision, Fact } from '../events/event.ts'
import { answer, type Answer } from './answer.ts'
import { duties } from './duties.ts'
import { endDelay, learn, memoryOf, wait, type Memory } from './memory.ts'
import { targets } from './targets.ts'
import { turns } from './turns.ts'
import { viewOf, type View } from './view.ts'
import { waits } from './waits.ts'

export interface Planned {
  readonly decisions: ReadonlyArray<Decision>
  /** When plan must run again even if nothing happens; -1: never. */
  readonly wakeAtMs: number
}

export interface Planner {
  /** Keeps the indexes in step with facts that were just folded into `state`. */
  readonly learn: (state: State, facts: ReadonlyArray<Fact>) => void
  /**
   * Answers the decisions for the state at that time. The planner moves on by its own decisions: who does not fold exactly these
   * throws it away. They are not given to `learn`.
   */
  readonly plan: (state: State, atMs: number) => Planned
}

export const planner = (state: State, indexBytesMax?: number): Planner => {
  const memory = memoryOf(state, indexBytesMax)
  return {
    learn: (now, facts) => learn(memory, now, facts),
    plan: (now, atMs) => {
      const view = viewOf(now, atMs)
      const found = answer()
      endDelays(memory, view)
      if (memory.unsettled || isDue(memory, view)) decide(memory, view, found)
      memory.unsettled = found.isFull()
      return { decisions: found.decisions, wakeAtMs: found.isFull() ? atMs : wakeAtMs(memory, view) }
    }
  }
}

const decide = (memory: Memory, view: View, found: Answer): void => {
  const requeued = duties(memory, view, found)
  forget(memory, view, found)
  const chosen = targets(view.state)
  if (chosen !== undefined && !found.add(chosen)) return
  memory.placer.follow(view.state.policy, chosen?.targets ?? view.state.targets)
  const outcome = turns(memory, view, found, requeued)
  // In a full round it is not known yet who has to wait; the next plan, which comes at once, says it.
  if (!found.isFull()) waits(memory, view, found, outcome)
}

/** Retries whose time has come stand in the queue again. */
const endDelays = (memory: Memory, view: View): void => {
  for (;;) {
    const job = memory.delayed.takeDue(view.atMs)
    if (job < 0) return
    endDelay(memory, view.state, job)
    wait(memory, view.state, job)
    memory.unsettled = true
  }
}

const forget = (memory: Memory, view: View, found: Answer): void => {
  for (let dueMs = memory.forgetting.dueMs(view); dueMs >= 0 && dueMs <= view.atMs; dueMs = memory.forgetting.dueMs(view)) {
    if (!found.add(memory.forgetting.next())) return
    memory.forgetting.took()
  }
}

const isDue = (memory: Memory, view: View): boolean => {
  const dueMs = wakeAtMs(memory, view)
  return dueMs >= 0 && dueMs <= view.atMs
}

const wakeAtMs = (memory: Memory, view: View): number => {
  let wakeMs = -1
  for (const timeMs of [memory.delayed.firstMs(), memory.deadlines.firstMs(), memory.drains.firstMs(), memory.forgetting.dueMs(view)])
    if (timeMs >= 0 && (wakeMs < 0 || timeMs < wakeMs)) wakeMs = timeMs
  return wakeMs
}
