/** Gives each waiting job its turn, and places it if it can be placed now. */
import { Jobs, Nodes } from '../cluster/tables.ts'
import type { EventOf } from '../events/event.ts'
import { gpuNo, jobNo, nodeNo, type GpuNo } from '../kernel/ids.ts'
import { stir, stirWide } from '../kernel/random.ts'
import { take } from '../placement/capacity.ts'
import type { Place } from '../placement/place.ts'
import type { Answer } from './answer.ts'
import { wantOf, type Memory } from './memory.ts'
import { isPending, wantsCancel, type View } from './view.ts'

/** How the turns went, as far as the reasons of those who still wait depend on it. */
export interface Outcome {
  /** The job that nobody may pass; -1: there is none. */
  readonly strictJob: number
  /** Shapes whose allocation no round has room for. */
  readonly tooLarge: ReadonlySet<number>
}

const column = Jobs.column
const node = Nodes.column

export const turns = (memory: Memory, view: View, answer: Answer, requeued: ReadonlySet<number>): Outcome => {
  const { jobs, state } = view
  const strict = state.policy.order === 'strict'
  const blocked = new Set<number>()
  const tooLarge = new Set<number>()
  const isWaiting = (job: number): boolean => requeued.has(job) || (isPending(jobs, job) && !wantsCancel(jobs, job))
  const order = memory.queue.turns(isWaiting)
  for (let job = order.job(); job >= 0 && !answer.isFull(); job = order.job()) {
    const shape = order.shape()
    // Capacity only shrinks within a plan, so who follows a blocked job of the same shape is blocked too.
    if (!blocked.has(shape)) {
      const { wish, members } = wantOf(memory, state, shape)
      const places = memory.placer.find(wish, members, chanceOf(view, job))
      if (places !== undefined) {
        if (answer.add(allocated(view, job, places))) {
          for (const place of places) take(memory.capacity, place.node, place.gpuMask, wish)
          order.served()
          continue
        }
        if (answer.isFull()) break
        tooLarge.add(shape)
      }
      if (strict) return { strictJob: job, tooLarge }
      blocked.add(shape)
    }
    order.blocked()
  }
  return { strictJob: -1, tooLarge }
}

/** Chance that stands in the ledger: the policy's seed, where the decision stands, and whom it is about. */
const chanceOf = (view: View, job: number): number =>
  view.state.policy.placement === 'random' ? stir(stirWide(stir(0, view.state.policy.seed), view.state.events), job) : 0

const allocated = (view: View, job: number, places: ReadonlyArray<Place>): EventOf<'JobAllocated'> => ({
  type: 'JobAllocated',
  job: jobNo(job),
  attempt: column.attempt.get(view.jobs, job) + 1,
  tasks: places.map((place) => ({ node: nodeNo(place.node), gpus: gpusOf(node.firstGpu.get(view.nodes, place.node), place.gpuMask) }))
})

const gpusOf = (first: number, gpuMask: number): ReadonlyArray<GpuNo> => {
  const gpus: Array<GpuNo> = []
  for (let rest = gpuMask; rest !== 0; rest &= rest - 1) gpus.push(gpuNo(first + 31 - Math.clz32(rest & -rest)))
  return gpus
}
