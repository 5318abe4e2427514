/**
 * How long a submission takes at the port, without HTTP: until it is on disk, and until its job is allocated in an accepted round. The
 * limit is what the disk takes for one bare write + fdatasync of the same bytes, and for two one after the other.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import type { InputRecord } from '../../domain/ports/eventLog.ts'
import { systemClock } from '../../infra/clock/systemClock.ts'
import { openSqlite, type SqliteLog } from '../../infra/sqlite/openSqlite.ts'
import { recover } from '../../services/scheduler/recover.ts'
import { startScheduler } from '../../services/scheduler/scheduler.ts'
import { percentile, result, type Bench, type Result } from './bench.ts'

const GPUS = 4096
const BODY = JSON.stringify({
  command: ['python', 'train.py', '--lr', '0.001'],
  cwd: '/home/ann/project',
  env: { HOME: '/home/ann', PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' }
})

export const bench: Bench = {
  name: 'ack',
  describe: 'submission at the port until it is on disk, and until its job is allocated, beside bare write + fdatasync',
  run: async ({ smoke, progress }) => {
    const folder = await mkdtemp(join(tmpdir(), 'fastgpu-ack-'))
    try {
      return await measure(folder, smoke ? 50 : 1_000, progress)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

const measure = async (folder: string, count: number, progress: (text: string) => void): Promise<ReadonlyArray<Result>> => {
  const opened = await openSqlite({ file: join(folder, 'log.db'), pool: 'default' })()
  if (E.isLeft(opened)) throw new Error(opened.left.message)
  const log = opened.right
  const bare = bareWrites(join(folder, 'bare'))
  const durable: Array<number> = []
  const allocated: Array<number> = []
  const one: Array<number> = []
  const two: Array<number> = []
  const pool = await startPool(log)
  progress(`${count} submissions, one at a time, in turn with bare writes`)
  for (let index = 0; index < count; index++) {
    const record = submission(index)
    const bytes = Buffer.concat([record.data, Buffer.from(record.id + record.source + record.type + record.time)])
    const begun = performance.now()
    const done = pool.allocated(index)
    await log.eventLog.append('jobs', [record])()
    durable.push(performance.now() - begun)
    await done
    allocated.push(performance.now() - begun)
    one.push(bare.write(bytes))
    two.push(bare.write(bytes) + bare.write(bytes))
  }
  await pool.stop()
  await log.close()
  bare.close()
  return [
    ...both('submission to durable', durable, 'one bare write + fdatasync', one),
    ...both('submission to allocated', allocated, 'two bare writes + fdatasync', two)
  ]
}

const both = (name: string, values: ReadonlyArray<number>, limit: string, limits: ReadonlyArray<number>): ReadonlyArray<Result> =>
  ([0.5, 0.99] as const).map((share) =>
    result(`ack: ${name}, p${share * 100}`, percentile(values, share), 'ms', {
      name: `${limit}, p${share * 100}`,
      value: percentile(limits, share)
    })
  )

const submission = (index: number): InputRecord => ({
  id: `bench-${index}`,
  source: '/pools/default/api',
  type: 'fastgpu.job.submit',
  time: new Date().toISOString(),
  data: new TextEncoder().encode(JSON.stringify({ tenant: 'ann', name: `train-${index}`, request: { gpus: 1 }, body: BODY, by: 'ann' }))
})

/** The time of each is the calling thread's own, from the call to its return. */
const bareWrites = (file: string): { readonly write: (bytes: Uint8Array) => number; readonly close: () => void } => {
  const descriptor = openSync(file, 'a')
  return {
    write: (bytes) => {
      const begun = performance.now()
      writeSync(descriptor, bytes)
      fdatasyncSync(descriptor)
      return performance.now() - begun
    },
    close: () => closeSync(descriptor)
  }
}

const startPool = async (log: SqliteLog) => {
  const waiting = new Map<number, () => void>()
  const from = await recover(log.ledger)
  if (E.isLeft(from)) throw new Error(from.left.message)
  const nodes = Array.from({ length: GPUS / 8 }, (_, node) => ({
    id: `node-${node}`,
    source: 'bench',
    type: 'fastgpu.node.register',
    time: new Date().toISOString(),
    data: new TextEncoder().encode(
      JSON.stringify({
        node: `n${node}`,
        boot: 'b',
        cpuMilli: 64_000,
        memoryMib: 524_288,
        labels: {},
        gpus: Array.from({ length: 8 }, (_, gpu) => ({ uuid: `g${node}-${gpu}`, model: 'H100', memoryMib: 81_559 }))
      })
    )
  }))
  await log.eventLog.append('heartbeats', nodes)()
  const scheduler = startScheduler({
    pool: 'default',
    leader: 'bench',
    eventLog: log.eventLog,
    ledger: log.ledger,
    clock: systemClock(),
    from: from.right,
    onAccepted: ({ round }) => {
      for (const decision of round.decisions) if (decision.type === 'JobAllocated') waiting.get(decision.job)?.()
    },
    onTrouble: () => undefined,
    onAlarm: (alarm) => {
      throw new Error(alarm)
    }
  })
  while (scheduler.read((state) => state.nodes.size) < GPUS / 8) await new Promise((resolve) => setTimeout(resolve, 5))
  return {
    allocated: (job: number): Promise<void> => new Promise((resolve) => waiting.set(job, resolve)),
    stop: scheduler.stop
  }
}
