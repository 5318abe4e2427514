/**
 * The fold again, slow and obviously right: plain objects and lists, everything that can be counted is counted when it is asked for,
 * and nothing is shared with the production fold but the events. `rowsOf` of a state must equal `rows` of this.
 */
import type { Event } from '../../../domain/events/event.ts'
import type { Cause } from '../../../domain/events/cause.ts'
import type { Shape } from '../../../domain/events/request.ts'
import { gpuCountOf, isLive, type Reference, type RefJob } from './model.ts'

/** Changes the model in place. */
export const foldReference = (model: Reference, events: ReadonlyArray<Event>, atMs: number): Reference => {
  model.atMs = Math.max(model.atMs, atMs)
  const startMs = model.atMs - model.window.windowMs
  if (startMs > model.windowStartMs) {
    model.windowStartMs = startMs
    model.ids = model.ids.filter((entry) => entry.atMs >= startMs)
  }
  for (const event of events) {
    apply(model, event)
    model.events += 1
  }
  return model
}

const remember = (model: Reference, cause: Cause, job = -1): void => {
  if (model.ids.some((entry) => entry.key === cause.key)) return
  if (model.ids.length >= model.window.idsMax) {
    const oldest = model.ids.shift()
    if (oldest !== undefined) model.windowStartMs = Math.max(model.windowStartMs, oldest.atMs + 1)
  }
  model.ids.push({ key: cause.key, digest: cause.digest, job, atMs: model.atMs })
}

const name = (names: Array<string>, number: number, text: string): void => {
  if (number === names.length && !names.includes(text)) names.push(text)
}

/** The live job of that number with that attempt under way, or undefined. */
const liveJob = (model: Reference, number: number, attempt: number): RefJob | undefined => {
  const job = model.jobs[number]
  return job !== undefined && isLive(job) && job.attempt === attempt ? job : undefined
}

const apply = (model: Reference, event: Event): void => {
  if (event.type === 'JobSubmitted' && !isNext(model, event)) return
  if ('cause' in event) remember(model, event.cause, event.type === 'JobSubmitted' ? event.job : -1)
  switch (event.type) {
    case 'TenantNamed':
      return name(model.tenants, event.tenant, event.name)
    case 'ModelNamed':
      return name(model.models, event.model, event.name)
    case 'LabelNamed':
      return name(model.labels, event.label, `${event.key}=${event.value}`)
    case 'ShapeDefined': {
      const same = model.shapes.some((shape) => sameShape(shape.request, event.request))
      if (event.shape === model.shapes.length && !same) model.shapes.push({ request: event.request, submitted: 0, waits: [] })
      return
    }
    case 'PolicySet':
      model.policy = event.policy
      model.targets = event.policy.targets
      model.targetsSubmitted = 0
      return
    case 'TargetsChosen':
      model.targets = event.targets
      model.targetsSubmitted = event.submitted
      return
    case 'WaitReasonsChanged': {
      const shape = model.shapes[event.shape]
      if (shape !== undefined) shape.waits = [...new Set(event.codes)].sort()
      return
    }
    case 'NodeRegistered':
    case 'NodeRebooted':
    case 'NodeRetired':
    case 'NodeCordoned':
    case 'NodeUncordoned':
    case 'NodeDrained':
      return applyToNode(model, event)
    case 'PriceSet':
    case 'InputRefused':
    case 'InputNoted':
    case 'InputQuarantined':
    case 'InputGap':
    case 'ClockStepped':
    case 'PlanFailed':
      return
    default:
      return applyToJob(model, event)
  }
}

const isNext = (model: Reference, event: Event & { type: 'JobSubmitted' }): boolean =>
  event.job === model.jobs.length && event.shape < model.shapes.length

type NodeEvent = Extract<
  Event,
  { type: 'NodeRegistered' | 'NodeRebooted' | 'NodeRetired' | 'NodeCordoned' | 'NodeUncordoned' | 'NodeDrained' }
>
const applyToNode = (model: Reference, event: NodeEvent): void => {
  if (event.type === 'NodeRegistered') {
    if (event.node !== model.nodes.length || event.firstGpu !== gpuCountOf(model)) return
    const { name, boot, labels, cpuMilli, memoryMib, firstGpu, gpus } = event
    const flags = new Set(event.cordoned === undefined ? [] : ['cordoned' as const])
    model.nodes.push({ name, boot, labels, cpuMilli, memoryMib, firstGpu, gpus, flags, stopAtMs: -1, reason: event.cordoned ?? '' })
    return
  }
  const node = model.nodes[event.node]
  if (node === undefined) return
  if (event.type === 'NodeRebooted') {
    node.boot = event.boot
    return
  }
  if (node.flags.has('retired')) return
  node.reason = event.type === 'NodeUncordoned' ? '' : event.reason
  if (event.type === 'NodeRetired') node.flags.add('retired')
  if (event.type === 'NodeCordoned') node.flags.add('cordoned')
  if (event.type === 'NodeDrained') {
    node.flags.add('draining')
    node.stopAtMs = event.stopAtMs
  }
  if (event.type === 'NodeUncordoned') {
    node.flags.clear()
    node.stopAtMs = -1
  }
}

