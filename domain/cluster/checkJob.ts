/** What must hold of one job and of what it holds. */
import { countOf } from '../kernel/names.ts'
import { at, readShelf } from '../kernel/shelf.ts'
import type { Look } from './look.ts'
import { HOLD, Holds, Jobs, PHASE, STOP_ORDERED } from './tables.ts'

const job = Jobs.column
const hold = Holds.column

export const checkJob = (look: Look, row: number): void => {
  const { jobs, state } = look
  const phase = job.phase.get(jobs, row)
  const forgotten = row < state.forgottenTo
  if (forgotten !== (phase === PHASE.forgotten) || phase < PHASE.forgotten || phase > PHASE.ended)
    look.report('PhaseLegal', `J${row} is in phase ${phase}${forgotten ? ', below the mark of the forgotten' : ''}`)
  if (phase === PHASE.forgotten) return
  const shape = job.shape.get(jobs, row)
  const tenant = job.tenant.get(jobs, row)
  if (tenant >= countOf(state.tenants)) look.report('NumbersKnown', `J${row} is of tenant ${tenant}, who has no name`)
  if (shape >= state.shapes.size) return look.report('NumbersKnown', `J${row} has the shape ${shape}, which nobody defined`)
  if (phase === PHASE.allocated || phase === PHASE.running) return checkLive(look, row, shape)
  if (job.firstHold.get(jobs, row) !== -1 || job.living.get(jobs, row) !== 0)
    look.report('NothingHeldWhileWaiting', `J${row} is ${phase === PHASE.pending ? 'pending' : 'ended'} and still holds something`)
  if (phase === PHASE.pending && (job.flags.get(jobs, row) & STOP_ORDERED) !== 0)
    look.report('StopOnlyWhileLive', `J${row} is pending and ordered to stop`)
}

const checkLive = (look: Look, row: number, shapeRow: number): void => {
  const { jobs, holds, state } = look
  const shape = at(readShelf(state.shapeFacts), shapeRow)
  const nodes = new Set<number>()
  let members = 0
  let living = 0
  for (let at = job.firstHold.get(jobs, row); at >= 0; at = hold.next.get(holds, at)) {
    const stage = at < holds.size ? hold.stage.get(holds, at) : HOLD.free
    const node = at < holds.size ? hold.node.get(holds, at) : -1
    if (stage === HOLD.free || hold.job.get(holds, at) !== row || hold.member.get(holds, at) !== members || node >= state.nodes.size) {
      // What follows belongs to somebody else, and might even go in a circle.
      look.report('HoldsInOrder', `J${row} has the hold ${at} for its member ${members}, which is not that`)
      return
    }
    if (bitsOf(hold.gpuMask.get(holds, at)) !== shape.gpus)
      look.report('GangWhole', `member ${members} of J${row} holds ${bitsOf(hold.gpuMask.get(holds, at))} GPUs of ${shape.gpus}`)
    if (stage !== HOLD.finished) living += 1
    nodes.add(node)
    members += 1
  }
  if (members !== shape.nodes) look.report('GangWhole', `J${row} has ${members} members of ${shape.nodes}`)
  if (nodes.size !== members) look.report('GangSpread', `J${row} has ${members} members on ${nodes.size} nodes`)
  if (living !== job.living.get(jobs, row))
    look.report('LivingRecounted', `J${row} counts ${job.living.get(jobs, row)} living members, and has ${living}`)
}

const bitsOf = (mask: number): number => {
  let bits = 0
  for (let rest = mask; rest !== 0; rest &= rest - 1) bits += 1
  return bits
}
