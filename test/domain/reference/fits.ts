/**
 * Why a node cannot hold one member of a job, said slowly: each filter by its definition (domain/placement/filters.ts has them), over
 * plain rows. Production counts and chooses by other means; this is what it has to equal.
 */
import type { WaitCode } from '../../../domain/events/decisions.ts'
import type { Shape } from '../../../domain/events/request.ts'
import type { Rows } from './rows.ts'

export interface RefGpu {
  readonly model: number
  readonly memoryMib: number
  readonly freeMilli: number
}

export interface RefNode {
  readonly cordoned: boolean
  readonly draining: boolean
  readonly labels: ReadonlyArray<number>
  readonly cpuMilli: number
  readonly cpuFree: number
  readonly memoryMib: number
  readonly memoryFree: number
  readonly gpus: ReadonlyArray<RefGpu>
}

export interface RefVerdict {
  readonly codes: ReadonlyArray<WaitCode>
  /** The choices of GPU models that it can serve once its codes are lifted. */
  readonly choices: ReadonlyArray<number>
}

/** The nodes that are not retired. */
export const presentNodes = (rows: Rows): ReadonlyArray<RefNode> =>
  rows.nodes.flatMap((row, node) =>
    row.flags.includes('retired')
      ? []
      : [
          {
            cordoned: row.flags.includes('cordoned'),
            draining: row.flags.includes('draining'),
            labels: row.labels,
            cpuMilli: row.cpuMilli,
            cpuFree: row.cpuFree,
            memoryMib: row.memoryMib,
            memoryFree: row.memoryFree,
            gpus: rows.gpus.filter((gpu) => gpu.node === node)
          }
        ]
  )

const choicesOf = (shape: Shape): ReadonlyArray<ReadonlyArray<number> | 'any'> =>
  shape.gpus === 0 || shape.models.length === 0 ? ['any'] : shape.models

export const verdictOf = (node: RefNode, shape: Shape): RefVerdict => {
  const codes = new Set<WaitCode>()
  if (node.cordoned) codes.add('NodeCordoned')
  if (node.draining) codes.add('NodeDraining')
  if (shape.labels.some((label) => !node.labels.includes(label))) codes.add('LabelsMissing')
  if (node.cpuMilli < shape.cpuMilli) codes.add('CpuTooSmall')
  if (node.memoryMib < shape.memoryMib) codes.add('MemoryTooSmall')
  if (node.cpuFree < Math.min(shape.cpuMilli, node.cpuMilli)) codes.add('CpuBusy')
  if (node.memoryFree < Math.min(shape.memoryMib, node.memoryMib)) codes.add('MemoryBusy')
  if (node.gpus.length < shape.gpus) codes.add('GpusTooFew')
  const needed = Math.min(shape.gpus, node.gpus.length)
  const isModel = (gpu: RefGpu, choice: ReadonlyArray<number> | 'any'): boolean => choice === 'any' || choice.includes(gpu.model)
  const hasMemory = (gpu: RefGpu): boolean => (gpu.memoryMib * shape.gpuMilli) / 1000 >= shape.gpuMemoryMib
  const hasRoom = (gpu: RefGpu): boolean => gpu.freeMilli >= shape.gpuMilli
  const serving = (...tests: ReadonlyArray<(gpu: RefGpu, choice: ReadonlyArray<number> | 'any') => boolean>): ReadonlyArray<number> =>
    choicesOf(shape).flatMap((choice, index) =>
      node.gpus.filter((gpu) => tests.every((test) => test(gpu, choice))).length >= needed ? [index] : []
    )
  // Each filter is judged as if those before it that refuse the node did not.
  const tests: Array<(gpu: RefGpu, choice: ReadonlyArray<number> | 'any') => boolean> = []
  for (const [code, test] of [
    ['GpuModelMismatch', isModel],
    ['GpuMemoryTooSmall', hasMemory],
    ['GpusBusy', hasRoom]
  ] as const) {
    if (serving(...tests, test).length === 0) codes.add(code)
    else tests.push(test)
  }
  return { codes: [...codes], choices: serving(...tests) }
}

export interface RefSurvey {
  /** By code: the nodes that it refuses; and 1 for those that are not about single nodes. */
  readonly counts: Readonly<Partial<Record<WaitCode, number>>>
  readonly feasible: number
  readonly placeable: boolean
  /** The choice that most nodes could serve once all codes are lifted. */
  readonly bestChoice: number
}

export const surveyOf = (nodes: ReadonlyArray<RefNode>, shape: Shape): RefSurvey => {
  const verdicts = nodes.map((node) => verdictOf(node, shape))
  const feasible = verdicts.filter((verdict) => verdict.codes.length === 0)
  const serve = (some: ReadonlyArray<RefVerdict>, choice: number): number =>
    some.filter((verdict) => verdict.choices.includes(choice)).length
  const choices = choicesOf(shape).map((_, index) => index)
  const placeable = choices.some((choice) => serve(feasible, choice) >= shape.nodes)
  const most = Math.max(...choices.map((choice) => serve(verdicts, choice)))
  const counts: Partial<Record<WaitCode, number>> = {}
  if (!placeable) {
    for (const verdict of verdicts) for (const code of verdict.codes) counts[code] = (counts[code] ?? 0) + 1
    if (nodes.length < shape.nodes) counts.NodesTooFew = 1
    else if (most < shape.nodes) counts.ModelsSplit = 1
  }
  return { counts, feasible: feasible.length, placeable, bestChoice: choices.find((choice) => serve(verdicts, choice) === most)! }
}

/** The node with all its obstacles lifted, so that it serves the choice of models. */
export const lifted = (node: RefNode, shape: Shape, choice: number, oneModel: boolean): RefNode => {
  const has = new Set(verdictOf(node, shape).codes)
  const memoryMib = Math.ceil((shape.gpuMemoryMib * 1000) / shape.gpuMilli)
  const wanted = choicesOf(shape)[choice]!
  const model = wanted === 'any' ? 0 : wanted[0]!
  const gpus = node.gpus.map((gpu) => ({
    model: oneModel || has.has('GpuModelMismatch') ? model : gpu.model,
    memoryMib: has.has('GpuMemoryTooSmall') ? Math.max(memoryMib, gpu.memoryMib) : gpu.memoryMib,
    freeMilli: has.has('GpusBusy') ? 1000 : gpu.freeMilli
  }))
  const more = Array.from({ length: Math.max(0, shape.gpus - gpus.length) }, () => ({ model, memoryMib, freeMilli: 1000 }))
  const cpuMilli = Math.max(node.cpuMilli, shape.cpuMilli)
  const memory = Math.max(node.memoryMib, shape.memoryMib)
  return {
    cordoned: false,
    draining: false,
    labels: has.has('LabelsMissing') ? [...new Set([...node.labels, ...shape.labels])] : node.labels,
    cpuMilli,
    cpuFree: has.has('CpuBusy') ? cpuMilli : node.cpuFree + cpuMilli - node.cpuMilli,
    memoryMib: memory,
    memoryFree: has.has('MemoryBusy') ? memory : node.memoryFree + memory - node.memoryMib,
    gpus: has.has('GpusTooFew') ? [...gpus, ...more] : gpus
  }
}

/** A node that has nothing but what one member asks for. */
export const madeFor = (shape: Shape): RefNode =>
  lifted(
    { cordoned: false, draining: false, labels: shape.labels, cpuMilli: 0, cpuFree: 0, memoryMib: 0, memoryFree: 0, gpus: [] },
    shape,
    0,
    false
  )
