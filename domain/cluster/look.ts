/** A state under inspection: its rows, and what was found wrong so far. */
import { read, type Rows } from '../kernel/table.ts'
import type { invariants } from './invariants.ts'
import type { State } from './state.ts'

export interface Breach {
  /** A key of `invariants`. */
  readonly name: keyof typeof invariants
  /** Where, and what was there instead. */
  readonly detail: string
}

export interface Look {
  readonly state: State
  readonly jobs: Rows
  readonly holds: Rows
  readonly nodes: Rows
  readonly gpus: Rows
  readonly shapes: Rows
  readonly found: ReadonlyArray<Breach>
  readonly report: (name: Breach['name'], detail: string) => void
}

export const lookAt = (state: State, breachesMax: number): Look => {
  const found: Array<Breach> = []
  return {
    state,
    jobs: read(state.jobs),
    holds: read(state.holds),
    nodes: read(state.nodes),
    gpus: read(state.gpus),
    shapes: read(state.shapes),
    found,
    report: (name, detail) => {
      if (found.length < breachesMax) found.push({ name, detail })
    }
  }
}
