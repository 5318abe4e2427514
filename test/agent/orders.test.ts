/** What an agent does with each order: every case of what it may know already. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { printRun, type FoundRun, type Launch, type Run } from '../../domain/ports/runner.ts'
import {
  bare,
  decide,
  memberKey,
  ORPHAN_GRACE_MS,
  resume,
  type ExpectedRun,
  type Knowledge,
  type Stage
} from '../../services/agent/orders.ts'

const run = (attempt: number, job = 1, member = 0): Run => ({ job, attempt, member })
const launch = (of: Run, token = of.attempt * 10): Launch => ({
  ...of,
  members: 1,
  token,
  node: 'n1',
  gpus: [],
  body: '{}',
  masterAddress: '127.0.0.1',
  masterPort: 20_000,
  name: '',
  tenant: 't'
})
const knowing = (
  stages: ReadonlyArray<readonly [Run, Stage | 'over']> = [],
  tokens: ReadonlyArray<readonly [Run, number]> = []
): Knowledge => ({
  living: new Map(stages.flatMap(([of, stage]) => (stage === 'over' ? [] : [[printRun(of), { run: of, stage }]]))),
  over: new Map(stages.flatMap(([of, stage]) => (stage === 'over' ? [[printRun(of), 'ended']] : []))),
  tokens: new Map(tokens.map(([of, token]) => [memberKey(of), token]))
})
const start = (of: Run, token?: number) => ({ type: 'Start', launch: launch(of, token) }) as const
const stop = (of: Run) => ({ type: 'Stop', run: of, reason: 'cancelled', graceMs: 5000 }) as const

describe('an order to start', () => {
  it('launches a run that is not known', () =>
    expect(decide(start(run(1)), knowing())).toEqual([{ type: 'Launch', launch: launch(run(1)) }]))

  it('changes nothing where the run lives', () =>
    expect(decide(start(run(1)), knowing([[run(1), 'live']], [[run(1), 10]]))).toEqual([{ type: 'Ignore', why: 'known' }]))

  it('tells the end again where the run is over', () =>
    expect(decide(start(run(1)), knowing([[run(1), 'over']]))).toEqual([{ type: 'TellAgain', run: run(1) }]))

  it('is stale where a newer one of the same member was seen', () => {
    expect(decide(start(run(1), 9), knowing([], [[run(2), 10]]))).toEqual([{ type: 'Ignore', why: 'stale' }])
    expect(decide(start(run(1), 9), knowing([], [[run(2, 1, 1), 10]]))).toMatchObject([{ type: 'Launch' }])
  })

  it('waits for an older attempt of its job, which is stopped', () => {
    const held = [
      { type: 'Stop', run: run(1), graceMs: ORPHAN_GRACE_MS, reason: 'superseded' },
      { type: 'Hold', launch: launch(run(2)) }
    ]
    expect(decide(start(run(2)), knowing([[run(1), 'live']]))).toEqual(held)
    expect(decide(start(run(2)), knowing([[run(1), 'orphan']]))).toEqual(held)
    expect(
      decide(
        start(run(2)),
        knowing([
          [run(1), 'live'],
          [run(2), 'held']
        ])
      )
    ).toEqual(held)
    expect(
      decide(
        start(run(2)),
        knowing([
          [run(1), 'over'],
          [run(2), 'held']
        ])
      )
    ).toMatchObject([{ type: 'Launch' }])
  })

  it('does not wait for other jobs or for members of its own attempt', () =>
    expect(
      decide(
        start(run(2)),
        knowing([
          [run(1, 2), 'live'],
          [run(2, 1, 1), 'live']
        ])
      )
    ).toMatchObject([{ type: 'Launch' }]))

  it('counts an orphan again', () =>
    expect(decide(start(run(1)), knowing([[run(1), 'orphan']]))).toEqual([{ type: 'Adopt', run: run(1), orphan: false }]))
})

describe('an order to stop', () => {
  it('stops a run that lives', () =>
    expect(decide(stop(run(1)), knowing([[run(1), 'live']]))).toEqual([{ type: 'Stop', run: run(1), graceMs: 5000, reason: 'cancelled' }]))

  it('tells the end again where the run is over', () =>
    expect(decide(stop(run(1)), knowing([[run(1), 'over']]))).toEqual([{ type: 'TellAgain', run: run(1) }]))

  it('gives up a start that waits', () =>
    expect(decide(stop(run(1)), knowing([[run(1), 'held']]))).toEqual([{ type: 'Abandon', run: run(1), reason: 'cancelled' }]))

  it('finds out what there is of a run that is not known, and never starts it', () =>
    expect(decide(stop(run(1)), knowing())).toEqual([
      { type: 'Adopt', run: run(1), orphan: false },
      { type: 'Stop', run: run(1), graceMs: 5000, reason: 'cancelled' }
    ]))
})

describe('a starting agent', () => {
  const expected = (of: Run, running: boolean, more: Partial<ExpectedRun> = {}): ExpectedRun => ({ launch: launch(of), running, ...more })
  const found = (of: Run, state: 'live' | 'over' = 'live'): FoundRun => ({ ...of, node: 'n1', token: 10, state })

  it('takes up what runs, and starts what may never have been ordered', () =>
    expect(resume([expected(run(1), true), expected(run(1, 2), false)], [found(run(1))])).toEqual([
      { type: 'Adopt', run: run(1), orphan: false },
      { type: 'Launch', launch: launch(run(1, 2)) }
    ]))

  it('stops what the ledger ordered to stop, and does not start it', () =>
    expect(resume([expected(run(1), false, { stop: { reason: 'drained', graceMs: 7 } })], [])).toEqual([
      { type: 'Adopt', run: run(1), orphan: false },
      { type: 'Stop', run: run(1), graceMs: 7, reason: 'drained' }
    ]))

  it('ends processes that the ledger does not count, and lets the next attempt wait for that', () =>
    expect(resume([expected(run(2), false)], [found(run(1)), found(run(1, 5), 'over')])).toEqual([
      { type: 'Adopt', run: run(1), orphan: true },
      { type: 'Stop', run: run(1), graceMs: ORPHAN_GRACE_MS, reason: 'superseded' },
      { type: 'Hold', launch: launch(run(2)) }
    ]))
})

it('whatever is known, an order launches at most its own run, and never beside an older attempt that lives', () => {
  const runs = fc.record({
    job: fc.integer({ min: 1, max: 2 }),
    attempt: fc.integer({ min: 1, max: 3 }),
    member: fc.integer({ min: 0, max: 1 })
  })
  const stages = fc.array(fc.tuple(runs, fc.constantFrom<Stage | 'over'>('held', 'live', 'orphan', 'over')), { maxLength: 8 })
  const tokens = fc.array(fc.tuple(runs, fc.nat(40)), { maxLength: 4 })
  fc.assert(
    fc.property(stages, tokens, runs, fc.nat(40), (known, seen, of, token) => {
      const unique = [...new Map(known.map((entry) => [printRun(entry[0]), entry])).values()]
      const knowledge = knowing(unique, seen)
      for (const action of decide(start(of, token), knowledge)) {
        if (action.type !== 'Launch') continue
        expect(bare(action.launch)).toEqual(of)
        expect(token).toBeGreaterThanOrEqual(knowledge.tokens.get(memberKey(of)) ?? -1)
        for (const [key, { run: other, stage }] of knowledge.living) {
          expect(key === printRun(of) && stage !== 'held').toBe(false)
          expect(other.job === of.job && other.attempt < of.attempt && stage !== 'held').toBe(false)
        }
      }
      for (const action of decide(stop(of), knowledge)) expect(action.type).not.toBe('Launch')
    }),
    { numRuns: 2000 }
  )
})
