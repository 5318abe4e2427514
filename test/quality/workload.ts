/**
 * The packing experiment of FGD (ATC'23) on openb: which nodes, in which order of ties, and which pods, in which order. The same seed
 * gives every policy the same nodes and the same pods.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import type { RegisterNode } from '../../domain/events/inputs.ts'
import type { Request } from '../../domain/events/request.ts'
import type { Fault } from '../../domain/ports/fault.ts'
import { openbNodes, openbPods, type OpenbPod } from '../../infra/traces/openb.ts'
import { randomOf } from '../bench/bench.ts'

/** Pods are added or taken away until together they ask for 1.3 times the GPUs that there are. */
const ASKED_SHARE = 1.3

export interface Workload {
  readonly nodes: ReadonlyArray<RegisterNode>
  /** In the order in which they arrive. */
  readonly pods: ReadonlyArray<OpenbPod>
  /** As many as the file has, for the statistics of the workload. */
  readonly original: ReadonlyArray<OpenbPod>
  readonly gpuMilliTotal: number
}

/** Where the traces are, or undefined where there are none. */
export const tracesFolder = (): string | undefined => {
  const folder = process.env['FASTGPU_TRACES'] ?? join(import.meta.dirname, '../../../shared/traces')
  return existsSync(join(folder, 'openb')) ? join(folder, 'openb') : undefined
}

export const workloadOf = (folder: string, name: string, seed: number): Workload => {
  const nodes = right(openbNodes(readFileSync(join(folder, 'openb_node_list_gpu_node.csv'), 'utf8')))
  const original = right(openbPods(readFileSync(join(folder, `openb_pod_list_${name}.csv`), 'utf8')))
  const random = randomOf(seed)
  const gpuMilliTotal = nodes.reduce((sum, node) => sum + node.gpus.length * 1000, 0)
  const sorted = [...original].sort((one, other) => (one.name < other.name ? -1 : 1))
  return {
    nodes: shuffled(nodes, random),
    pods: tuned(shuffled(sorted, random), original, ASKED_SHARE * gpuMilliTotal, random),
    original,
    gpuMilliTotal
  }
}

export const gpuMilliOf = (request: Request): number => request.gpus * (request.gpuMilli ?? 1000)

const tuned = (
  pods: ReadonlyArray<OpenbPod>,
  original: ReadonlyArray<OpenbPod>,
  wantedMilli: number,
  random: (below: number) => number
): ReadonlyArray<OpenbPod> => {
  const tuned = [...pods]
  let asked = tuned.reduce((sum, pod) => sum + gpuMilliOf(pod.request), 0)
  while (asked > wantedMilli) asked -= gpuMilliOf(tuned.splice(random(tuned.length), 1)[0]!.request)
  for (;;) {
    const pod = original[random(original.length)]!
    const { request } = pod
    // The published experiment looks at what the pod asks of each GPU here.
    if (asked + (request.gpus > 0 ? (request.gpuMilli ?? 1000) : 0) > wantedMilli) return tuned
    tuned.push(pod)
    asked += gpuMilliOf(request)
  }
}

const shuffled = <T>(items: ReadonlyArray<T>, random: (below: number) => number): ReadonlyArray<T> => {
  const all = [...items]
  for (let last = all.length - 1; last > 0; last--) {
    const other = random(last + 1)
    ;[all[last], all[other]] = [all[other]!, all[last]!]
  }
  return all
}

const right = <A>(result: E.Either<Fault, A>): A => {
  if (E.isLeft(result)) throw new Error(result.left.message)
  return result.right
}
