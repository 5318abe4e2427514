/** Questions about nodes: how they stand, and by what each of their GPUs is held. */
import { jobNo, printJob } from '../../domain/kernel/ids.ts'
import { nodes, type NodeRow, type NodeState } from '../fleet.ts'
import { tasks, type TaskRow } from '../jobRows.ts'
import { answered, wanting, type Question } from '../question.ts'

export interface Gpu {
  readonly index: number
  readonly uuid: string
  readonly model: string
  readonly memoryMib: number
  /** Thousandths of it that nobody holds. */
  readonly freeMilli: number
  /** Jobs that hold a share of it. */
  readonly jobs: ReadonlyArray<string>
}

export interface Node {
  readonly node: string
  readonly number: number
  readonly state: NodeState
  readonly reason: string
  readonly by: string | null
  readonly boot: string
  readonly cpuMilli: number
  readonly cpuFreeMilli: number
  readonly memoryMib: number
  readonly memoryFreeMib: number
  readonly labels: Readonly<Record<string, string>>
  readonly gpus: ReadonlyArray<Gpu>
  readonly stopAtMs: number | null
  readonly registeredMs: number
  readonly sinceMs: number
  /** The event that brought it into its state. */
  readonly position: number
}

/** All that are in the pool, by number; retired ones only while something is still held on them. */
export const askNodes = (): Question<ReadonlyArray<Node>> =>
  wanting(
    [nodes.select({}), tasks.select({ where: [{ column: 'live', op: '=', value: 1 }], order: [{ column: 'node' }] })],
    (rows, live) => {
      const held = byNode(live)
      return answered(
        rows.filter((row) => row.state !== 'retired' || held.has(row.node)).map((row) => nodeOf(row, held.get(row.node) ?? []))
      )
    }
  )

/** The newest of the name. */
export const askNode = ({ node }: { readonly node: string }): Question<Node | undefined> =>
  wanting(
    [nodes.select({ where: [{ column: 'name', op: '=', value: node }], order: [{ column: 'node', descending: true }], limit: 1 })],
    ([row]) => {
      if (row === undefined) return answered(undefined)
      const where = [
        { column: 'live', op: '=', value: 1 },
        { column: 'node', op: '=', value: row.node }
      ] as const
      return wanting([tasks.select({ where })], (live) => answered(nodeOf(row, live)))
    }
  )

const byNode = (live: ReadonlyArray<TaskRow>): ReadonlyMap<number, ReadonlyArray<TaskRow>> => {
  const held = new Map<number, Array<TaskRow>>()
  for (const task of live) {
    const known = held.get(task.node)
    if (known === undefined) held.set(task.node, [task])
    else known.push(task)
  }
  return held
}

const nodeOf = (row: NodeRow, held: ReadonlyArray<TaskRow>): Node => {
  const sum = (of: (task: TaskRow) => number): number => held.reduce((total, task) => total + of(task), 0)
  return {
    node: row.name,
    number: row.node,
    state: row.state,
    reason: row.reason,
    by: row.by,
    boot: row.boot,
    cpuMilli: row.cpuMilli,
    cpuFreeMilli: row.cpuMilli - sum((task) => task.cpuMilli),
    memoryMib: row.memoryMib,
    memoryFreeMib: row.memoryMib - sum((task) => task.memoryMib),
    labels: row.labels,
    gpus: row.gpus.map((gpu, index) => {
      const on = held.filter((task) => task.gpus.some((one) => one.index === index))
      return {
        index,
        uuid: gpu.uuid,
        model: gpu.model,
        memoryMib: gpu.memoryMib,
        freeMilli: on.reduce((free, task) => free - task.gpuMilli, 1000),
        jobs: on.map((task) => printJob(jobNo(task.job)))
      }
    }),
    stopAtMs: row.stopAtMs,
    registeredMs: row.registeredMs,
    sinceMs: row.sinceMs,
    position: row.position
  }
}
