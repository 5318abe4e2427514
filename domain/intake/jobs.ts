/** Submissions and cancels: what they mean in this state, or all the reasons why they are refused. */
import { refusal } from '../events/errors.ts'
import { REFUSAL_REASONS_MAX, type Fact, type RefusalReason } from '../events/facts.ts'
import type { CancelJob, SubmitJob } from '../events/inputs.ts'
import { GANG_GPUS_MAX, GPU_MILLI, LABELS_MAX, type Request } from '../events/request.ts'
import { jobNo } from '../kernel/ids.ts'
import { read } from '../kernel/table.ts'
import { CANCEL_REQUESTED, Jobs, PHASE } from '../cluster/tables.ts'
import type { State } from '../cluster/state.ts'
import type { Input } from '../events/input.ts'
import { naming } from './naming.ts'

const job = Jobs.column

export const submitJob = (state: State, input: Input, data: SubmitJob): ReadonlyArray<Fact> => {
  const reasons = requestRefusals(data.request)
  if (reasons.length > 0) return [refused(input, reasons)]
  const names = naming(state)
  const tenant = names.tenant(data.tenant)
  const shape = names.shape(data.request)
  if (names.reasons.length > 0) return [refused(input, names.reasons)]
  const submitted: Fact = {
    type: 'JobSubmitted',
    cause: input.cause,
    job: jobNo(state.jobs.size),
    tenant,
    shape,
    priority: data.priority ?? 0,
    maxRuntimeMs: data.maxRuntimeMs ?? 0,
    retries: data.retries ?? 0,
    name: data.name ?? '',
    body: data.body,
    ...(data.by === undefined ? {} : { by: data.by })
  }
  return [...names.facts, submitted]
}

export const cancelJob = (state: State, input: Input, data: CancelJob): ReadonlyArray<Fact> => {
  const jobs = read(state.jobs)
  if (data.job >= jobs.size)
    return [
      refused(input, [
        refusal('FG_JOB_UNKNOWN', `there is no job J${data.job}; the newest is ${jobs.size === 0 ? 'none' : `J${jobs.size - 1}`}`)
      ])
    ]
  const phase = job.phase.get(jobs, data.job)
  if ((job.flags.get(jobs, data.job) & CANCEL_REQUESTED) !== 0) return [noted(input)]
  if (phase === PHASE.ended || phase === PHASE.forgotten)
    return [refused(input, [refusal('FG_JOB_ENDED', `job J${data.job} has ended already`)])]
  return [
    {
      type: 'CancelRequested',
      cause: input.cause,
      job: jobNo(data.job),
      reason: data.reason,
      ...(data.by === undefined ? {} : { by: data.by })
    }
  ]
}

export const refused = (input: Input, reasons: ReadonlyArray<RefusalReason>): Fact => ({
  type: 'InputRefused',
  cause: input.cause,
  stream: input.stream,
  input: input.said.type,
  reasons: reasons.slice(0, REFUSAL_REASONS_MAX)
})

/** Taken, and nothing was left to change. */
export const noted = (input: Input): Fact => ({ type: 'InputNoted', cause: input.cause, input: input.said.type })

/** Everything that is wrong with a request by itself; whether any node could hold it is for the plan to say. */
const requestRefusals = (request: Request): ReadonlyArray<RefusalReason> => {
  const reasons: Array<RefusalReason> = []
  const nodes = request.nodes ?? 1
  if (nodes * request.gpus > GANG_GPUS_MAX)
    reasons.push(
      refusal(
        'FG_GANG_TOO_LARGE',
        `${nodes} nodes with ${request.gpus} GPUs each are ${nodes * request.gpus} GPUs; at most ${GANG_GPUS_MAX} can be given at once`
      )
    )
  if (request.gpus === 0 && request.gpuMilli !== undefined && request.gpuMilli !== GPU_MILLI)
    reasons.push(refusal('FG_FRACTION_WITHOUT_GPU', `gpuMilli is ${request.gpuMilli}, but gpus is 0`))
  if (request.gpus === 0 && (request.gpuModels !== undefined || (request.gpuMemoryMib ?? 0) > 0))
    reasons.push(refusal('FG_GPU_DETAIL_WITHOUT_GPU', 'a GPU model or GPU memory is asked for, but gpus is 0'))
  const labels = Object.keys(request.labels ?? {}).length
  if (labels > LABELS_MAX) reasons.push(refusal('FG_LABELS_TOO_MANY', `${labels} labels are asked for; at most ${LABELS_MAX} are possible`))
  const models = (request.gpuModels ?? []).flat()
  if (new Set(models).size < models.length) reasons.push(refusal('FG_MODEL_TWICE', 'a GPU model is named twice among the choices'))
  return reasons
}
