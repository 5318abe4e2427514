/** A ledger's file is whole, or the first thing that is wrong with it is found and named: by our verifier, and by the one in Python. */
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Stream } from '../../domain/events/inputs.ts'
import type { Problem, VerifyReport } from '../../services/verifier/report.ts'
import { verifyLedger } from '../../services/verifier/verify.ts'
import { valueOf } from '../contract/place.ts'
import { change, flip, forge } from './damage.ts'
import { writeHistory, type History } from './history.ts'
import { hasPython, python } from './python.ts'

const SCRIPT = fileURLToPath(new URL('../../sdk/python/fastgpu_verify.py', import.meta.url))

interface PythonReport extends Omit<VerifyReport, 'firstProblem'> {
  readonly problem: Problem | null
}

const verifyWithPython = async (file: string): Promise<{ readonly code: number; readonly report: PythonReport }> => {
  const { code, stdout, stderr } = await python(SCRIPT, '--json', file)
  if (code > 1) throw new Error(`exit ${code}: ${stderr}`)
  return { code, report: JSON.parse(stdout) as PythonReport }
}

describe('verification', () => {
  let home: string
  let file: string
  let history: History

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'fastgpu-verify-'))
    history = await writeHistory(join(home, 'good.db'), 60)
  })
  afterAll(() => rm(home, { recursive: true }))
  beforeEach(async () => {
    file = join(home, 'log.db')
    await copyFile(join(home, 'good.db'), file)
  })

  const problemOf = async (): Promise<Problem> => {
    const report = valueOf(await verifyLedger({ file })())
    expect(report.ok).toBe(report.firstProblem === undefined)
    if (report.firstProblem === undefined) throw new Error('found whole')
    return report.firstProblem
  }

  /** Both verifiers name the same thing. Their words may differ. */
  const bothFind = async (expected: Partial<Problem>): Promise<void> => {
    expect(await problemOf()).toMatchObject(expected)
    if (!hasPython) return
    const { code, report } = await verifyWithPython(file)
    const { message: _, ...structured } = expected
    expect(code).toBe(1)
    expect(report.problem).toMatchObject(structured)
  }

  test('finds a whole ledger whole, and so does the checker in Python', async () => {
    const report = valueOf(await verifyLedger({ file })())
    const events = history.rounds.reduce((sum, round) => sum + round.facts.length + round.decisions.length, 0)
    expect(report).toEqual({ ok: true, pool: 'default', rounds: 60, events, head: report.head })
    expect(events).toBeGreaterThan(500)
    if (hasPython) expect(await verifyWithPython(file)).toEqual({ code: 0, report: { ...report, file, problem: null } })
  })

  test('finds a flipped bit in any round', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 59 }), fc.nat({ max: 100_000 }), async (round, bit) => {
        const undo = flip(file, 'rounds', round, bit)
        expect(await problemOf()).toMatchObject({ kind: 'hash', round })
        undo()
      }),
      { numRuns: 12 }
    )
    flip(file, 'rounds', 31, 5000)
    await bothFind({ kind: 'hash', round: 31, message: expect.stringContaining('round 31 does not match its hash') as string })
  })

  test('finds a flipped bit in any job or order, and names it', async () => {
    for (const stream of ['jobs', 'orders'] as const)
      await fc.assert(
        fc.asyncProperty(fc.nat({ max: history.inputs[stream] - 1 }), fc.nat({ max: 10_000 }), async (position, bit) => {
          const undo = flip(file, stream, position, bit)
          expect(await problemOf()).toMatchObject({ kind: 'input', stream, position })
          undo()
        }),
        { numRuns: 8 }
      )
    const undo = flip(file, 'jobs', 17, 99)
    await bothFind({ kind: 'input', stream: 'jobs', position: 17 })
    undo()
    flip(file, 'orders', 4, 12)
    await bothFind({ kind: 'input', stream: 'orders', position: 4 })
  })

  test('finds any other change of a job: its id, source, type or time', async () => {
    const changes: ReadonlyArray<readonly [string, string]> = [
      ['id', 'other'],
      ['source', '/other'],
      ['type', 'fastgpu.job.cancel']
    ]
    for (const [column, value] of changes) {
      await copyFile(join(home, 'good.db'), file)
      change(file, `UPDATE jobs SET ${column} = ? WHERE position = ?`, value, 9)
      await bothFind({ kind: 'input', stream: 'jobs', position: 9 })
    }
    await copyFile(join(home, 'good.db'), file)
    change(file, `UPDATE jobs SET time = ? WHERE position = ?`, '2026-01-01T00:00:00.001Z', 9)
    // No fact repeats the time, so any record of the round may be the one.
    await bothFind({ kind: 'input', stream: 'jobs' })
  })

  test('finds what is missing', async () => {
    change(file, 'DELETE FROM rounds WHERE number = ?', 12)
    await bothFind({ kind: 'gap', round: 12 })
    for (const stream of ['jobs', 'orders', 'heartbeats'] as const satisfies ReadonlyArray<Stream>) {
      await copyFile(join(home, 'good.db'), file)
      change(file, `DELETE FROM ${stream} WHERE position = ?`, 3)
      await bothFind({ kind: 'input', stream, position: 3 })
    }
  })

  test('finds forged rounds, whose own hashes are right', async () => {
    const cases: ReadonlyArray<readonly [string | RegExp, string, Partial<Problem>]> = [
      [/"prev":"../, '"prev":"zz', { kind: 'malformed', round: 20 }],
      ['"number":20', '"number":21', { kind: 'chain', round: 20 }],
      ['"epoch":1', '"epoch":3', { kind: 'chain', round: 20 }],
      ['"leader":"a"', '"leader":"b"', { kind: 'chain', round: 20 }],
      [/"at":\d+/, '"at":1', { kind: 'chain', round: 20 }],
      ['"pool":"default"', '"pool":"other"', { kind: 'pool', round: 20 }],
      ['"core":1', '"core":2', { kind: 'chain', round: 21 }],
      ['"facts":[', '"facts":[7,', { kind: 'malformed', round: 20 }]
    ]
    for (const [from, to, expected] of cases) {
      await copyFile(join(home, 'good.db'), file)
      forge(file, 20, from, to)
      await bothFind(expected)
    }
  })

  test('finds a wrong position, and positions of inputs that go back or are not there', async () => {
    change(file, 'UPDATE rounds SET first_position = first_position + 1 WHERE number = ?', 8)
    await bothFind({ kind: 'position', round: 8 })
    await copyFile(join(home, 'good.db'), file)
    forge(file, 59, /"heartbeats":\{"next":\d+\}/, '"heartbeats":{"next":999999}')
    await bothFind({ kind: 'consumed', round: 59, stream: 'heartbeats' })
    await copyFile(join(home, 'good.db'), file)
    forge(file, 59, /"jobs":\{"next":\d+/, '"jobs":{"next":1')
    await bothFind({ kind: 'consumed', round: 59, stream: 'jobs' })
  })

  test('ends in an answer, whatever byte of the file is another one', async () => {
    const whole = await readFile(file)
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, other) => {
        const bytes = Buffer.from(whole)
        bytes[at]! ^= other
        await writeFile(file, bytes)
        const answer = await verifyLedger({ file })()
        if (E.isLeft(answer)) expect(answer.left.code).toMatch(/^FG_(STORE|LEDGER)_/)
        else expect(answer.right.ok).toBe(answer.right.firstProblem === undefined)
      }),
      { numRuns: 40, examples: Array.from({ length: 20 }, (_, index) => [index * 5, 1]) }
    )
  })

  test('finds a state that must not be, which the chain alone does not show', async () => {
    await rm(file)
    // An allocation of an attempt that is not the job's next one.
    await writeHistory(file, 12, (round) => ({
      ...round,
      decisions: round.decisions.map((made) => (round.number === 11 && made.type === 'JobAllocated' ? { ...made, attempt: 7 } : made))
    }))
    expect(await problemOf()).toMatchObject({ kind: 'invariant', round: 11 })
    // The checker in Python does not know what events mean.
    if (hasPython) expect((await verifyWithPython(file)).code).toBe(0)
  })
})
