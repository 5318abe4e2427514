/** Records why the jobs of a shape wait, when the set of reasons is another one than the ledger last said. */
import { Shapes } from '../cluster/tables.ts'
import { shapeNo } from '../kernel/ids.ts'
import { waitBit, waitCodesOf } from '../events/waits.ts'
import type { Answer } from './answer.ts'
import { wantOf, type Memory } from './memory.ts'
import type { Outcome } from './turns.ts'
import type { View } from './view.ts'

const BEHIND_BLOCKED_JOB = waitBit('BehindBlockedJob')
const RETRY_DELAY = waitBit('RetryDelay')
const ROUND_FULL = waitBit('RoundFull')

export const waits = (memory: Memory, view: View, answer: Answer, outcome: Outcome): void => {
  const shapes = new Set([...memory.queue.shapes(), ...memory.delayedOf.keys(), ...memory.said])
  for (const shape of [...shapes].sort((one, other) => one - other)) {
    const mask = maskOf(memory, view, outcome, shape)
    if (mask === Shapes.column.waitMask.get(view.shapes, shape)) continue
    if (!answer.add({ type: 'WaitReasonsChanged', shape: shapeNo(shape), codes: waitCodesOf(mask) })) return
    if (mask === 0) memory.said.delete(shape)
    else memory.said.add(shape)
  }
}

const maskOf = (memory: Memory, view: View, outcome: Outcome, shape: number): number => {
  const waiting = memory.queue.waiting(shape)
  const delayed = memory.delayedOf.has(shape)
  if (waiting === 0 && !delayed) return 0
  const { wish, members } = wantOf(memory, view.state, shape)
  let mask = memory.placer.obstacles(wish, members)
  if (delayed) mask |= RETRY_DELAY
  if (outcome.tooLarge.has(shape)) mask |= ROUND_FULL
  // The one job that nobody may pass is behind nobody; all others that could go are behind it.
  if (outcome.strictShape >= 0 && waiting > (shape === outcome.strictShape ? 1 : 0)) mask |= BEHIND_BLOCKED_JOB
  return mask
}
