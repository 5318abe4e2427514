/**
 * FGD needs to know the workload that it keeps room for. Where the policy does not name it, it is the most frequent shapes that were
 * submitted, chosen anew whenever the number of submissions has doubled.
 */
import type { State } from '../cluster/state.ts'
import { Shapes } from '../cluster/tables.ts'
import type { EventOf } from '../events/event.ts'
import type { TargetShape } from '../events/policy.ts'
import { DECISION_BYTES_MAX } from '../events/round.ts'
import { encodedBytes } from '../events/size.ts'
import { at, readShelf } from '../kernel/shelf.ts'
import { read } from '../kernel/table.ts'

const TARGETS_MAX = 1000
/** Of all submissions, how many the chosen shapes cover at least. */
const COVERED_PERCENT = 95
/** The most frequent ones up to this much: what finished in the same round has to be said beside them. */
const TARGETS_BYTES_MAX = DECISION_BYTES_MAX / 2

export const targets = (state: State): EventOf<'TargetsChosen'> | undefined => {
  const { policy, submitted, targetsSubmitted } = state
  if (policy.placement !== 'fgd' || policy.targets.length > 0) return undefined
  if (submitted === 0 || submitted < 2 * targetsSubmitted) return undefined
  return { type: 'TargetsChosen', submitted, targets: frequentShapes(state) }
}

/** The most frequent shapes that were submitted, until they cover enough of all submissions. */
export const frequentShapes = (state: State): ReadonlyArray<TargetShape> => {
  const shapes = read(state.shapes)
  const facts = readShelf(state.shapeFacts)
  const counts = Array.from({ length: shapes.size }, (_, shape) => ({ shape, count: Shapes.column.submitted.get(shapes, shape) }))
  counts.sort((one, other) => other.count - one.count || one.shape - other.shape)
  const chosen: Array<TargetShape> = []
  let covered = 0
  let bytes = 0
  for (const { shape, count } of counts) {
    if (chosen.length === TARGETS_MAX || covered * 100 >= state.submitted * COVERED_PERCENT) break
    const target: TargetShape = { shape: at(facts, shape), weight: count }
    bytes += encodedBytes(target) + 1
    if (bytes > TARGETS_BYTES_MAX) break
    chosen.push(target)
    covered += count
  }
  return chosen
}
