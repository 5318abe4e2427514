/** Spreads runs over the cores of the machine. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Policy } from '../../domain/events/policy.ts'
import type { Packed } from './packing.ts'

export interface Run {
  readonly workload: string
  readonly policy: Policy['placement']
  readonly seed: number
}

/** Answers in the order of the runs; `done` is told as they come. */
export const runAll = (runs: ReadonlyArray<Run>, done: (run: Run, packed: Packed) => void): Promise<ReadonlyArray<Packed>> =>
  new Promise((resolve, reject) => {
    const answers: Array<Packed> = []
    let next = 0
    let left = runs.length
    for (let count = Math.min(availableParallelism(), runs.length); count > 0; count--) {
      const worker = new Worker(new URL('./worker.ts', import.meta.url))
      let index = next++
      worker.postMessage(runs[index])
      worker.on('error', reject)
      worker.on('message', (answer: Packed) => {
        answers[index] = answer
        left -= 1
        done(runs[index]!, answer)
        if (left === 0) resolve(answers)
        if (next >= runs.length) return void worker.terminate()
        index = next++
        worker.postMessage(runs[index])
      })
    }
  })
