/**
 * Alibaba's openb: pods with shares of GPUs and lists of models, and the nodes that they ran on. A pod's duration is deletion minus
 * scheduled; one that was never scheduled is given up at its deletion. Times in seconds.
 */
import type * as E from 'fp-ts/lib/Either.js'
import type { RegisterNode } from '../../domain/events/inputs.ts'
import { GPU_MILLI, type Request } from '../../domain/events/request.ts'
import type { Fault } from '../../domain/ports/fault.ts'
import { isCounts, readCsv, type CsvRow } from './csv.ts'
import type { TraceJob } from './job.ts'

const POD_COLUMNS = ['name', 'cpu_milli', 'memory_mib', 'num_gpu', 'gpu_milli']
const TIME_COLUMNS = ['creation_time', 'deletion_time', 'scheduled_time']

export const openbTrace = (text: string): E.Either<Fault, ReadonlyArray<TraceJob>> =>
  readCsv<TraceJob>(text, [...POD_COLUMNS, ...TIME_COLUMNS], (row) => {
    const request = podRequest(row)
    if (typeof request === 'string') return request
    const creation = row.number('creation_time')
    const deletion = row.number('deletion_time')
    const scheduled = row.number('scheduled_time')
    if (!isCounts(creation, deletion)) return 'creation_time and deletion_time must be numbers'
    const started = !Number.isNaN(scheduled)
    return {
      id: row.text('name'),
      tenant: 'openb',
      submitMs: creation * 1000,
      durationMs: started ? Math.max(0, deletion - scheduled) * 1000 : undefined,
      cancelAtMs: started ? undefined : deletion * 1000,
      request
    }
  })

/** A pod of a workload without times, for packing experiments. `spec` is its list of models as the file spells it. */
export interface OpenbPod {
  readonly name: string
  readonly request: Request
  readonly spec: string
}

export const openbPods = (text: string): E.Either<Fault, ReadonlyArray<OpenbPod>> =>
  readCsv<OpenbPod>(text, POD_COLUMNS, (row) => {
    const request = podRequest(row)
    return typeof request === 'string' ? request : { name: row.text('name'), request, spec: row.text('gpu_spec') }
  })

/** In these files gpu_milli above 1000 counts as 1000, and as none where num_gpu is 0. */
const podRequest = (row: CsvRow): Request | string => {
  const gpus = row.number('num_gpu')
  const milli = row.number('gpu_milli')
  const cpuMilli = row.number('cpu_milli')
  const memoryMib = row.number('memory_mib')
  if (!isCounts(gpus, milli, cpuMilli, memoryMib)) return 'cpu_milli, memory_mib, num_gpu and gpu_milli must be numbers'
  const models = [...new Set(row.text('gpu_spec').split('|'))].filter((model) => model !== '')
  return {
    gpus,
    cpuMilli,
    memoryMib,
    ...(gpus > 0 ? { gpuMilli: Math.max(1, Math.min(GPU_MILLI, milli)) } : {}),
    ...(gpus > 0 && models.length > 0 ? { gpuModels: [models] } : {})
  }
}

export const openbNodes = (text: string): E.Either<Fault, ReadonlyArray<RegisterNode>> =>
  readCsv<RegisterNode>(text, ['sn', 'cpu_milli', 'memory_mib', 'gpu', 'model'], (row) => {
    const gpus = row.number('gpu')
    const cpuMilli = row.number('cpu_milli')
    const memoryMib = row.number('memory_mib')
    if (!isCounts(gpus, cpuMilli, memoryMib)) return 'cpu_milli, memory_mib and gpu must be numbers'
    const node = row.text('sn')
    return {
      node,
      boot: 'trace',
      cpuMilli,
      memoryMib,
      labels: {},
      gpus: Array.from({ length: gpus }, (_, index) => ({ uuid: `${node}-${index}`, model: row.text('model'), memoryMib: 0 }))
    }
  })
