/** What is owed to jobs before any is placed: ends, retries, stops. Each policy handles one situation; the first that has an answer wins. */
import { Jobs } from '../cluster/tables.ts'
import type { Decision } from '../events/decisions.ts'
import type { Answer } from './answer.ts'
import { cancels } from './cancels.ts'
import { finishedAttempts } from './finishedAttempts.ts'
import { delay, endDelay, wait, type Memory } from './memory.ts'
import { drains, failedMembers, jobsOn, overdue } from './stops.ts'
import { isPending, type View } from './view.ts'

const policies: ReadonlyArray<(view: View, job: number) => Decision | undefined> = [
  finishedAttempts,
  cancels,
  failedMembers,
  overdue,
  drains
]

const column = Jobs.column

/** Decides for every job that something happened to, in the order of their numbers; answers which went back to the queue just now. */
export const duties = (memory: Memory, view: View, answer: Answer): ReadonlySet<number> => {
  const requeued = new Set<number>()
  gather(memory, view)
  const { look } = memory
  look.sort((one, other) => one - other)
  let done = 0
  let last = -1
  for (; done < look.length; done++) {
    const job = look[done]!
    if (job === last || job >= view.jobs.size) continue
    const decision = decide(view, job)
    if (decision !== undefined) {
      if (!answer.add(decision)) break
      follow(memory, view, decision, requeued)
    }
    last = job
  }
  look.splice(0, done)
  return requeued
}

/** Whose time has come. */
const gather = (memory: Memory, view: View): void => {
  const { atMs } = view
  for (let job = memory.deadlines.takeDue(atMs); job >= 0; job = memory.deadlines.takeDue(atMs)) memory.look.push(job)
  for (let node = memory.drains.takeDue(atMs); node >= 0; node = memory.drains.takeDue(atMs))
    for (const job of jobsOn(view, node)) memory.look.push(job)
}

const decide = (view: View, job: number): Decision | undefined => {
  for (const policy of policies) {
    const decision = policy(view, job)
    if (decision !== undefined) return decision
  }
  return undefined
}

/** Keeps the memory in step with a decision that the state does not know yet. */
const follow = (memory: Memory, view: View, decision: Decision, requeued: Set<number>): void => {
  if (decision.type === 'JobRequeued') {
    memory.deadlines.remove(decision.job)
    if (decision.notBeforeMs > view.atMs) return delay(memory, view.state, decision.job, decision.notBeforeMs)
    wait(memory, view.state, decision.job)
    requeued.add(decision.job)
  }
  if (decision.type === 'JobEnded') {
    memory.deadlines.remove(decision.job)
    if (!isPending(view.jobs, decision.job)) return
    if (memory.delayed.has(decision.job)) endDelay(memory, view.state, decision.job)
    else memory.queue.leave(column.shape.get(view.jobs, decision.job))
  }
}
