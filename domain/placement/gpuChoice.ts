/** Which GPUs of a node a member holds, as a mask of the node's own GPU indexes. */
import { GPU_MILLI } from '../events/request.ts'
import { below, stir } from '../kernel/random.ts'
import type { Capacity } from './capacity.ts'
import { roomyGpus } from './filters.ts'
import type { Wish } from './wish.ts'

/** Those with the least room that is enough, so that whole GPUs stay whole; the lowest index among equals. */
export const leastRoom = (capacity: Capacity, node: number, wish: Wish, choice: number): number => {
  if (wish.gpus === 0) return 0
  const roomy = roomyGpus(capacity, node, wish, choice)
  return wish.gpuMilli === GPU_MILLI ? lowest(roomy, wish.gpus) : leastOf(capacity, node, roomy, wish.gpus)
}

/** So many bits of a mask, each with the same chance. */
export const someOf = (mask: number, wanted: number, bits: number): number => {
  let left = mask
  let taken = 0
  for (let turn = 0; turn < wanted; turn++) {
    const bit = nthBit(left, below(stir(bits, turn), ones(left)))
    left &= ~bit
    taken |= bit
  }
  return taken
}

/** The `wanted` lowest bits of a mask. */
const lowest = (mask: number, wanted: number): number => {
  let rest = mask
  for (let turn = 0; turn < wanted; turn++) rest &= rest - 1
  return mask & ~rest
}

const leastOf = (capacity: Capacity, node: number, roomy: number, wanted: number): number => {
  const { freeMilli } = capacity.gpu
  const first = capacity.node.firstGpu[node]!
  let left = roomy
  let taken = 0
  for (let turn = 0; turn < wanted; turn++) {
    let least = 0
    let leastMilli = GPU_MILLI + 1
    for (let rest = left; rest !== 0; rest &= rest - 1) {
      const bit = rest & -rest
      const milli = freeMilli[first + 31 - Math.clz32(bit)]!
      if (milli < leastMilli) {
        least = bit
        leastMilli = milli
      }
    }
    left &= ~least
    taken |= least
  }
  return taken
}

const ones = (mask: number): number => {
  let count = 0
  for (let rest = mask; rest !== 0; rest &= rest - 1) count += 1
  return count
}

const nthBit = (mask: number, place: number): number => {
  let rest = mask
  for (let turn = 0; turn < place; turn++) rest &= rest - 1
  return rest & -rest
}
