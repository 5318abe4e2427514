/**
 * Pack: first on GPUs that are shared already, then beside them on a node in use, last on an empty node; the rule that the openb
 * simulator calls GPU packing, number by number.
 */
import { GPU_MILLI } from '../events/request.ts'
import type { Capacity } from './capacity.ts'
import { leastRoom } from './gpuChoice.ts'
import type { PlacementRule } from './rule.ts'

export const pack = (capacity: Capacity): PlacementRule => ({
  byChance: false,
  score: (node, wish, choice) => {
    if (wish.gpus === 0) return 0
    const idle = capacity.node.idleGpus[node]!
    if (idle === capacity.node.gpuCount[node]!) return Math.max(33 - idle, idle)
    return scoreOfTaken(capacity, node, leastRoom(capacity, node, wish, choice))
  },
  gpus: (node, wish, choice) => leastRoom(capacity, node, wish, choice)
})

const scoreOfTaken = (capacity: Capacity, node: number, taken: number): number => {
  const first = capacity.node.firstGpu[node]!
  let idleTaken = 0
  let roomTaken = 0
  for (let rest = taken; rest !== 0; rest &= rest - 1) {
    const milli = capacity.gpu.freeMilli[first + 31 - Math.clz32(rest & -rest)]!
    if (milli === GPU_MILLI) idleTaken += 1
    else roomTaken += Math.floor((milli * 100) / GPU_MILLI)
  }
  return idleTaken > 0 ? Math.max(50 - idleTaken, 33) : Math.max(100 - Math.floor(roomTaken / 10), 50)
}
