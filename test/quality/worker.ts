/** Runs what it is sent, one run after another, and answers each. */
import { parentPort } from 'node:worker_threads'
import { packed } from './packing.ts'
import type { Run } from './runs.ts'
import { tracesFolder, workloadOf } from './workload.ts'

parentPort?.on('message', (run: Run) => {
  const folder = tracesFolder()
  if (folder === undefined) throw new Error('the traces are gone')
  parentPort?.postMessage(packed(workloadOf(folder, run.workload, run.seed), run.policy, run.seed))
})
