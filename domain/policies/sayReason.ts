/** One reason of a wait, with its class, its numbers and a sentence for people. */
import { WAIT_CODES, type WaitCode } from '../events/decisions.ts'
import type { Shape } from '../events/request.ts'
import type { Survey } from '../placement/survey.ts'
import type { Reason, Turn, WaitClass } from './explain.ts'

export const sayReason = (code: WaitCode, found: Survey, shape: Shape, turn: Turn): Reason => {
  const nodes = found.refused[WAIT_CODES.indexOf(code)] ?? 0
  const numbers = { ...numbersOf(code, found, shape, turn), nodes }
  return { code, class: classOf(code, found, shape), ...numbers, detail: detailOf(code, numbers, found.present) }
}

const classOf = (code: WaitCode, found: Survey, shape: Shape): WaitClass => {
  switch (code) {
    case 'NodeCordoned':
    case 'NodeDraining':
      return 'policy'
    case 'LabelsMissing':
    case 'GpuModelMismatch':
    case 'GpuMemoryTooSmall':
    case 'GpusTooFew':
    case 'CpuTooSmall':
    case 'MemoryTooSmall':
      // Of a job that other nodes could hold, it only says why these cannot: the job's own choice.
      return found.never ? 'never' : 'policy'
    case 'GpusBusy':
    case 'CpuBusy':
    case 'MemoryBusy':
      return 'capacity'
    case 'NodesTooFew':
      return found.present < shape.nodes ? 'never' : 'capacity'
    case 'ModelsSplit':
      return found.never ? 'never' : 'policy'
    case 'BehindBlockedJob':
      return 'order'
    case 'RetryDelay':
    case 'RoundFull':
      return 'transient'
    default: {
      const unreachable: never = code
      return unreachable
    }
  }
}

/** Needed and available, in the unit of the reason. */
const numbersOf = (code: WaitCode, found: Survey, shape: Shape, turn: Turn): Pick<Reason, 'needed' | 'available'> => {
  const offered = found.offered[WAIT_CODES.indexOf(code)] ?? 0
  switch (code) {
    case 'GpuModelMismatch':
    case 'GpusTooFew':
    case 'GpusBusy':
      return { needed: shape.gpus, available: offered }
    case 'GpuMemoryTooSmall':
      return { needed: shape.gpuMemoryMib, available: offered }
    case 'CpuTooSmall':
    case 'CpuBusy':
      return { needed: shape.cpuMilli, available: offered }
    case 'MemoryTooSmall':
    case 'MemoryBusy':
      return { needed: shape.memoryMib, available: offered }
    case 'NodesTooFew':
      return { needed: shape.nodes, available: found.present }
    case 'ModelsSplit':
      return { needed: shape.nodes, available: found.togetherLifted }
    case 'RetryDelay':
      return { needed: turn.waitMs, available: 0 }
    case 'BehindBlockedJob':
      return { needed: turn.ahead, available: 0 }
    default:
      return { needed: shape.nodes, available: found.together }
  }
}

const nodesOf = (count: number): string => (count === 1 ? '1 node' : `${count} nodes`)

type Numbers = Pick<Reason, 'needed' | 'available' | 'nodes'>

const detailOf = (code: WaitCode, { needed, available, nodes }: Numbers, present: number): string => {
  const of = `${nodes} of ${nodesOf(present)}`
  switch (code) {
    case 'NodeCordoned':
      return `${of} cordoned by an operator`
    case 'NodeDraining':
      return `${of} being drained`
    case 'LabelsMissing':
      return `${of} without a label that the job asks for`
    case 'GpuModelMismatch':
      return `${of} with too few GPUs of the asked models: ${needed} needed, ${available} at most`
    case 'GpuMemoryTooSmall':
      return `${of} with too little GPU memory: ${needed} MiB needed, ${available} MiB at most`
    case 'GpusTooFew':
      return `${of} with too few GPUs: ${needed} needed, ${available} at most`
    case 'CpuTooSmall':
      return `${of} with too few CPUs: ${needed / 1000} needed, ${available / 1000} at most`
    case 'MemoryTooSmall':
      return `${of} with too little memory: ${needed} MiB needed, ${available} MiB at most`
    case 'GpusBusy':
      return `${of} whose GPUs are in use: ${needed} needed with room, ${available} at most`
    case 'CpuBusy':
      return `${of} whose CPUs are in use: ${needed / 1000} needed, ${available / 1000} free at most`
    case 'MemoryBusy':
      return `${of} whose memory is in use: ${needed} MiB needed, ${available} MiB free at most`
    case 'NodesTooFew':
      return `${nodesOf(needed)} needed, ${available} there`
    case 'ModelsSplit':
      return `${nodesOf(needed)} of one choice of GPU models needed, ${available} at most`
    case 'BehindBlockedJob':
      return `the pool keeps strict order, and ${needed === 1 ? '1 job is' : `${needed} jobs are`} before it`
    case 'RetryDelay':
      return `waits ${needed} ms before it is tried again`
    case 'RoundFull':
      return 'the scheduler had no room for it in this round and goes on at once'
    default: {
      const unreachable: never = code
      return unreachable
    }
  }
}
