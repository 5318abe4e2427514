/** How a job ended, and the exit code that stands for it: the job's own, as if it had run in the submitter's shell. */
import type { Exit, Outcome } from '../../sdk/typescript/index.ts'
import { EXIT } from './quit.ts'

export interface Ending {
  readonly outcome: Outcome
  /** Of the first member of the last attempt that did not succeed; undefined where none ran. */
  readonly exit: Exit | undefined
  readonly code: number
  readonly detail: string
}

/** What timeout(1) answers. */
const TIMED_OUT = 124
/** What a shell answers for a command that it cannot start. */
const NOT_STARTED = 127

export const exitCodeOf = (ending: Ending): number => {
  if (ending.outcome === 'succeeded') return EXIT.ok
  if (ending.outcome === 'timedOut') return TIMED_OUT
  if (ending.exit === 'exited' && ending.code > 0) return ending.code & 0xff || EXIT.failed
  if (ending.exit === 'signalled' && ending.code > 0) return 128 + ending.code
  return ending.exit === 'launchFailed' ? NOT_STARTED : EXIT.failed
}

export const sayEnding = (ending: Ending): string => {
  if (ending.outcome === 'succeeded') return 'succeeded'
  if (ending.outcome === 'timedOut') return 'ran longer than its time limit and was stopped'
  const how = sayExit(ending.exit, ending.code, ending.detail)
  return `${ending.outcome === 'cancelled' ? 'was cancelled' : 'failed'}${how === '' ? '' : `: ${how}`}`
}

export const sayExit = (exit: Exit | null | undefined, code: number | null, detail: string | null): string => {
  const more = detail === null || detail === '' ? '' : ` (${detail})`
  if (exit === 'exited') return `exit code ${code ?? '?'}${more}`
  if (exit === 'signalled') return `killed by signal ${code ?? '?'}${more}`
  if (exit === 'lost') return `lost with its node${more}`
  if (exit === 'launchFailed') return `could not be started${more}`
  return ''
}
