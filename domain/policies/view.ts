/** The rows of a state while the policies look at them, at the time of a round. */
import type { State } from '../cluster/state.ts'
import { CANCEL_REQUESTED, Jobs, PHASE } from '../cluster/tables.ts'
import { read, type Rows } from '../kernel/table.ts'

export interface View {
  readonly state: State
  readonly jobs: Rows
  readonly holds: Rows
  readonly nodes: Rows
  readonly shapes: Rows
  readonly atMs: number
}

export const viewOf = (state: State, atMs: number): View => ({
  state,
  jobs: read(state.jobs),
  holds: read(state.holds),
  nodes: read(state.nodes),
  shapes: read(state.shapes),
  atMs
})

const column = Jobs.column

export const isPending = (jobs: Rows, job: number): boolean => column.phase.get(jobs, job) === PHASE.pending

export const isLive = (jobs: Rows, job: number): boolean => {
  const phase = column.phase.get(jobs, job)
  return phase === PHASE.allocated || phase === PHASE.running
}

export const wantsCancel = (jobs: Rows, job: number): boolean => (column.flags.get(jobs, job) & CANCEL_REQUESTED) !== 0
