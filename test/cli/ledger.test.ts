/** The verbs that need no server: a small simulation makes a ledger, which is printed, verified, replayed and then damaged. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeAll, describe, expect, it } from 'vitest'
import { scratch, shell, type Ran } from './fastgpu.ts'

const directory = scratch()
const run = (line: string): Promise<Ran> => shell(line, { cwd: directory })

const jobs = Array.from({ length: 12 }, (_, index) => `job-${index},${100 + index * 60},${600 + index},${1 + (index % 4)}`)
const TRACE = `job_id,submission_time,duration,num_gpu\n${jobs.join('\n')}\n`

beforeAll(async () => {
  writeFileSync(join(directory, 'trace.csv'), TRACE)
  const ran = await run('fastgpu simulate --trace trace.csv --format itp --fleet 2xV100:4 --out history.db --json')
  expect(ran).toMatchObject({ stderr: '', code: 0 })
  expect(JSON.parse(ran.stdout)).toMatchObject({ jobs: 12, started: 12, neverStarted: 0, gpus: 8 })
})

interface Cell {
  readonly table: string
  readonly column: string
  readonly key: string
}

/** One byte in the middle of the value is another one. */
const flip = (file: string, { table, column, key }: Cell, number: number): void => {
  const db = new DatabaseSync(join(directory, file))
  const row = db.prepare(`SELECT ${column} AS bytes FROM ${table} WHERE ${key} = ?`).get(number) as { bytes: Uint8Array }
  const bytes = Uint8Array.from(row.bytes)
  bytes[bytes.length >> 1]! ^= 1
  db.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${key} = ?`).run(bytes, number)
  db.close()
}

describe('a ledger', () => {
  it('is printed as one JSON object a round, whose text is what was hashed', async () => {
    const { stdout } = await run('fastgpu ledger cat history.db --json')
    const lines = stdout.trim().split('\n')
    let position = 0
    for (const [number, line] of lines.entries()) {
      const { firstPosition, round } = JSON.parse(line) as { firstPosition: number; round: { number: number; facts: []; decisions: [] } }
      expect([round.number, firstPosition]).toEqual([number, position])
      position += round.facts.length + round.decisions.length
    }
    expect((await run('fastgpu ledger cat history.db --range 1..2')).stdout.split('\n')).toHaveLength(3)
    expect((await run('fastgpu ledger cat history.db --json --limit 1')).stdout.trim()).toBe(lines[0])
  })
  it('passes verify and replay, also in another time zone without optimizing compilers', async () => {
    const verified = await run('fastgpu verify history.db')
    expect(verified).toMatchObject({ stderr: '', code: 0 })
    expect(verified.stdout).toContain('every hash, position, consumed input and invariant holds')
    const replayed = await run('fastgpu replay --verify history.db --intake --interpreted --time-zone Asia/Tokyo --json')
    expect(replayed.code).toBe(0)
    expect(JSON.parse(replayed.stdout)).toMatchObject({ ok: true, skippedOtherCore: 0, environment: { timeZone: 'Asia/Tokyo' } })
  })
  it('is not written over by another simulation', async () => {
    const ran = await run('fastgpu simulate --trace trace.csv --format itp --fleet 2xV100:4 --out history.db')
    expect(ran).toMatchObject({ stdout: '', code: 1 })
    expect(ran.stderr).toContain('FG_FILE_EXISTS')
  })
  it('with a flipped byte in a round or an input fails, and the place is named', async () => {
    await run('cp history.db round.db; cp history.db input.db')
    flip('round.db', { table: 'rounds', column: 'bytes', key: 'number' }, 5)
    flip('input.db', { table: 'jobs', column: 'data', key: 'position' }, 3)
    for (const verb of ['verify', 'replay --verify']) {
      const round = await run(`fastgpu ${verb} round.db`)
      expect([round.code, round.stdout]).toEqual([1, expect.stringContaining('round 5 does not match its hash')])
      const input = await run(`fastgpu ${verb} input.db`)
      expect([input.code, input.stdout]).toEqual([1, expect.stringContaining('jobs 3:')])
    }
    const json = await run('fastgpu verify round.db --json')
    expect([json.code, JSON.parse(json.stdout)]).toMatchObject([1, { ok: false, rounds: 5, firstProblem: { kind: 'hash', round: 5 } }])
    expect((await run('fastgpu ledger cat round.db')).code).toBe(1)
  })
  it('is asked for in ways that make sense', async () => {
    expect(await run('fastgpu replay history.db')).toMatchObject({ code: 2 })
    expect(await run('fastgpu verify trace.csv')).toMatchObject({ stdout: '', code: 1 })
    expect(await run('fastgpu simulate --trace trace.csv --format csv --fleet 1xV100:4')).toMatchObject({ code: 2 })
    expect((await run('fastgpu simulate --trace trace.csv --format itp --fleet lots')).stderr).toContain('FG_FLEET_MALFORMED')
    expect((await run('fastgpu simulate --format itp --fleet 1xV100:4')).stderr).toContain("required option '--trace <file>' not specified")
  })
})
