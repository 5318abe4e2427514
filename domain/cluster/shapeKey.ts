/** The canonical text of a shape: two shapes ask for the same if and only if their keys are equal. */
import type { Shape } from '../events/request.ts'

export const shapeKey = (shape: Shape): string =>
  [
    shape.nodes,
    shape.gpus,
    shape.gpuMilli,
    shape.models.map((choice) => choice.join('|')).join('>'),
    shape.gpuMemoryMib,
    shape.cpuMilli,
    shape.memoryMib,
    shape.labels.join('&')
  ].join(' ')
