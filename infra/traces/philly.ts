/** Microsoft's Philly, as published with AdaptDL: `submit_time,duration_s,num_gpus,vc`; a virtual cluster is a tenant. */
import { isCounts, readCsv } from './csv.ts'
import { requestOf, type TraceFleet, type TraceJob } from './job.ts'

export const phillyTrace = (text: string, fleet: TraceFleet) =>
  readCsv<TraceJob>(text, ['submit_time', 'duration_s', 'num_gpus', 'vc'], (row) => {
    // The trace says no time zone; UTC makes it the same on every machine.
    const submitMs = Date.parse(`${row.text('submit_time').replace(' ', 'T')}Z`)
    const duration = row.number('duration_s')
    const gpus = row.number('num_gpus')
    if (!isCounts(submitMs, duration, gpus)) return 'submit_time must be a time, duration_s and num_gpus numbers'
    return {
      id: `philly-${row.line}`,
      tenant: `vc-${row.text('vc')}`,
      submitMs,
      durationMs: Math.round(duration * 1000),
      cancelAtMs: undefined,
      request: requestOf(gpus, fleet)
    }
  })
