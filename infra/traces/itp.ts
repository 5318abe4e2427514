/** Microsoft's ITP clusters, as published with ElasticFlow: `job_id,submission_time,duration,num_gpu`, times in seconds. */
import { isCounts, readCsv } from './csv.ts'
import { requestOf, type TraceFleet, type TraceJob } from './job.ts'

export const itpTrace = (text: string, fleet: TraceFleet) =>
  readCsv<TraceJob>(text, ['job_id', 'submission_time', 'duration', 'num_gpu'], (row) => {
    const submit = row.number('submission_time')
    const duration = row.number('duration')
    const gpus = row.number('num_gpu')
    if (!isCounts(submit, duration, gpus)) return 'submission_time, duration and num_gpu must be numbers'
    const submitMs = Math.round(submit * 1000)
    return {
      id: row.text('job_id'),
      tenant: 'itp',
      submitMs,
      durationMs: Math.round(duration * 1000),
      cancelAtMs: undefined,
      request: requestOf(gpus, fleet)
    }
  })
