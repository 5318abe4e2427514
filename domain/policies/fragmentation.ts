/**
 * How much of the idle GPU time is in pieces that the workload cannot use (FGD, ATC'23): for a shape that a node cannot take, or that
 * asks for no GPU, all that is idle there; else what is idle on GPUs with less room than it needs; the mean over the workload.
 */
import type { State } from '../cluster/state.ts'
import { CORDONED, DRAINING, RETIRED } from '../cluster/tables.ts'
import { capacityOf } from '../placement/capacity.ts'
import { useCounter } from '../placement/fgd.ts'
import { targetsOf } from '../placement/fgdTable.ts'
import { frequentShapes } from './targets.ts'

export interface Fragmentation {
  /** Thousandths of GPUs that nobody holds, on nodes that take jobs. */
  readonly idleMilli: number
  /** Of these, what the shapes that were submitted most often could not use. */
  readonly fragmentMilli: number
}

const NOTHING_TAKEN = { cpuMilli: 0, gpuMilli: 0 }

export const fragmentation = (state: State): Fragmentation => {
  const targets = targetsOf(frequentShapes(state))
  const weight = targets.reduce((sum, target) => sum + target.weight, 0)
  const capacity = capacityOf(state)
  const useOf = useCounter(capacity, targets)
  let idleMilli = 0
  let usable = 0
  for (let node = 0; node < capacity.nodes; node++) {
    if ((capacity.node.flags[node]! & (CORDONED | DRAINING | RETIRED)) !== 0) continue
    idleMilli += capacity.node.gpuFreeMilli[node]!
    usable += useOf(node, NOTHING_TAKEN, 0)
  }
  return { idleMilli, fragmentMilli: weight === 0 ? 0 : Math.round(idleMilli - usable / weight) }
}
