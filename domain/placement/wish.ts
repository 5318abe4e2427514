/**
 * What one member of a job asks of its node, ready to be compared with nodes. Jobs that differ only in how many members they have
 * share one wish, and so one index over the nodes.
 */
import { shapeKey } from '../cluster/shapeKey.ts'
import type { Shape } from '../events/request.ts'

export interface Wish {
  readonly key: string
  readonly cpuMilli: number
  readonly memoryMib: number
  readonly gpus: number
  /** Of each GPU, in thousandths. */
  readonly gpuMilli: number
  /** Memory of the whole GPU that a share must come from, so that the share has the memory that was asked for. */
  readonly gpuMemoryMib: number
  /** GPU models that are equally good, in order of preference; one empty choice stands for any model. */
  readonly choices: ReadonlyArray<ReadonlyArray<number>>
  readonly labels: ReadonlyArray<number>
}

export const wishOf = (shape: Shape): Wish => ({
  key: shapeKey({ ...shape, nodes: 1 }),
  cpuMilli: shape.cpuMilli,
  memoryMib: shape.memoryMib,
  gpus: shape.gpus,
  gpuMilli: shape.gpuMilli,
  gpuMemoryMib: Math.ceil((shape.gpuMemoryMib * 1000) / shape.gpuMilli),
  // A job without GPUs does not care which models a node has.
  choices: shape.models.length > 0 && shape.gpus > 0 ? shape.models : [[]],
  labels: shape.labels
})

/** Whether a GPU model is one of a choice. */
export const includes = (choice: ReadonlyArray<number>, model: number): boolean => choice.length === 0 || choice.includes(model)
