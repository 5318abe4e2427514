/** Decisions are made again in another process, and come out byte for byte; where they do not, the round is named. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Round } from '../../domain/events/round.ts'
import { replayLedger, type ReplayOptions } from '../../services/verifier/replay.ts'
import type { ReplayReport } from '../../services/verifier/report.ts'
import { valueOf } from '../contract/place.ts'
import { writeHistory, type History, type Twist } from './history.ts'

describe('verified replay', () => {
  let home: string
  let file: string
  let history: History
  let decisions: number

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'fastgpu-replay-'))
    file = join(home, 'log.db')
    history = await writeHistory(file, 60)
    decisions = history.rounds.reduce((sum, round) => sum + round.decisions.length, 0)
  })
  afterAll(() => rm(home, { recursive: true }))

  const replay = async (options: Partial<ReplayOptions> = {}): Promise<ReplayReport> => valueOf(await replayLedger({ file, ...options })())

  test('makes every decision again', async () => {
    const progress: Array<number> = []
    const report = await replay({ onProgress: ({ rounds }) => progress.push(rounds) })
    expect(report).toMatchObject({ ok: true, rounds: 60, replayed: 60, decisions, skippedOtherCore: 0, planFailures: 0, inputs: 0 })
    expect(decisions).toBeGreaterThan(200)
    expect(progress.at(-1)).toBe(60)
  })

  test('makes the facts again too, from the inputs', async () => {
    const inputs = Object.values(history.inputs).reduce((sum, count) => sum + count, 0)
    expect(await replay({ intake: true })).toMatchObject({ ok: true, replayed: 60, decisions, inputs })
  })

  test('comes out the same in another time zone and locale, and without optimizing compilers', async () => {
    const far = await replay({ timeZone: 'Pacific/Apia', locale: 'tr_TR.UTF-8', interpreted: true, intake: true })
    expect(far).toMatchObject({ ok: true, replayed: 60, decisions })
    expect(far.environment).toEqual({
      timeZone: 'Pacific/Apia',
      locale: 'tr-TR',
      flags: ['--no-opt', '--no-maglev', '--no-sparkplug']
    })
  })

  test('of a range folds what is before it', async () => {
    expect(await replay({ from: 30, to: 39 })).toMatchObject({ ok: true, rounds: 60, replayed: 10 })
  })

  /** A history in which one round is not what the scheduler made. */
  const twisted = async (twist: Twist, options: Partial<ReplayOptions> = {}): Promise<ReplayReport> => {
    const other = join(home, `twisted-${Math.random()}.db`)
    await writeHistory(other, 30, twist)
    return replay({ file: other, ...options })
  }

  const at =
    (number: number, twist: (round: Round) => Partial<Round>): Twist =>
    (round) =>
      round.number === number ? { ...round, ...twist(round) } : round

  test('names the round whose decision is another one', async () => {
    const report = await twisted(at(29, ({ decisions: made }) => ({ decisions: made.slice(0, -1) })))
    expect(report.firstProblem).toMatchObject({
      kind: 'decisions',
      round: 29,
      message: expect.stringMatching(/^round 29: decision \d+ is nothing in the ledger, and \{"type":.* when it is made again$/) as string
    })
    expect(report).toMatchObject({ ok: false, replayed: 29 })
  })

  test('names the round whose facts are others than its inputs give', async () => {
    const twist = at(29, ({ facts }) => ({
      facts: facts.map((fact) => (fact.type === 'JobSubmitted' ? { ...fact, priority: fact.priority + 1 } : fact))
    }))
    expect((await twisted(twist, { intake: true })).firstProblem).toMatchObject({ kind: 'facts', round: 29 })
  })

  test('says which rounds another core made, instead of failing', async () => {
    const report = await twisted((round) =>
      round.number >= 10 && round.number < 14 ? { ...round, core: 2, decisions: round.decisions } : round
    )
    expect(report).toMatchObject({ ok: true, skippedOtherCore: 4, replayed: 26 })
  })

  test('of a round in which planning failed wants it to fail again', async () => {
    const report = await twisted(
      at(29, ({ facts }) => ({ facts: [...facts, { type: 'PlanFailed', reason: 'invariant broken: made up' }], decisions: [] }))
    )
    expect(report.firstProblem).toMatchObject({
      kind: 'decisions',
      round: 29,
      message: expect.stringContaining('planning failed (invariant broken: made up), and succeeds when it is done again') as string
    })
  })

  test('of a file that is no ledger is a fault', async () => {
    expect(await replayLedger({ file: join(home, 'missing.db') })()).toMatchObject({ left: { code: 'FG_STORE_OPEN' } })
  })
})
