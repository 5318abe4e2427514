/** Each placement rule takes the node that its definition says, computed here slowly and from the published formulas. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TargetShape } from '../../../domain/events/policy.ts'
import type { Shape } from '../../../domain/events/request.ts'
import { planner } from '../../../domain/policies/planner.ts'
import { usedNode, usedPool, wantedShape } from '../arbitraries/usedPools.ts'
import { verdictOf, type RefNode } from '../reference/fits.ts'
import { poolOf } from './pool.ts'

const RUNS = 500
const single = wantedShape.map((shape) => ({ ...shape, nodes: 1 }))
const fractional = fc.tuple(single, fc.constantFrom(250, 500)).map(([shape, gpuMilli]) => ({ ...shape, gpus: 1, gpuMilli }))
const openNodes = fc.array(
  usedNode.map((node) => ({ ...node, cordoned: false, draining: false })),
  { minLength: 1, maxLength: 6 }
)

/** Where plan puts the one waiting job: the node, and the GPUs by their index there; undefined: nowhere. */
const chosen = (
  nodes: ReadonlyArray<RefNode>,
  shape: Shape,
  policy: Parameters<typeof usedPool>[2]
): { readonly node: number; readonly gpus: ReadonlyArray<number> } | undefined => {
  const { state, job } = usedPool(nodes, shape, policy)
  for (const decision of planner(state).plan(state, 1).decisions) {
    if (decision.type !== 'JobAllocated' || decision.job !== job) continue
    const { node, gpus } = decision.tasks[0]!
    const first = nodes.slice(0, node).reduce((sum, before) => sum + before.gpus.length, 0)
    return { node, gpus: gpus.map((gpu) => gpu - first) }
  }
  return undefined
}

/** The nodes of the first choice of models that has any. */
const feasible = (nodes: ReadonlyArray<RefNode>, shape: Shape): ReadonlyArray<number> => {
  const verdicts = nodes.map((node) => verdictOf(node, shape))
  for (let choice = 0; choice < Math.max(1, shape.models.length); choice++) {
    const found = verdicts.flatMap(({ codes, choices }, node) => (codes.length === 0 && choices.includes(choice) ? [node] : []))
    if (found.length > 0) return found
  }
  return []
}

/** The first of the highest scores. */
const bestOf = (nodes: ReadonlyArray<number>, scoreOf: (node: number) => number): number | undefined => {
  const scores = nodes.map(scoreOf)
  return nodes[scores.indexOf(Math.max(...scores))]
}

const idleOf = (node: RefNode): number => node.gpus.reduce((sum, gpu) => sum + gpu.freeMilli, 0)

describe('best fit', () => {
  it('takes the node with the best score of the openb simulator, which spreads the scores of all feasible nodes over 0 to 100', () => {
    fc.assert(
      fc.property(openNodes, single, (given, shape) => {
        // Of a size at which the formula tells nodes apart.
        const nodes = given.map((node) => ({ ...node, cpuMilli: node.cpuMilli * 4000, cpuFree: node.cpuFree * 4000 }))
        const wanted = { ...shape, cpuMilli: shape.cpuMilli * 4000 }
        const fit = feasible(nodes, wanted)
        const raw = new Map(
          fit.map((number) => {
            const node = nodes[number]!
            // In milli-CPU and milli-GPU and kept whole, since 100 x (1 - ...) in floating point is off at exact steps.
            const left = (node.cpuFree - wanted.cpuMilli) * 8000 + (idleOf(node) - wanted.gpus * wanted.gpuMilli) * 128_000
            return [number, 100 - Math.ceil(left / ((128_000 * 8000) / 50))] as const
          })
        )
        const [low, high] = [Math.min(...raw.values()), Math.max(...raw.values())]
        const normalised = (node: number): number => (high === low ? 0 : Math.trunc(((raw.get(node)! - low) * 100) / (high - low)))
        expect(chosen(nodes, wanted, { placement: 'bestfit' })?.node).toBe(bestOf(fit, normalised))
      }),
      { numRuns: RUNS }
    )
  })
})

