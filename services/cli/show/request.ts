/** What a job asks for, in the notation in which `submit` takes it. */
import type { Request } from '../../../sdk/typescript/index.ts'
import { memory, thousandths } from './numbers.ts'

/** `H100:8`, `0.5`, `2x0.5`; a gang's members stand in front: `4 x H100:8`. */
export const gpusText = (request: Request): string => {
  const share = request.gpuMilli === undefined || request.gpuMilli === 1000 ? '' : thousandths(request.gpuMilli)
  const amount = share === '' ? String(request.gpus) : request.gpus === 1 ? share : `${request.gpus}x${share}`
  const models = modelsText(request)
  const each = models === '' ? amount : `${models}:${amount}`
  return (request.nodes ?? 1) > 1 ? `${request.nodes ?? 1} x ${each}` : each
}

export const modelsText = (request: Request): string => (request.gpuModels ?? []).map((choice) => choice.join('|')).join(',')

/** All of it, in words. */
export const requestText = (request: Request): string => {
  const nodes = request.nodes ?? 1
  const parts = [
    `${gpusText({ ...request, nodes: 1 })} GPU${request.gpus === 1 ? '' : 's'}${nodes > 1 ? ` on each of ${nodes} nodes` : ''}`,
    ...(request.gpuMemoryMib ? [`at least ${memory(request.gpuMemoryMib)} on each GPU`] : []),
    ...(request.cpuMilli ? [`${thousandths(request.cpuMilli)} CPUs`] : []),
    ...(request.memoryMib ? [`${memory(request.memoryMib)} of memory`] : []),
    ...Object.entries(request.labels ?? {}).map(([key, value]) => `label ${key}=${value}`)
  ]
  return parts.join(', ')
}
