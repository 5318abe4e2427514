/** A few jobs to look at on a new state directory: some that run, one that waits, one that never can; two GPUs or more stay free. */
import type { Machine } from '../../domain/ports/devices.ts'
import type { Client, JobInput } from '../../sdk/typescript/index.ts'
import { bodyOf } from './jobBody.ts'
import { userName } from './user.ts'

/** How long the samples hold their GPUs, and so how long the one behind them waits. */
const SAMPLE_S = 600
const PRICE_MICRO_PER_GPU_HOUR = 2_500_000

const GANG =
  'echo "member $RANK of $WORLD_SIZE on $FASTGPU_NODE, master $MASTER_ADDR:$MASTER_PORT, GPUs $CUDA_VISIBLE_DEVICES"; exec sleep "$0"'
const FRACTION = 'echo "$FASTGPU_GPU_MILLI/1000 of GPU $CUDA_VISIBLE_DEVICES on $FASTGPU_NODE"; exec sleep "$0"'
const TRAIN = 'for epoch in $(seq 1 "$0"); do echo "epoch $epoch: loss $((900 / (epoch + 8))).$((epoch % 10))"; sleep 1; done'

export const submitSamples = async (client: Client, machines: ReadonlyArray<Machine>): Promise<number> => {
  const models = new Set(machines.flatMap((machine) => machine.devices.map((device) => device.model)))
  for (const model of models) await client.setPrice(model, PRICE_MICRO_PER_GPU_HOUR)
  const jobs = samplesFor(machines)
  await client.submitBatch(jobs)
  return jobs.length
}

const samplesFor = (machines: ReadonlyArray<Machine>): ReadonlyArray<JobInput> => {
  const sizes = machines.map((machine) => machine.devices.length)
  const [first = 0, second = 0] = [...sizes].sort((a, b) => b - a)
  const widest = Math.max(1, first)
  const all = sizes.reduce((sum, size) => sum + size, 0)
  // Each of the running samples leaves at least two GPUs to whoever tries the next command.
  const gang = second >= 4 ? [job('sample-gang', { nodes: 2, gpus: 2 }, GANG)] : []
  const held = gang.length * 4
  const fraction = all - held >= 3 ? [job('sample-fraction', { gpus: 1, gpuMilli: 500 }, FRACTION)] : []
  const train = all - held - fraction.length >= 3 ? [job('sample-train', { gpus: 1 }, TRAIN)] : []
  const waits = gang.length + fraction.length > 0 ? [job('sample-waits', { gpus: widest }, 'echo "at last"')] : []
  return [...gang, ...fraction, ...train, ...waits, job('sample-never', { gpus: Math.min(32, widest * 2) }, 'echo "this cannot be"')]
}

const job = (name: string, request: JobInput['request'], script: string): JobInput => {
  const command = ['/bin/sh', '-c', script, String(SAMPLE_S)]
  const inherited = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' }
  return { tenant: userName(), name, request, body: bodyOf({ command, cwd: process.cwd(), inherited, given: {} }).text }
}
