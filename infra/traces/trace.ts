/** Public traces of GPU clusters, read into one form. */
import * as E from 'fp-ts/lib/Either.js'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import { itpTrace } from './itp.ts'
import type { TraceFleet, TraceJob } from './job.ts'
import { openbTrace } from './openb.ts'
import { phillyTrace } from './philly.ts'

export const TRACE_FORMATS = ['openb', 'itp', 'philly'] as const
export type TraceFormat = (typeof TRACE_FORMATS)[number]

/** Jobs in the order of their submission. */
export const readTrace = (format: TraceFormat, text: string, fleet: TraceFleet): E.Either<Fault, ReadonlyArray<TraceJob>> => {
  const jobs = READERS[format](text, fleet)
  if (E.isLeft(jobs)) return jobs
  if (jobs.right.length === 0) return E.left(fault('FG_TRACE_MALFORMED', 'the trace holds no jobs'))
  return E.right([...jobs.right].sort((a, b) => a.submitMs - b.submitMs))
}

const READERS = { openb: openbTrace, itp: itpTrace, philly: phillyTrace }
