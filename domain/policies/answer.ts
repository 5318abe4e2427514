/** The decisions of one plan, up to the bounds of a round: a number of decisions, and bytes as they will be stored. */
import type { Decision } from '../events/decisions.ts'
import { DECISION_BYTES_MAX, DECISIONS_MAX } from '../events/round.ts'
import { encodedBytes } from '../events/size.ts'

export interface Answer {
  readonly decisions: ReadonlyArray<Decision>
  /** False where the round has no room for it: then it is not taken, and the round is full. */
  readonly add: (decision: Decision) => boolean
  readonly isFull: () => boolean
}

export const answer = (): Answer => {
  const decisions: Array<Decision> = []
  let bytes = 0
  let full = false
  return {
    decisions,
    add: (decision) => {
      if (full) return false
      const more = bytesOf(decision) + 1
      if (decisions.length >= DECISIONS_MAX || bytes + more > DECISION_BYTES_MAX) {
        // One that no round has room for is not a reason to try again at once.
        full = decisions.length > 0
        return false
      }
      decisions.push(decision)
      bytes += more
      return true
    },
    isFull: () => full
  }
}

/** The same as `encodedBytes`, counted without looking at names for the one decision that there are thousands of in a round. */
export const bytesOf = (decision: Decision): number => {
  if (decision.type !== 'JobAllocated') return encodedBytes(decision)
  let bytes = ALLOCATED_BYTES + digits(decision.job) + digits(decision.attempt) + decision.tasks.length - 1
  for (const task of decision.tasks) {
    bytes += TASK_BYTES + digits(task.node) + Math.max(0, task.gpus.length - 1)
    for (const gpu of task.gpus) bytes += digits(gpu)
  }
  return bytes
}

const ALLOCATED_BYTES = '{"type":"JobAllocated","job":,"attempt":,"tasks":[]}'.length
const TASK_BYTES = '{"node":,"gpus":[]}'.length

const digits = (value: number): number => {
  let count = 1
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) count += 1
  return count
}
