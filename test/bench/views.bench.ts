/** How fast all views follow a ledger into a SQLite file: jobs that come, run and end on a full pool, in rounds of some hundred events. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import * as E from 'fp-ts/lib/Either.js'
import type { Decision, Event, Fact } from '../../domain/events/event.ts'
import { CORE_VERSION, nothingConsumed, NO_HASH } from '../../domain/events/round.ts'
import { gpuNo, jobNo, nodeNo } from '../../domain/kernel/ids.ts'
import type { StoredRound } from '../../domain/ports/ledger.ts'
import type { ViewStore } from '../../domain/ports/viewStore.ts'
import { hashOf } from '../../infra/ledger/hash.ts'
import { encodeRound } from '../../infra/ledger/roundJson.ts'
import { sqliteViewStore } from '../../infra/sqlite/viewStore.ts'
import { views } from '../../projections/index.ts'
import { engineOf } from '../../services/projector/engine.ts'
import { result, secondsOf, type Bench } from './bench.ts'
import { poolOf, submitted } from './lifecycle.ts'

const JOBS_A_ROUND = 100
const BATCH_BYTES = 2 * 1024 * 1024
const START_MS = 1_767_225_600_000
const ROW_BYTES = 200

const valueOf = <A>(answer: E.Either<{ readonly message: string }, A>): A => {
  if (E.isLeft(answer)) throw new Error(answer.left.message)
  return answer.right
}

/** Jobs of one GPU each, which run until the pool is full and the next ones need their place. */
const ledgerOf = (jobs: number, gpus: number): { readonly rounds: ReadonlyArray<StoredRound>; readonly events: number } => {
  const rounds: Array<StoredRound> = []
  let events = 0
  const add = (minute: number, facts: ReadonlyArray<Fact>, decisions: ReadonlyArray<Decision>): void => {
    const envelope = { pool: 'default', epoch: 1, leader: 'bench', core: CORE_VERSION, heardFrom: 0, consumed: nothingConsumed }
    const [number, prev] = [rounds.length, rounds.at(-1)?.hash ?? NO_HASH]
    const bytes = encodeRound({ ...envelope, number, prev, at: START_MS + minute * 60_000, facts, decisions })
    rounds.push({ number, hash: hashOf(bytes), firstPosition: events, bytes })
    events += facts.length + decisions.length
  }
  add(0, poolOf(gpus) as ReadonlyArray<Fact>, [])
  for (let first = 0; first < jobs; first += JOBS_A_ROUND) {
    const come = Array.from({ length: JOBS_A_ROUND }, (_, index) => first + index)
    const go = first < gpus ? [] : come.map((job) => job - gpus)
    const minute = 1 + first / JOBS_A_ROUND
    add(minute, [...come.map(submitted), ...go.map(finished)] as ReadonlyArray<Fact>, [
      ...go.map(ended),
      ...come.map((job) => allocated(job, gpus))
    ])
    add(minute, come.map(started), [])
  }
  return { rounds, events }
}

const allocated = (job: number, gpus: number): Decision => {
  const gpu = job % gpus
  return { type: 'JobAllocated', job: jobNo(job), attempt: 1, tasks: [{ node: nodeNo(Math.floor(gpu / 8)), gpus: [gpuNo(gpu)] }] }
}
const started = (job: number): Fact => ({ type: 'RunStarted', job: jobNo(job), attempt: 1, member: 0, startedMs: START_MS })
const finished = (job: number): Event => ({
  ...{ type: 'RunFinished', job: jobNo(job), attempt: 1, member: 0 },
  ...{ exit: 'exited', code: 0, endedMs: START_MS }
})
const ended = (job: number): Decision => ({ type: 'JobEnded', job: jobNo(job), outcome: 'succeeded' })

const batchesOf = (rounds: ReadonlyArray<StoredRound>): ReadonlyArray<ReadonlyArray<StoredRound>> => {
  const batches: Array<Array<StoredRound>> = [[]]
  let bytes = 0
  for (const round of rounds) {
    if (bytes > BATCH_BYTES) {
      batches.push([])
      bytes = 0
    }
    batches.at(-1)!.push(round)
    bytes += round.bytes.length
  }
  return batches
}

/** The store, and how many rows each commit wrote. */
const counted = (store: ViewStore): { readonly store: ViewStore; readonly rows: Array<number> } => {
  const rows: Array<number> = []
  const commit: ViewStore['commit'] = (commits) => {
    rows.push(commits.flatMap((one) => one.changes).reduce((sum, { put, remove }) => sum + put.length + remove.length, 0))
    return store.commit(commits)
  }
  return { store: { ...store, commit }, rows }
}

/** Bare SQLite: as many rows in as many transactions, one after another into one table. */
const bareSeconds = (file: string, transactions: ReadonlyArray<number>): number => {
  const db = new DatabaseSync(file)
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE rows (number INTEGER PRIMARY KEY, said TEXT) STRICT')
  const insert = db.prepare('INSERT INTO rows (number, said) VALUES (?, ?)')
  const said = 'x'.repeat(ROW_BYTES)
  let number = 0
  const seconds = secondsOf(() => {
    for (const rows of transactions) {
      db.exec('BEGIN IMMEDIATE')
      for (let row = 0; row < rows; row++) insert.run(number++, said)
      db.exec('COMMIT')
    }
  })
  db.close()
  return seconds
}

export const bench: Bench = {
  name: 'views',
  describe: 'events through all views into SQLite, beside bare inserts of as many rows',
  run: ({ smoke, progress }) => {
    const home = mkdtempSync(join(tmpdir(), 'fastgpu-bench-'))
    try {
      const { rounds, events } = ledgerOf(smoke ? 2_000 : 100_000, smoke ? 1_000 : 10_000)
      progress(`${events} events in ${rounds.length} rounds`)
      const { store, rows } = counted(valueOf(sqliteViewStore(join(home, 'views.db'))))
      const engine = valueOf(engineOf(store, views))
      const seconds = secondsOf(() => {
        for (const batch of batchesOf(rounds)) valueOf(engine.take(batch))
      })
      engine.close()
      const bare = bareSeconds(join(home, 'bare.db'), rows)
      return Promise.resolve([
        result('views', events / seconds, 'events/s', { name: 'bare inserts of as many rows', value: events / bare })
      ])
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  }
}
