/** What must hold of the counts of a state and of its holds as a whole. */
import { countOf } from '../kernel/names.ts'
import { at, readShelf } from '../kernel/shelf.ts'
import type { Look } from './look.ts'
import { HOLD, Holds, Jobs, PHASE, Shapes } from './tables.ts'

const hold = Holds.column

/** What is known without counting. */
export const checkTotals = (look: Look): void => {
  const { pending, live, submitted, forgottenTo } = look.state
  const jobs = look.jobs.size
  if (submitted !== jobs) look.report('CountsAgree', `${submitted} jobs were submitted, and ${jobs} have a row`)
  if (pending < 0 || live < 0 || pending + live > jobs - forgottenTo)
    look.report('CountsAgree', `${pending} jobs wait and ${live} live, of ${jobs} with ${forgottenTo} forgotten`)
}

/** The models and labels that a shape asks for have names. */
export const checkShape = (look: Look, row: number): void => {
  const { state } = look
  const shape = at(readShelf(state.shapeFacts), row)
  const models = countOf(state.models)
  if (
    shape.models.some((choice) => choice.some((model) => model >= models)) ||
    shape.labels.some((label) => label >= countOf(state.labels))
  )
    look.report('NumbersKnown', `shape ${row} asks for a model or a label that has no name`)
}

/** Counts the jobs again, in all and by shape. */
export const checkCounts = (look: Look): void => {
  const { jobs, shapes, state } = look
  const waiting = new Float64Array(shapes.size)
  let pending = 0
  let live = 0
  for (let row = 0; row < jobs.size; row++) {
    const phase = Jobs.column.phase.get(jobs, row)
    if (phase === PHASE.allocated || phase === PHASE.running) live += 1
    if (phase !== PHASE.pending) continue
    pending += 1
    const shape = Jobs.column.shape.get(jobs, row)
    if (shape < shapes.size) waiting[shape]! += 1
  }
  if (pending !== state.pending) look.report('CountsAgree', `${state.pending} jobs are said to wait, and ${pending} do`)
  if (live !== state.live) look.report('CountsAgree', `${state.live} jobs are said to live, and ${live} do`)
  let submitted = 0
  for (let row = 0; row < shapes.size; row++) {
    submitted += Shapes.column.submitted.get(shapes, row)
    if (Shapes.column.pending.get(shapes, row) !== waiting[row])
      look.report('CountsAgree', `shape ${row} counts ${Shapes.column.pending.get(shapes, row)} waiting jobs, and has ${waiting[row]}`)
  }
  if (submitted !== state.submitted) look.report('CountsAgree', `the shapes count ${submitted} submitted jobs of ${state.submitted}`)
}

/** Each hold is reached exactly once: from its job, or along the free list. */
export const checkHolds = (look: Look): void => {
  const { holds, jobs, state } = look
  const reached = new Uint8Array(holds.size)
  const walk = (from: number, whose: string, free: boolean): void => {
    for (let row = from; row >= 0; row = hold.next.get(holds, row)) {
      if (row >= holds.size || reached[row] !== 0 || (hold.stage.get(holds, row) === HOLD.free) !== free) {
        look.report('HoldsAccounted', `the hold ${row} is in the list of ${whose} and cannot be`)
        return
      }
      reached[row] = 1
    }
  }
  for (let row = 0; row < jobs.size; row++) {
    const phase = Jobs.column.phase.get(jobs, row)
    if (phase === PHASE.allocated || phase === PHASE.running) walk(Jobs.column.firstHold.get(jobs, row), `J${row}`, false)
  }
  walk(state.freeHold, 'free ones', true)
  for (let row = 0; row < holds.size; row++) if (reached[row] === 0) look.report('HoldsAccounted', `the hold ${row} is in no list`)
}
