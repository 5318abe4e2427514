/** From the flags of `submit`, or the fields of a job file, which have the same names, to the input that the server takes. */
import { resolve } from 'node:path'
import type { JobInput } from '../../sdk/typescript/index.ts'
import { bodyOf, type Environment } from './jobBody.ts'
import { gpusOf, modelsOf } from './parse/gpus.ts'
import { pairOf, variableOf } from './parse/pairs.ts'
import { cpuMilliOf, durationMsOf, integerOf, memoryMibOf } from './parse/quantities.ts'
import { misused } from './quit.ts'

/** All as texts, as a shell has them. */
export interface JobFlags {
  readonly tenant?: string
  readonly gpus?: string
  readonly nodes?: string
  readonly gpuModel?: string
  readonly gpuMemory?: string
  readonly cpus?: string
  readonly memory?: string
  readonly label?: ReadonlyArray<string>
  readonly priority?: string
  readonly time?: string
  readonly retries?: string
  readonly name?: string
  readonly env?: ReadonlyArray<string>
  readonly cwd?: string
  /** False: the job gets only the variables given by `env`. */
  readonly inherit?: boolean
  readonly id?: string
  readonly command?: ReadonlyArray<string>
}

export interface Submitter {
  readonly cwd: string
  readonly env: Environment
  readonly user: string
}

export interface Submission {
  readonly job: JobInput
  readonly id: string | undefined
  /** Variables of the submitter's environment that the job will not have. */
  readonly left: ReadonlyArray<string>
}

/** The limits are those of domain/events/inputs.ts and request.ts; the server has the last word. */
export const submissionOf = (flags: JobFlags, submitter: Submitter): Submission => {
  const command = flags.command ?? []
  if (command.length === 0 || command[0] === '')
    throw misused('there is no command to run', 'Write it behind two dashes: fastgpu submit --gpus 1 -- python train.py')
  const body = bodyOf({
    command,
    cwd: resolve(submitter.cwd, flags.cwd ?? ''),
    inherited: flags.inherit === false ? {} : submitter.env,
    given: Object.fromEntries((flags.env ?? []).map((text) => variableOf(text, submitter.env)))
  })
  const job: JobInput = {
    tenant: flags.tenant ?? tenantOf(submitter),
    request: requestOf(flags),
    body: body.text,
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(flags.priority === undefined ? {} : { priority: integerOf(flags.priority, -1_000_000, 1_000_000, '--priority') }),
    ...(flags.time === undefined ? {} : { maxRuntimeMs: durationMsOf(flags.time, '--time') }),
    ...(flags.retries === undefined ? {} : { retries: integerOf(flags.retries, 0, 1000, '--retries') })
  }
  return { job, id: flags.id, left: body.left }
}

const requestOf = (flags: JobFlags): JobInput['request'] => {
  const wish = gpusOf(flags.gpus ?? '1')
  if (flags.gpuModel !== undefined && wish.gpuModels !== undefined)
    throw misused('the GPU model is named twice, in --gpus and in --gpu-model', 'Name it in one of them.')
  const labels = (flags.label ?? []).map((text) => pairOf(text, '--label'))
  return {
    ...wish,
    ...(flags.nodes === undefined ? {} : { nodes: integerOf(flags.nodes, 1, 16_384, '--nodes') }),
    ...(flags.gpuModel === undefined ? {} : { gpuModels: modelsOf(flags.gpuModel, '--gpu-model') }),
    ...(flags.gpuMemory === undefined ? {} : { gpuMemoryMib: memoryMibOf(flags.gpuMemory, '--gpu-memory') }),
    ...(flags.cpus === undefined ? {} : { cpuMilli: cpuMilliOf(flags.cpus, '--cpus') }),
    ...(flags.memory === undefined ? {} : { memoryMib: memoryMibOf(flags.memory, '--memory') }),
    ...(labels.length === 0 ? {} : { labels: Object.fromEntries(labels) })
  }
}

/** FASTGPU_TENANT, or the user's name, made into what a tenant may be called. */
const tenantOf = (submitter: Submitter): string => {
  const said = submitter.env['FASTGPU_TENANT']
  if (said !== undefined && said !== '') return said
  const name = submitter.user
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 63)
  return name === '' ? 'default' : name
}