describe('fragmentation gradient descent', () => {
  const target: fc.Arbitrary<TargetShape> = fc.record({ shape: single, weight: fc.integer({ min: 1, max: 9 }) })

  /** Idle time of a node that a target could use: that of GPUs with room, of its best choice of models; none if it cannot run there. */
  const usable = (node: RefNode, shape: Shape): number => {
    if (shape.gpus === 0 || node.cpuFree < shape.cpuMilli) return 0
    const choices = shape.models.length === 0 ? [[0, 1, 2]] : shape.models
    const uses = choices.map((choice) => {
      const suiting = node.gpus.filter(
        (gpu) =>
          choice.some((model) => model === gpu.model) &&
          gpu.freeMilli >= shape.gpuMilli &&
          (gpu.memoryMib * shape.gpuMilli) / 1000 >= shape.gpuMemoryMib
      )
      return suiting.length >= shape.gpus ? suiting.reduce((sum, gpu) => sum + gpu.freeMilli, 0) : 0
    })
    return Math.max(...uses)
  }
  const fragments = (node: RefNode, targets: ReadonlyArray<TargetShape>): number => {
    const total = targets.reduce((sum, one) => sum + one.weight, 0)
    return targets.reduce((sum, { shape, weight }) => sum + (weight / total) * (idleOf(node) - usable(node, shape)), 0)
  }
  const after = (node: RefNode, shape: Shape, gpus: ReadonlyArray<number>): RefNode => ({
    ...node,
    cpuFree: node.cpuFree - shape.cpuMilli,
    gpus: node.gpus.map((gpu, index) => (gpus.includes(index) ? { ...gpu, freeMilli: gpu.freeMilli - shape.gpuMilli } : gpu))
  })
  /** floor(100 x sigmoid(drop / 1000)): how many of 1000 ln(k / (100 - k)) the drop reaches; a hair is given for rounding. */
  const scoreOf = (dropMilli: number): number =>
    Array.from({ length: 99 }, (_, index) => 1000 * Math.log((index + 1) / (99 - index))).filter((step) => dropMilli >= step - 1e-6).length

  it('takes the node and the GPU on which a fraction leaves the least new fragments', () => {
    fc.assert(
      fc.property(openNodes, fractional, fc.array(target, { minLength: 1, maxLength: 5 }), (given, shape, targets) => {
        // One kind of GPU in a node, and no wish for memory of the host, which FGD does not look at.
        const nodes = given.map((node) => ({
          ...node,
          gpus: node.gpus.map((gpu) => ({ ...gpu, model: node.gpus[0]!.model, memoryMib: node.gpus[0]!.memoryMib }))
        }))
        const best = (number: number): { readonly score: number; readonly gpu: number } => {
          const node = nodes[number]!
          const scores = node.gpus.map((gpu, index) =>
            gpu.freeMilli >= shape.gpuMilli ? scoreOf(fragments(node, targets) - fragments(after(node, shape, [index]), targets)) : -1
          )
          const score = Math.max(...scores)
          return { score, gpu: scores.indexOf(score) }
        }
        const fit = feasible(nodes, shape)
        const node = bestOf(fit, (number) => best(number).score)
        expect(chosen(nodes, shape, { placement: 'fgd', targets })).toEqual(
          node === undefined ? undefined : { node, gpus: [best(node).gpu] }
        )
      }),
      { numRuns: RUNS }
    )
  })

  it('judges nodes of several kinds of GPUs by the same definition', () => {
    fc.assert(
      fc.property(openNodes, single, fc.array(target, { minLength: 1, maxLength: 5 }), (nodes, wanted, targets) => {
        const shape = { ...wanted, gpus: 0, gpuMilli: 1000, models: [], gpuMemoryMib: 0 }
        const score = (number: number): number =>
          scoreOf(fragments(nodes[number]!, targets) - fragments(after(nodes[number]!, shape, []), targets))
        expect(chosen(nodes, shape, { placement: 'fgd', targets })?.node).toBe(bestOf(feasible(nodes, shape), score))
      }),
      { numRuns: RUNS }
    )
  })

  it('chooses its targets from what was submitted, anew whenever that has doubled', () => {
    const pool = poolOf()
    pool.policy({ placement: 'fgd' })
    pool.node({ gpus: 8 })
    const chosenAt: Array<number> = []
    for (let job = 1; job <= 20; job++) {
      pool.submit({ gpuMilli: 100 })
      for (const decision of pool.plan().decisions) if (decision.type === 'TargetsChosen') chosenAt.push(decision.submitted)
    }
    expect(chosenAt).toEqual([1, 2, 4, 8, 16])
  })
})

describe('spread and pack', () => {
  it('put the second job on the emptiest node, or on the node in use', () => {
    for (const [placement, expected] of [
      ['spread', [0, 1, 2]],
      ['pack', [0, 0, 0]]
    ] as const) {
      const pool = poolOf()
      pool.policy({ placement })
      for (let node = 0; node < 3; node++) pool.node({ gpus: 8 })
      const jobs = [0, 1, 2].map(() => pool.submit({ gpus: 2, cpuMilli: 1000 }))
      pool.decide()
      expect(jobs.map((job) => pool.nodesOf(job)[0])).toEqual(expected)
    }
  })
  it('pack prefers a GPU that is shared already to a whole one', () => {
    const pool = poolOf()
    pool.policy({ placement: 'pack' })
    pool.node({ gpus: 2 })
    pool.node({ gpus: 2 })
    pool.submit({ gpus: 2 })
    pool.submit({ gpuMilli: 300 })
    const second = pool.submit({ gpuMilli: 300 })
    expect(pool.decide().at(-1)).toMatchObject({ job: second, tasks: [{ node: 1, gpus: [2] }] })
  })
})

describe('random', () => {
  const placesOf = (seed: number): ReadonlyArray<string> => {
    const pool = poolOf()
    pool.policy({ placement: 'random', seed })
    for (let node = 0; node < 4; node++) pool.node({ gpus: 8 })
    return Array.from({ length: 200 }, () => {
      const job = pool.submit({ gpuMilli: 100 })
      const decisions = pool.decide()
      return decisions.flatMap((one) =>
        one.type === 'JobAllocated' && one.job === job ? [`${one.tasks[0]!.node} ${one.tasks[0]!.gpus[0]!}`] : []
      )[0]!
    })
  }
  it('gives every node and every GPU about the same chance, and the same seed the same places', () => {
    const places = placesOf(1)
    const counts = new Map<string, number>()
    for (const place of places) counts.set(place, (counts.get(place) ?? 0) + 1)
    // 200 jobs on 32 GPUs: 6.25 on each, give or take; none is left out and none is crowded.
    expect(counts.size).toBeGreaterThanOrEqual(30)
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(16)
    expect(placesOf(1)).toEqual(places)
    expect(placesOf(2)).not.toEqual(places)
  })
})
