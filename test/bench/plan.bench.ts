/**
 * Decisions per second of a full pool: processes end at random, their jobs end, and others are placed from a long queue, a tenth of
 * them gangs and a fifth fractions of a GPU. A decision is one job's allocation; the time is that of everything that a scheduler does
 * for it once its facts are known: fold, learn, plan, fold, encode, hash and append to the SQLite ledger, which is synced at the end.
 * Must: 100,000 at 1,000 GPUs, 50,000 at 10,000.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { fold } from '../../domain/cluster/fold.ts'
import { initial, type State } from '../../domain/cluster/state.ts'
import { advance, CORE_VERSION, genesis, nothingConsumed, type Head, type Round } from '../../domain/events/round.ts'
import type { Decision, Fact } from '../../domain/events/event.ts'
import type { Ledger } from '../../domain/ports/ledger.ts'
import { planner } from '../../domain/policies/planner.ts'
import { hashOf } from '../../infra/ledger/hash.ts'
import { encodeRound } from '../../infra/ledger/roundJson.ts'
import { openSqlite } from '../../infra/sqlite/openSqlite.ts'
import { randomOf, result, secondsOf, type Bench, type Result } from './bench.ts'
import { crowdOf, type Crowd } from './crowd.ts'

const OCCUPANCY_MIN = 0.95
/** In a round of the filling. */
const SUBMISSIONS = 500
/** Rounds that are on their way to the ledger while the next are planned. */
const IN_FLIGHT_MAX = 16
/** Of the live jobs, how many end before a round. */
const ENDING = 0.2

export const bench: Bench = {
  name: 'plan',
  describe: 'decisions/s, encoded and appended, in full pools of 1,000 and 10,000 GPUs with gangs and fractions',
  run: async ({ smoke, progress }) => {
    const results: Array<Result> = []
    for (const gpus of [1_000, 10_000]) {
      progress(`${gpus} GPUs`)
      const folder = await mkdtemp(join(tmpdir(), 'fastgpu-plan-'))
      try {
        results.push(await measure(folder, gpus, smoke ? 2_000 : 200_000, progress))
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    }
    return results
  }
}

const measure = async (folder: string, gpus: number, wanted: number, progress: (text: string) => void): Promise<Result> => {
  const opened = await openSqlite({ file: join(folder, 'log.db'), pool: 'bench', durability: 'atClose' })()
  if (E.isLeft(opened)) throw new Error(opened.left.message)
  const crowd = crowdOf(gpus, randomOf(gpus))
  const pool = poolOf(crowd, opened.right.ledger)
  await pool.fill()
  let occupied = 0
  let decided = 0
  let seconds = 0
  const rounds: Array<Round> = []
  while (decided < wanted) {
    pool.submitMore()
    const facts = crowd.finish(ENDING)
    const begun = performance.now()
    const round = await pool.step(facts)
    seconds += (performance.now() - begun) / 1000
    decided += crowd.hear(round.decisions)
    occupied += crowd.occupancy()
    rounds.push(round)
  }
  const begun = performance.now()
  await pool.appended()
  const closed = await opened.right.close()
  if (E.isLeft(closed)) throw new Error(closed.left.message)
  seconds += (performance.now() - begun) / 1000
  const occupancy = occupied / rounds.length
  progress(`${(100 * occupancy).toFixed(1)} % in use, ${Math.round(decided / rounds.length)} decisions in a round`)
  if (occupancy < OCCUPANCY_MIN) throw new Error(`only ${occupancy} of the GPUs were in use`)
  const limit = { name: 'JSON, sha256 and write of the same rounds', value: decided / bareSeconds(join(folder, 'bare'), rounds) }
  return result(`plan: ${gpus.toLocaleString('en-US')} GPUs`, decided / seconds, 'decisions/s', limit)
}

/** No decision can be recorded faster than its bytes are made, hashed and written. */
const bareSeconds = (file: string, rounds: ReadonlyArray<Round>): number => {
  const descriptor = openSync(file, 'a')
  const seconds = secondsOf(() => {
    for (const round of rounds) {
      const bytes = Buffer.from(JSON.stringify(round))
      hashOf(bytes)
      writeSync(descriptor, bytes)
    }
    fdatasyncSync(descriptor)
  })
  closeSync(descriptor)
  return seconds
}

const poolOf = (crowd: Crowd, ledger: Ledger) => {
  let state: State = fold(initial(), crowd.start(), 1)
  const kept = planner(state)
  let head: Head = genesis
  let atMs = 1
  /** Rounds on their way to the ledger, the oldest first. */
  const appends: Array<Promise<void>> = []

  const append = async (facts: ReadonlyArray<Fact>, decisions: ReadonlyArray<Decision>): Promise<Round> => {
    const envelope = { pool: 'bench', number: head.number + 1, prev: head.hash, epoch: 1, leader: 'bench', core: CORE_VERSION, at: atMs }
    const round: Round = { ...envelope, heardFrom: 0, consumed: nothingConsumed, facts, decisions }
    const bytes = encodeRound(round)
    head = advance(round, hashOf(bytes), facts.length + decisions.length, head)
    appends.push(
      ledger
        .append(bytes)()
        .then((answer) => {
          if (E.isLeft(answer) || answer.right.type === 'Rejected') throw new Error('a round was not accepted')
        })
    )
    if (appends.length >= IN_FLIGHT_MAX) await appends.shift()
    return round
  }
  const step = async (facts: ReadonlyArray<Fact>): Promise<Round> => {
    atMs += 1
    state = fold(state, facts, atMs)
    kept.learn(state, facts)
    const { decisions } = kept.plan(state, atMs)
    state = fold(state, decisions, atMs)
    return append(facts, decisions)
  }
  return {
    step,
    fill: async () => {
      for (let left = crowd.queue; left > 0; left -= SUBMISSIONS) crowd.hear((await step(crowd.submit(SUBMISSIONS))).decisions)
      while (crowd.hear((await step([])).decisions) > 0);
      await Promise.all(appends.splice(0))
    },
    /** Not timed, and in rounds of their own that the ledger never sees: a submission is not a decision. */
    submitMore: () => {
      if (state.pending > crowd.queue / 2) return
      const facts = crowd.submit(crowd.queue / 2)
      state = fold(state, facts, atMs)
      kept.learn(state, facts)
    },
    appended: () => Promise.all(appends)
  }
}
