/**
 * What the numbers in events stand for: tenants, models, labels, shapes, and the GPUs of nodes. Nothing here ever changes once it is
 * said, so the other views may look names up whatever round they are at; this one is always projected first.
 */
import type { Request, Shape } from '../domain/events/request.ts'
import { eachEvent, tableOf, type Rows, type View } from './view.ts'

export type TenantRow = { readonly tenant: number; readonly name: string }
export type ModelRow = { readonly model: number; readonly name: string }
export type LabelRow = { readonly label: number; readonly key: string; readonly value: string }
export type ShapeRow = {
  readonly shape: number
  /** As people say it, with names. */
  readonly request: Request
  readonly nodes: number
  /** Of all members together. */
  readonly gpus: number
  readonly wantedMilli: number
  /** Of each GPU, and of each member. */
  readonly gpuMilli: number
  readonly cpuMilli: number
  readonly memoryMib: number
  /** The one that is liked best; ANY_MODEL where none is named. */
  readonly model: number
}
export type MachineRow = {
  readonly node: number
  readonly name: string
  readonly firstGpu: number
  readonly gpus: ReadonlyArray<{ readonly uuid: string; readonly model: number; readonly memoryMib: number }>
}

export const ANY_MODEL = -1
export const ANY_MODEL_NAME = 'any'

export const tenants = tableOf<TenantRow>({ name: 'tenants', columns: { tenant: 'integer', name: 'text' }, key: ['tenant'] })
export const models = tableOf<ModelRow>({
  name: 'models',
  columns: { model: 'integer', name: 'text' },
  key: ['model'],
  indexes: [['name']]
})
export const labels = tableOf<LabelRow>({ name: 'labels', columns: { label: 'integer', key: 'text', value: 'text' }, key: ['label'] })
export const shapes = tableOf<ShapeRow>({
  name: 'shapes',
  columns: {
    shape: 'integer',
    request: 'json',
    nodes: 'integer',
    gpus: 'integer',
    wantedMilli: 'integer',
    gpuMilli: 'integer',
    cpuMilli: 'integer',
    memoryMib: 'integer',
    model: 'integer'
  },
  key: ['shape']
})
export const machines = tableOf<MachineRow>({
  name: 'machines',
  columns: { node: 'integer', name: 'text', firstGpu: 'integer', gpus: 'json' },
  key: ['node'],
  indexes: [['firstGpu']]
})

export const names: View = {
  name: 'names',
  version: 1,
  tables: [tenants.schema, models.schema, labels.schema, shapes.schema, machines.schema],
  project: (rows, round, firstPosition) =>
    eachEvent(round, firstPosition, (event) => {
      switch (event.type) {
        case 'TenantNamed':
          return tenants.put(rows, { tenant: event.tenant, name: event.name })
        case 'ModelNamed':
          return models.put(rows, { model: event.model, name: event.name })
        case 'LabelNamed':
          return labels.put(rows, { label: event.label, key: event.key, value: event.value })
        case 'ShapeDefined':
          return shapes.put(rows, shapeRow(rows, event.shape, event.request))
        case 'NodeRegistered':
          return machines.put(rows, { node: event.node, name: event.name, firstGpu: event.firstGpu, gpus: event.gpus })
        default:
          return
      }
    })
}

export const tenantName = (rows: Rows, tenant: number): string => tenants.get(rows, tenant)?.name ?? `T${tenant}`
export const modelName = (rows: Rows, model: number): string =>
  model === ANY_MODEL ? ANY_MODEL_NAME : (models.get(rows, model)?.name ?? `model ${model}`)

const shapeRow = (rows: Rows, shape: number, asked: Shape): ShapeRow => ({
  shape,
  request: requestOf(rows, asked),
  nodes: asked.nodes,
  gpus: asked.nodes * asked.gpus,
  wantedMilli: asked.nodes * asked.gpus * asked.gpuMilli,
  gpuMilli: asked.gpuMilli,
  cpuMilli: asked.cpuMilli,
  memoryMib: asked.memoryMib,
  model: asked.models[0]?.[0] ?? ANY_MODEL
})

/** Back into the words of the one who asked; what is as by default is left out again. */
const requestOf = (rows: Rows, asked: Shape): Request => ({
  gpus: asked.gpus,
  ...(asked.nodes === 1 ? {} : { nodes: asked.nodes }),
  ...(asked.gpuMilli === 1000 ? {} : { gpuMilli: asked.gpuMilli }),
  ...(asked.models.length === 0 ? {} : { gpuModels: asked.models.map((choice) => choice.map((model) => modelName(rows, model))) }),
  ...(asked.gpuMemoryMib === 0 ? {} : { gpuMemoryMib: asked.gpuMemoryMib }),
  ...(asked.cpuMilli === 0 ? {} : { cpuMilli: asked.cpuMilli }),
  ...(asked.memoryMib === 0 ? {} : { memoryMib: asked.memoryMib }),
  ...(asked.labels.length === 0 ? {} : { labels: labelsOf(rows, asked.labels) })
})

export const labelsOf = (rows: Rows, numbers: ReadonlyArray<number>): Readonly<Record<string, string>> => {
  const found: Array<readonly [string, string]> = []
  for (const number of numbers) {
    const label = labels.get(rows, number)
    if (label !== undefined) found.push([label.key, label.value])
  }
  return Object.fromEntries(found)
}
