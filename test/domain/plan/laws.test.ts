/**
 * What plan must never do, and what it must always do, in pools that live an arbitrary life. Every plan of these tests is also compared
 * with that of a fresh planner, and every decision with the invariants (pool.ts).
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { initial } from '../../../domain/cluster/state.ts'
import { Jobs, PHASE } from '../../../domain/cluster/tables.ts'
import type { Decision } from '../../../domain/events/decisions.ts'
import type { EventOf } from '../../../domain/events/event.ts'
import type { Shape } from '../../../domain/events/request.ts'
import { at, readShelf } from '../../../domain/kernel/shelf.ts'
import { read } from '../../../domain/kernel/table.ts'
import { lives, type Act } from '../arbitraries/pools.ts'
import { presentNodes, surveyOf } from '../reference/fits.ts'
import { rowsOf } from '../reference/rowsOf.ts'
import { poolOf, START_MS, type Pool } from './pool.ts'

const RUNS = 150

type Check = (pool: Pool, decisions: ReadonlyArray<Decision>) => void

/** So little that an index is hardly made before it is let go of again; or as much as usual. */
const indexBytes = fc.constantFrom(1, 10_000, undefined)

/** Lives each life and checks after every plan. */
const always = (check: Check): void => {
  fc.assert(
    fc.property(lives, indexBytes, (rounds: ReadonlyArray<ReadonlyArray<Act>>, indexBytesMax) => {
      const pool = poolOf(initial(), START_MS, indexBytesMax)
      for (const acts of rounds) {
        for (const act of acts) act(pool)
        const { decisions } = pool.plan()
        check(pool, decisions)
      }
    }),
    { numRuns: RUNS }
  )
}

const shapeOf = (pool: Pool, job: number): Shape =>
  at(readShelf(pool.state().shapeFacts), Jobs.column.shape.get(read(pool.state().jobs), job))

const pending = (pool: Pool): ReadonlyArray<number> =>
  Array.from({ length: pool.state().jobs.size }, (_, job) => job).filter((job) => pool.phaseOf(job) === PHASE.pending)

const isReady = (pool: Pool, job: number): boolean => Jobs.column.sinceMs.get(read(pool.state().jobs), job) <= pool.nowMs()

const allocations = (decisions: ReadonlyArray<Decision>): ReadonlyArray<EventOf<'JobAllocated'>> =>
  decisions.flatMap((decision) => (decision.type === 'JobAllocated' ? [decision] : []))

describe('plan, in any life of a pool', () => {
  it('puts each member on an open node of its own that has all that is asked for', () => {
    always((pool, decisions) => {
      const rows = rowsOf(pool.state())
      for (const { job, tasks } of allocations(decisions)) {
        const shape = shapeOf(pool, job)
        expect(new Set(tasks.map((task) => task.node)).size).toBe(shape.nodes)
        const models = new Set<number>()
        for (const task of tasks) {
          const node = rows.nodes[task.node]!
          expect(node.flags).toEqual([])
          for (const label of shape.labels) expect(node.labels).toContain(label)
          expect(new Set(task.gpus).size).toBe(shape.gpus)
          for (const gpu of task.gpus) {
            expect(rows.gpus[gpu]!.node).toBe(task.node)
            expect(rows.gpus[gpu]!.memoryMib * shape.gpuMilli).toBeGreaterThanOrEqual(shape.gpuMemoryMib * 1000)
            models.add(rows.gpus[gpu]!.model)
          }
        }
        // All GPUs of all members are of one choice.
        if (shape.models.length > 0)
          expect(shape.models.some((choice) => [...models].every((model) => choice.includes(model as never)))).toBe(true)
      }
    })
  })

  it('leaves nobody waiting who could be placed and is not behind a blocked job', () => {
    always((pool) => {
      const nodes = presentNodes(rowsOf(pool.state()))
      const waiting = pending(pool).filter((job) => isReady(pool, job))
      const placeable = waiting.filter((job) => surveyOf(nodes, shapeOf(pool, job)).placeable)
      if (pool.state().policy.order === 'pass') expect(placeable).toEqual([])
      // In strict order at least the first one is blocked by the nodes themselves.
      else expect(placeable.length).toBeLessThan(Math.max(1, waiting.length))
    })
  })

  it('gives turns by priority and then by number, and lets nobody pass in strict order', () => {
    always((pool, decisions) => {
      const jobs = read(pool.state().jobs)
      const turn = (job: number): readonly [number, number] => [-Jobs.column.priority.get(jobs, job), job]
      const placed = allocations(decisions).map((decision) => turn(decision.job))
      for (let index = 1; index < placed.length; index++) expect(isBefore(placed[index - 1]!, placed[index]!)).toBe(true)
      if (pool.state().policy.order === 'pass' || placed.length === 0) return
      for (const job of pending(pool).filter((one) => isReady(pool, one))) expect(isBefore(placed.at(-1)!, turn(job))).toBe(true)
    })
  })

  it('has nothing more to say when nothing happened since', () => {
    always((pool) => {
      const first = pool.plan()
      expect(first.decisions).toEqual([])
      expect(pool.plan()).toEqual(first)
      expect(first.wakeAtMs === -1 || first.wakeAtMs > pool.nowMs()).toBe(true)
    })
  })

  it('is told the earliest time at which it would decide something by itself', () => {
    always((pool) => {
      const { wakeAtMs } = pool.plan()
      if (wakeAtMs < 0) return
      pool.pass(wakeAtMs - 1 - pool.nowMs())
      expect(pool.plan().decisions).toEqual([])
    })
  })
})

describe('the reasons of those who wait', () => {
  it('are counted as the slow reference model counts them', () => {
    always((pool) => {
      const nodes = presentNodes(rowsOf(pool.state()))
      for (const job of pending(pool)) {
        const { counts, feasible } = surveyOf(nodes, shapeOf(pool, job))
        const explained = pool.explain(job)
        expect(explained.nodesTotal).toBe(nodes.length)
        expect(explained.nodesFeasible).toBe(feasible)
        const aboutNodes = explained.reasons.filter((reason) => !['BehindBlockedJob', 'RetryDelay', 'RoundFull'].includes(reason.code))
        const counted = aboutNodes.map((reason) => [reason.code, reason.nodes === 0 ? 1 : reason.nodes] as const)
        expect(Object.fromEntries(counted)).toEqual(counts)
      }
    })
  })

  it('are never none, and the ledger has the set of all reasons of the jobs of a shape', () => {
    always((pool) => {
      const codes = new Map<number, Set<string>>()
      for (const job of pending(pool)) {
        const { reasons } = pool.explain(job)
        expect(reasons.length).toBeGreaterThan(0)
        const shape = Jobs.column.shape.get(read(pool.state().jobs), job)
        codes.set(shape, new Set([...(codes.get(shape) ?? []), ...reasons.map((reason) => reason.code)]))
      }
      rowsOf(pool.state()).shapes.forEach((row, shape) => expect(row.waits).toEqual([...(codes.get(shape) ?? [])].sort()))
    })
  })
})

const isBefore = (one: readonly [number, number], other: readonly [number, number]): boolean =>
  one[0] !== other[0] ? one[0] < other[0] : one[1] < other[1]