type JobEvent = Extract<
  Event,
  {
    type:
      | 'JobSubmitted'
      | 'CancelRequested'
      | 'JobAllocated'
      | 'RunStarted'
      | 'RunFinished'
      | 'StopOrdered'
      | 'JobRequeued'
      | 'JobEnded'
      | 'JobsForgotten'
  }
>
const applyToJob = (model: Reference, event: JobEvent): void => {
  switch (event.type) {
    case 'JobSubmitted':
      return submit(model, event)
    case 'JobsForgotten': {
      const { from, to } = event
      if (from !== model.forgottenTo || to <= from || to > model.jobs.length || to % 1024 !== 0) return
      if (model.jobs.slice(from, to).some((job) => job.phase !== 'ended')) return
      for (const job of model.jobs.slice(from, to)) job.phase = 'forgotten'
      model.forgottenTo = to
      return
    }
    case 'CancelRequested': {
      const job = model.jobs[event.job]
      if (job !== undefined && job.phase !== 'forgotten') job.cancelRequested = true
      return
    }
    case 'JobAllocated':
      return allocate(model, event)
    case 'JobEnded': {
      const job = model.jobs[event.job]
      if (job === undefined || job.phase === 'ended' || job.phase === 'forgotten') return
      Object.assign(job, { phase: 'ended', outcome: event.outcome, sinceMs: model.atMs, holds: [] })
      return
    }
    default:
      return applyToAttempt(model, event)
  }
}

const submit = (model: Reference, event: Event & { type: 'JobSubmitted' }): void => {
  const { tenant, shape, priority, retries, maxRuntimeMs } = event
  model.jobs.push({
    phase: 'pending',
    tenant,
    shape,
    priority,
    retries,
    maxRuntimeMs,
    submittedAtMs: model.atMs,
    position: model.events,
    cancelRequested: false,
    stopOrdered: false,
    attempt: 0,
    retriesUsed: 0,
    lostUsed: 0,
    failure: '',
    stopReason: '',
    outcome: '',
    sinceMs: model.atMs,
    holds: []
  })
  model.shapes[shape]!.submitted += 1
}

const allocate = (model: Reference, event: Event & { type: 'JobAllocated' }): void => {
  const job = model.jobs[event.job]
  if (job === undefined || job.phase !== 'pending' || event.attempt !== job.attempt + 1) return
  const isThere = (task: (typeof event.tasks)[number]): boolean => {
    const node = model.nodes[task.node]
    return node !== undefined && task.gpus.every((gpu) => gpu >= node.firstGpu && gpu < node.firstGpu + node.gpus.length)
  }
  if (!event.tasks.every(isThere)) return
  job.holds = event.tasks.map((task) => ({
    node: task.node,
    gpus: [...new Set<number>(task.gpus)].sort((a, b) => a - b),
    stage: 'allocated'
  }))
  Object.assign(job, {
    phase: 'allocated',
    attempt: event.attempt,
    failure: '',
    stopReason: '',
    stopOrdered: false,
    sinceMs: model.atMs
  })
}

const applyToAttempt = (
  model: Reference,
  event: Extract<JobEvent, { type: 'RunStarted' | 'RunFinished' | 'StopOrdered' | 'JobRequeued' }>
): void => {
  const job = liveJob(model, event.job, event.attempt)
  if (job === undefined) return
  switch (event.type) {
    case 'RunStarted': {
      const hold = job.holds[event.member]
      if (hold?.stage !== 'allocated') return
      hold.stage = 'running'
      if (job.phase === 'allocated') Object.assign(job, { phase: 'running', sinceMs: model.atMs })
      return
    }
    case 'RunFinished': {
      const hold = job.holds[event.member]
      if (hold === undefined || hold.stage === 'finished') return
      hold.stage = 'finished'
      const succeeded = event.exit === 'exited' && event.code === 0
      if (!succeeded && job.failure === '') job.failure = event.exit
      return
    }
    case 'StopOrdered':
      Object.assign(job, { stopOrdered: true, stopReason: event.reason })
      return
    case 'JobRequeued':
      Object.assign(job, { phase: 'pending', sinceMs: event.notBeforeMs, holds: [], stopOrdered: false, stopReason: '' })
      if (event.reason === 'failed') job.retriesUsed += 1
      if (event.reason === 'lost') job.lostUsed += 1
  }
}

const sameShape = (a: Shape, b: Shape): boolean =>
  a.nodes === b.nodes &&
  a.gpus === b.gpus &&
  a.gpuMilli === b.gpuMilli &&
  a.gpuMemoryMib === b.gpuMemoryMib &&
  a.cpuMilli === b.cpuMilli &&
  a.memoryMib === b.memoryMib &&
  JSON.stringify([a.models, a.labels]) === JSON.stringify([b.models, b.labels])
