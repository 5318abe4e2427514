/** What a refused node has of the thing that a filter asks for, so that a person sees how far it is from enough. */
import { WAIT_CODES } from '../events/decisions.ts'
import type { Capacity } from './capacity.ts'
import { includes, type Wish } from './wish.ts'

/** In the filter's own unit: GPUs, MiB or thousandths of a CPU; 0 for filters that ask yes or no. */
export const bestOffer = (capacity: Capacity, node: number, wish: Wish, filter: number): number => {
  const { cpuMilli, memoryMib, cpuFree, memoryFree, gpuCount } = capacity.node
  switch (WAIT_CODES[filter]) {
    case 'GpuModelMismatch':
      return mostOfOneChoice(capacity, node, wish, () => true)
    case 'GpuMemoryTooSmall':
      return Math.floor((largestMemory(capacity, node) * wish.gpuMilli) / 1000)
    case 'GpusTooFew':
      return gpuCount[node]!
    case 'CpuTooSmall':
      return cpuMilli[node]!
    case 'MemoryTooSmall':
      return memoryMib[node]!
    case 'GpusBusy':
      return mostOfOneChoice(capacity, node, wish, (gpu) => suits(capacity, gpu, wish))
    case 'CpuBusy':
      return cpuFree[node]!
    case 'MemoryBusy':
      return memoryFree[node]!
    default:
      return 0
  }
}

const suits = (capacity: Capacity, gpu: number, wish: Wish): boolean =>
  capacity.gpu.memoryMib[gpu]! >= wish.gpuMemoryMib && capacity.gpu.freeMilli[gpu]! >= wish.gpuMilli

const mostOfOneChoice = (capacity: Capacity, node: number, wish: Wish, wanted: (gpu: number) => boolean): number => {
  const first = capacity.node.firstGpu[node]!
  let most = 0
  for (const choice of wish.choices) {
    let count = 0
    for (let gpu = first; gpu < first + capacity.node.gpuCount[node]!; gpu++)
      if (includes(choice, capacity.gpu.model[gpu]!) && wanted(gpu)) count += 1
    most = Math.max(most, count)
  }
  return most
}

const largestMemory = (capacity: Capacity, node: number): number => {
  const first = capacity.node.firstGpu[node]!
  let largest = 0
  for (let gpu = first; gpu < first + capacity.node.gpuCount[node]!; gpu++) largest = Math.max(largest, capacity.gpu.memoryMib[gpu]!)
  return largest
}
