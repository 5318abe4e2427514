/**
 * A slow and obviously right account of GPU time: the state of the pool is folded step by step, and what stands in it between two
 * steps is multiplied by the time between them. It shares no code with the views.
 */
import { fold } from '../../domain/cluster/fold.ts'
import { initial, type State } from '../../domain/cluster/state.ts'
import { Gpus, HOLD, Holds, Jobs, Nodes, PHASE, RETIRED } from '../../domain/cluster/tables.ts'
import { nameOf } from '../../domain/kernel/names.ts'
import { at, readShelf } from '../../domain/kernel/shelf.ts'
import { read } from '../../domain/kernel/table.ts'
import type { Step } from './rounds.ts'

/** Sums by a key, such as `held ada H100`, in thousandths of a GPU times ms; cost in millionths of money times those of an hour. */
export interface Account {
  readonly held: Map<string, number>
  readonly heldByTenant: Map<string, number>
  readonly heldByNode: Map<string, number>
  readonly idle: Map<string, number>
  readonly there: Map<string, number>
  readonly wanted: Map<string, number>
  cost: bigint
}

const nothing = (): Account => ({
  held: new Map(),
  heldByTenant: new Map(),
  heldByNode: new Map(),
  idle: new Map(),
  there: new Map(),
  wanted: new Map(),
  cost: 0n
})

const add = (sums: Map<string, number>, key: string, value: number): void =>
  void (value !== 0 && sums.set(key, (sums.get(key) ?? 0) + value))

export const accountOf = (steps: ReadonlyArray<Step>, sinceMs: number, untilMs: number): Account => {
  const account = nothing()
  const prices = new Map<number, number>()
  let state = initial()
  steps.forEach((step, index) => {
    state = fold(state, step.events, step.atMs)
    for (const event of step.events) if (event.type === 'PriceSet') prices.set(event.model, event.microPerGpuHour)
    const fromMs = Math.max(step.atMs, sinceMs)
    const toMs = Math.min(steps[index + 1]?.atMs ?? Infinity, untilMs)
    if (toMs > fromMs) stands(account, { state, prices, ms: toMs - fromMs })
  })
  return account
}

interface Scene {
  readonly state: State
  readonly prices: ReadonlyMap<number, number>
  readonly ms: number
}

const stands = (account: Account, { state, prices, ms }: Scene): void => {
  const [gpus, nodes, jobs, holds] = [read(state.gpus), read(state.nodes), read(state.jobs), read(state.holds)]
  const model = (gpu: number): string => nameOf(state.models, Gpus.column.model.get(gpus, gpu))
  for (let gpu = 0; gpu < gpus.size; gpu++) {
    const free = Gpus.column.freeMilli.get(gpus, gpu)
    const retired = (Nodes.column.flags.get(nodes, Gpus.column.node.get(gpus, gpu)) & RETIRED) !== 0
    add(account.held, model(gpu), (1000 - free) * ms)
    add(account.wanted, model(gpu), (1000 - free) * ms)
    add(account.idle, model(gpu), retired ? 0 : free * ms)
    add(account.there, model(gpu), (retired ? 1000 - free : 1000) * ms)
    account.cost += BigInt(1000 - free) * BigInt(ms) * BigInt(prices.get(Gpus.column.model.get(gpus, gpu)) ?? 0)
  }
  for (let hold = 0; hold < holds.size; hold++) {
    const stage = Holds.column.stage.get(holds, hold)
    if (stage === HOLD.free || stage === HOLD.finished) continue
    const job = Holds.column.job.get(holds, hold)
    const node = Holds.column.node.get(holds, hold)
    const { gpuMilli } = at(readShelf(state.shapeFacts), Jobs.column.shape.get(jobs, job))
    const count = Holds.column.gpuMask.get(holds, hold).toString(2).replaceAll('0', '').length
    add(account.heldByTenant, nameOf(state.tenants, Jobs.column.tenant.get(jobs, job)), count * gpuMilli * ms)
    add(account.heldByNode, at(readShelf(state.nodeFacts), node).name, count * gpuMilli * ms)
  }
  for (let job = 0; job < jobs.size; job++) {
    if (Jobs.column.phase.get(jobs, job) !== PHASE.pending) continue
    const shape = at(readShelf(state.shapeFacts), Jobs.column.shape.get(jobs, job))
    const liked = shape.models[0]?.[0]
    add(account.wanted, liked === undefined ? 'any' : nameOf(state.models, liked), shape.nodes * shape.gpus * shape.gpuMilli * ms)
  }
}
