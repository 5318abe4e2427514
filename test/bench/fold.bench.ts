/** How fast events are folded with a million live jobs, touched at random, and what a queued job costs in memory. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { fold } from '../../domain/cluster/fold.ts'
import { initial, keep, type State } from '../../domain/cluster/state.ts'
import { Gpus, Holds, Ids, IdSlots, Jobs, Nodes } from '../../domain/cluster/tables.ts'
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
    for (const events of lifecycle.fill()) state = foldRounds(state, events)
    const slices = smoke ? 3 : 15
    progress('measuring the limit')
    const limit = {
      name: 'one read and write of the same rows in bare arrays',
      value: rowWritesPerSecond(gpus * 10, smoke ? 10_000 : 500_000)
    }
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
      result(`fold: jobs in random order, ${(gpus * 10).toLocaleString('en-US')} live`, steady, 'events/s', limit),
      result(`fold: the same, with a keep every ${KEEP_ROUNDS} rounds`, keeping, 'events/s', limit),
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

/** Events are made before they are folded, and only the fold is timed. The median slice, since other programs may disturb one. */
const measure = (lifecycle: Lifecycle, slices: number, work: (events: ReadonlyArray<Event>) => unknown): number => {
  const rates: Array<number> = []
  for (let slice = 0; slice < slices; slice++) {
    const events = lifecycle.churn(Math.ceil((ROUND_EVENTS * KEEP_ROUNDS) / 5))
    // The events are not the fold's: they should be no part of what is collected while it runs.
    collect()
    rates.push(events.length / secondsOf(() => work(events)))
  }
  return rates.toSorted((a, b) => a - b)[Math.floor(slices / 2)]!
}

/**
 * The rows that the five events of a job must reach in memory, in bare arrays of the same sizes: those of the old job, its hold, its
 * node, its GPU and the slot of the new id, each chosen at random beforehand, and those of the new job and its id, one after another.
 * Each row is read and written once. An event cannot be folded faster than that. The best of three.
 */
const rowWritesPerSecond = (live: number, lifecycles: number): number => {
  const random = randomOf(2)
  const tables = [
    { rows: live * 2, rowBytes: Jobs.rowBytes, near: false },
    { rows: live, rowBytes: Holds.rowBytes, near: false },
    { rows: live / 80, rowBytes: Nodes.rowBytes, near: false },
    { rows: live / 10, rowBytes: Gpus.rowBytes, near: false },
    { rows: live * 4, rowBytes: IdSlots.rowBytes, near: false },
    { rows: live * 2, rowBytes: Jobs.rowBytes, near: true },
    { rows: live * 2, rowBytes: Ids.rowBytes, near: true }
  ].map(({ rows, rowBytes, near }) => ({
    words: new Int32Array((rows * rowBytes) / 4),
    width: rowBytes / 4,
    order: Int32Array.from({ length: lifecycles }, (_, index) => (near ? index % rows : random(rows)))
  }))
  const touchAll = (): void => {
    for (const { words, width, order } of tables)
      for (let index = 0; index < order.length; index++) {
        const start = order[index]! * width
        for (let word = start; word < start + width; word++) words[word]! += 1
      }
  }
  return (lifecycles * 5) / Math.min(secondsOf(touchAll), secondsOf(touchAll), secondsOf(touchAll))
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
  for (let round = 0; round < 3; round++) collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')
