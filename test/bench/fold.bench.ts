/** How fast events are folded with a million live jobs, touched at random, and what a queued job costs in memory. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { fold } from '../../domain/cluster/fold.ts'
import { initial, keep, type State } from '../../domain/cluster/state.ts'
import { Gpus, Holds, Ids, IdSlots, Jobs, Nodes, Shapes } from '../../domain/cluster/tables.ts'
import type { Event } from '../../domain/events/event.ts'
import { randomOf, result, secondsOf, type Bench, type Result } from './bench.ts'
import { lifecycleOf, poolOf, submitted, type Lifecycle } from './lifecycle.ts'

/** Events of one round, and rounds between two keeps: what the scheduler does. */
const ROUND_EVENTS = 4096
const KEEP_ROUNDS = 64
/** design.md 4: bytes that a queued job may take. */
const BYTES_MAX = 150

export const bench: Bench = {
  name: 'fold',
  describe: 'events/s of the lifecycle of jobs with 1M live ones, touched at random, and bytes a queued job',
  run: async ({ smoke, progress }) => {
    const gpus = smoke ? 1_000 : 100_000
    const lifecycle = lifecycleOf(gpus)
    progress(`filling ${gpus} GPUs with ${gpus * 10} jobs`)
    let state = fold(initial(), poolOf(gpus), 1)
    const fillS = { events: 0, seconds: 0 }
    for (const events of lifecycle.fill()) {
      fillS.events += events.length
      fillS.seconds += secondsOf(() => (state = foldRounds(state, events)))
    }
    const slices = smoke ? 2 : 16
    progress('measuring the limit')
    const limit = { name: 'random writes of the same rows in bare typed arrays', value: rowWritesPerSecond(gpus * 10, smoke) }
    progress('folding')
    const steady = measure(lifecycle, slices, (events) => (state = foldRounds(state, events)))
    const keeping = measure(lifecycle, slices, (events) => {
      const kept = keep(state)
      state = foldRounds(state, events)
      return kept
    })
    const kept = keep(state)
    const first = lifecycle.churn(Math.ceil(ROUND_EVENTS / 5))
    const firstSeconds = secondsOf(() => (state = fold(state, first, 4)))
    if (kept.live !== state.live) throw new Error('the pool did not stay full')
    progress('measuring memory')
    return [
      result('fold: jobs in random order, 1M live', steady, 'events/s', limit),
      result(`fold: the same, with a keep every ${KEEP_ROUNDS} rounds`, keeping, 'events/s', limit),
      result('fold: jobs that are new', fillS.events / fillS.seconds, 'events/s', limit),
      firstRound(firstSeconds),
      bytesPerJob(smoke ? 20_000 : 1_000_000)
    ]
  }
}

const foldRounds = (before: State, events: ReadonlyArray<Event>): State => {
  let state = before
  for (let from = 0; from < events.length; from += ROUND_EVENTS) state = fold(state, events.slice(from, from + ROUND_EVENTS), 2)
  return state
}

/** Events are made before they are folded, and only the fold is timed. */
const measure = (lifecycle: Lifecycle, slices: number, work: (events: ReadonlyArray<Event>) => unknown): number => {
  let count = 0
  let seconds = 0
  for (let slice = 0; slice < slices; slice++) {
    const events = lifecycle.churn(Math.ceil((ROUND_EVENTS * KEEP_ROUNDS) / 5))
    count += events.length
    seconds += secondsOf(() => work(events))
  }
  return count / seconds
}

/**
 * The rows that the five events of a job write, one after another, in arrays of the same sizes: a read and a write of each word,
 * the row chosen at random beforehand, and nothing else. An event cannot be folded faster than its rows can be written.
 */
const rowWritesPerSecond = (live: number, smoke: boolean): number => {
  const random = randomOf(2)
  const arrayOf = (rows: number, rowBytes: number): { words: Int32Array; width: number; rows: number } => ({
    words: new Int32Array((rows * rowBytes) / 4),
    width: rowBytes / 4,
    rows
  })
  const jobs = arrayOf(live * 2, Jobs.rowBytes)
  const holds = arrayOf(live, Holds.rowBytes)
  const nodes = arrayOf(live / 80, Nodes.rowBytes)
  const gpus = arrayOf(live / 10, Gpus.rowBytes)
  const ids = arrayOf(live * 2, Ids.rowBytes)
  const slots = arrayOf(live * 4, IdSlots.rowBytes)
  const shapes = arrayOf(1, Shapes.rowBytes)
  // Submitted, allocated, started, finished, ended.
  const touched = [jobs, ids, slots, shapes, jobs, holds, nodes, gpus, shapes, jobs, holds, jobs, holds, nodes, gpus, jobs, holds]
  const lifecycles = smoke ? 10_000 : 400_000
  const rows = new Int32Array(lifecycles * touched.length)
  for (let index = 0; index < rows.length; index++) rows[index] = random(touched[index % touched.length]!.rows)
  const seconds = secondsOf(() => {
    for (let index = 0; index < rows.length; index++) {
      const { words, width } = touched[index % touched.length]!
      const start = rows[index]! * width
      for (let word = start; word < start + width; word++) words[word]! += 1
    }
  })
  return (lifecycles * 5) / seconds
}

/** Right after a keep nearly every page is copied once, so this is the longest that a round can take; beside a bare copy of as much. */
const firstRound = (seconds: number): Result => {
  const bytes = 150 * 2 ** 20
  const from = new Uint8Array(bytes).fill(1)
  const to = new Uint8Array(bytes).fill(2)
  const copied = secondsOf(() => to.set(from))
  return result('fold: first round after a keep', seconds * 1000, 'ms', { name: 'copying 150 MiB', value: copied * 1000 })
}

const bytesPerJob = (jobs: number): Result => {
  let state: State | undefined = fold(initial(), poolOf(8), 1)
  const before = usedBytes()
  for (let from = 0; from < jobs; from += 10_000)
    state = fold(
      state,
      Array.from({ length: 10_000 }, (_, index) => submitted(from + index)),
      2
    )
  const used = usedBytes() - before
  if (state.pending !== jobs) throw new Error('not every job is queued')
  return result('fold: memory of a queued job, with its id', used / jobs, 'bytes', { name: 'must', value: BYTES_MAX })
}

const usedBytes = (): number => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  for (let round = 0; round < 3; round++) collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
