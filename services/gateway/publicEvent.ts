/**
 * An event of the ledger as the public feed tells it: a CloudEvent whose data has the names beside the numbers, and nothing that is
 * the submitter's own business. A job's body (its command and its environment) never leaves through here.
 */
import type { Task } from '../../domain/events/decisions.ts'
import type { Event } from '../../domain/events/event.ts'
import type { PublicEvent } from '../../sdk/typescript/types.ts'
import type { Names, Numbers } from './backend.ts'

type Data = Readonly<Record<string, unknown>>

export interface Origin {
  readonly pool: string
  readonly position: number
  readonly atMs: number
}

export const publicEvent = (event: Event, names: Names, { pool, position, atMs }: Origin): PublicEvent => ({
  specversion: '1.0',
  id: String(position),
  source: `/pools/${pool}`,
  type: `fastgpu.${event.type}`,
  time: new Date(atMs).toISOString(),
  datacontenttype: 'application/json',
  data: dataOf(event, names)
})

const dataOf = (event: Event, names: Names): Data => {
  const { type, ...data } = event
  switch (event.type) {
    case 'JobSubmitted': {
      const { type: _, body: secret, cause, ...job } = event
      return {
        ...job,
        ...idOf(cause),
        jobName: event.name,
        tenantName: names.tenant(event.tenant) ?? null,
        request: names.shape(event.shape) ?? null,
        bodyChars: secret.length
      }
    }
    case 'CancelRequested':
      return { ...withoutCause(data), ...idOf(event.cause), ...ofJob(event.job, names) }
    case 'RunStarted':
    case 'RunFinished':
    case 'StopOrdered':
    case 'JobRequeued':
    case 'JobEnded':
      return { ...data, ...ofJob(event.job, names) }
    case 'JobAllocated':
      return { ...data, ...ofJob(event.job, names), tasks: event.tasks.map((task) => ofTask(task, names)) }
    case 'NodeRegistered':
      return {
        ...data,
        nodeName: event.name,
        labelNames: event.labels.map((label) => names.label(label) ?? null),
        gpus: event.gpus.map((gpu) => ({ ...gpu, modelName: names.model(gpu.model) ?? null }))
      }
    case 'NodeRebooted':
    case 'NodeRetired':
      return { ...data, nodeName: names.node(event.node) ?? null }
    case 'NodeCordoned':
    case 'NodeUncordoned':
    case 'NodeDrained':
      return { ...withoutCause(data), ...idOf(event.cause), nodeName: names.node(event.node) ?? null }
    case 'PriceSet':
      return { ...withoutCause(data), ...idOf(event.cause), modelName: names.model(event.model) ?? null }
    case 'PolicySet':
    case 'InputRefused':
    case 'InputNoted':
      return { ...withoutCause(data), ...idOf(event.cause) }
    case 'ShapeDefined':
    case 'WaitReasonsChanged':
      return { ...data, shapeRequest: names.shape(event.shape) ?? null }
    case 'TenantNamed':
    case 'ModelNamed':
    case 'LabelNamed':
    case 'InputQuarantined':
    case 'InputGap':
    case 'ClockStepped':
    case 'PlanFailed':
    case 'TargetsChosen':
    case 'JobsForgotten':
      return data
    default: {
      const unreachable: never = event
      return unreachable
    }
  }
}

const ofJob = (job: number, names: Names): Data => {
  const known = names.job(job)
  return { jobName: known?.name ?? null, tenantName: known?.tenant ?? null }
}

const ofTask = (task: Task, names: Names): Data => ({
  ...task,
  nodeName: names.node(task.node) ?? null,
  gpuUuids: task.gpus.map((gpu) => names.gpu(gpu) ?? null)
})

/** Who sent the input and under which id; the hashes are the ledger's own business. */
const idOf = (cause: { readonly source: string; readonly id: string }): Data => ({ inputSource: cause.source, inputId: cause.id })

const withoutCause = (data: Data): Data => {
  const { cause: _, ...rest } = data
  return rest
}

/** The numbers that the events speak of and that have names. */
export const numbersIn = (events: ReadonlyArray<Event>): Numbers => {
  const found = {
    jobs: new Set<number>(),
    nodes: new Set<number>(),
    gpus: new Set<number>(),
    tenants: new Set<number>(),
    models: new Set<number>(),
    labels: new Set<number>(),
    shapes: new Set<number>()
  }
  for (const event of events) {
    if ('job' in event) found.jobs.add(event.job)
    if ('node' in event) found.nodes.add(event.node)
    if ('tenant' in event) found.tenants.add(event.tenant)
    if ('model' in event) found.models.add(event.model)
    if ('shape' in event) found.shapes.add(event.shape)
    if (event.type === 'JobAllocated')
      for (const task of event.tasks) {
        found.nodes.add(task.node)
        for (const gpu of task.gpus) found.gpus.add(gpu)
      }
    if (event.type === 'NodeRegistered') {
      for (const label of event.labels) found.labels.add(label)
      for (const gpu of event.gpus) found.models.add(gpu.model)
    }
  }
  const listed = (numbers: Set<number>): ReadonlyArray<number> => [...numbers].sort((a, b) => a - b)
  return {
    jobs: listed(found.jobs),
    nodes: listed(found.nodes),
    gpus: listed(found.gpus),
    tenants: listed(found.tenants),
    models: listed(found.models),
    labels: listed(found.labels),
    shapes: listed(found.shapes)
  }
}
