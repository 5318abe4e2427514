/** Records why the jobs of a shape wait, when the set of reasons is another one than the ledger last said. */
import { Jobs, Shapes } from '../cluster/tables.ts'
import { shapeNo } from '../kernel/ids.ts'
import { waitBit, waitCodesOf } from '../events/waits.ts'
import type { Answer } from './answer.ts'
import { wantOf, type Memory } from './memory.ts'
import type { Outcome } from './turns.ts'
import type { View } from './view.ts'

const BEHIND_BLOCKED_JOB = waitBit('BehindBlockedJob')
const RETRY_DELAY = waitBit('RetryDelay')
const ROUND_FULL = waitBit('RoundFull')

const job = Jobs.column

export const waits = (memory: Memory, view: View, answer: Answer, outcome: Outcome): void => {
  const behind = shapesBehind(memory, view, outcome.strictJob)
  const shapes = new Set([...memory.queue.shapes(), ...memory.delayedOf.keys(), ...memory.said])
  for (const shape of [...shapes].sort((one, other) => one - other)) {
    let mask = obstaclesOf(memory, view, shape)
    if (behind.has(shape)) mask |= BEHIND_BLOCKED_JOB
    if (memory.delayedOf.has(shape)) mask |= RETRY_DELAY
    if (outcome.tooLarge.has(shape)) mask |= ROUND_FULL
    if (mask === Shapes.column.waitMask.get(view.shapes, shape)) continue
    if (!answer.add({ type: 'WaitReasonsChanged', shape: shapeNo(shape), codes: waitCodesOf(mask) })) return
    if (mask === 0) memory.said.delete(shape)
    else memory.said.add(shape)
  }
}

const obstaclesOf = (memory: Memory, view: View, shape: number): number => {
  if (memory.queue.waiting(shape) === 0 && !memory.delayedOf.has(shape)) return 0
  const { wish, members } = wantOf(memory, view.state, shape)
  return memory.placer.obstacles(wish, members)
}

/** The shapes of the jobs whose turn comes after that of the one that nobody may pass. */
const shapesBehind = (memory: Memory, view: View, strictJob: number): ReadonlySet<number> => {
  const behind = new Set<number>()
  if (strictJob < 0) return behind
  const { jobs } = view
  const strictShape = job.shape.get(jobs, strictJob)
  for (const shape of memory.queue.shapes()) if (memory.queue.waiting(shape) > (shape === strictShape ? 1 : 0)) behind.add(shape)
  const strictPriority = job.priority.get(jobs, strictJob)
  for (const delayed of memory.delayed.numbers()) {
    const priority = job.priority.get(jobs, delayed)
    if (priority < strictPriority || (priority === strictPriority && delayed > strictJob)) behind.add(job.shape.get(jobs, delayed))
  }
  return behind
}
