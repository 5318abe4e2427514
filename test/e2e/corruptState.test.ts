/**
 * A damaged state directory: a clear error with its code that names the file and what to do, or a repair where the ledger can give it;
 * nothing that could still be saved is changed, and once the directory is put back, everything works again.
 */
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeAll, describe, expect, test } from 'vitest'
import { hashOf } from '../../infra/ledger/hash.ts'
import { scratch } from '../cli/fastgpu.ts'
import { cli, dev } from './product.ts'

const home = scratch()
const good = join(home, 'good')
const state = join(home, 'state')
const run = cli(state)
const garbage = Buffer.from(Array.from({ length: 60_000 }, (_, at) => (at * 7919) % 251))

beforeAll(async () => {
  const server = await dev(good)
  const submit = cli(good)
  for (const name of ['one', 'two', 'three']) await submit(`fastgpu submit --gpus 1 -n ${name} --wait -q -- true`)
  await submit('fastgpu cordon sim-2 -r fan')
  expect(await server.stop()).toBe(0)
})

const damaged = (damage: () => void): void => {
  rmSync(state, { recursive: true, force: true })
  cpSync(good, state, { recursive: true })
  damage()
}
const write = (name: string, data: string | Buffer): void => writeFileSync(join(state, name), data)
const sql = (file: string, ...statements: ReadonlyArray<string>): void => {
  const db = new DatabaseSync(join(state, file))
  for (const statement of statements) db.exec(statement)
  db.close()
}
/** Everything that the directory holds, so that a change is seen; where SQLite looks, it may leave its own files beside. */
const contents = (folder = state): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  if (!statSync(folder).isDirectory()) return found.set(folder, hashOf(readFileSync(folder)))
  for (const name of readdirSync(folder)) {
    const file = join(folder, name)
    if (statSync(file).isDirectory()) for (const [path, hash] of contents(file)) found.set(path, hash)
    else if (!/(-shm|-wal|lock|server\.log)$/.test(name)) found.set(file, hashOf(readFileSync(file)))
  }
  return found
}

describe('dev says what is wrong, and changes nothing', () => {
  test.each<[string, () => void, string, string]>([
    ['a log that is cut off', () => truncateSync(join(state, 'log.db'), 20_000), 'FG_STORE_CORRUPT', 'log.db'],
    ['a log of garbage', () => write('log.db', garbage), 'FG_STORE_CORRUPT', 'log.db'],
    ['a log that is a text', () => write('log.db', 'hello\n'), 'FG_STORE_CORRUPT', 'log.db'],
    ['an empty log', () => truncateSync(join(state, 'log.db'), 0), 'FG_LEDGER_MISSING', 'log.db'],
    ['no log', () => rmSync(join(state, 'log.db')), 'FG_LEDGER_MISSING', 'log.db'],
    ['a log of a newer version', () => sql('log.db', 'PRAGMA user_version = 99'), 'FG_STORE_VERSION', 'version 99'],
    [
      'the database of another program',
      () => (rmSync(join(state, 'log.db')), sql('log.db', 'CREATE TABLE notes (text)')),
      'FG_STORE_VERSION',
      'log.db'
    ],
    ['the log of another pool', () => sql('log.db', "UPDATE meta SET value = 'other'"), 'FG_LEDGER_FOREIGN', 'other'],
    ['a round with another byte', () => flipRound(1), 'FG_LEDGER_CORRUPT', 'round 1'],
    ['a round that is gone', () => sql('log.db', 'DELETE FROM rounds WHERE number = 1'), 'FG_LEDGER_CORRUPT', 'round'],
    ['runs of another ledger', () => write('runs/ledger', `${'0'.repeat(64)}\n`), 'FG_RUNS_FOREIGN', 'runs'],
    ['an empty token', () => write('token', ''), 'FG_TOKEN_UNUSABLE', 'token'],
    ['a token of garbage', () => write('token', garbage), 'FG_TOKEN_UNUSABLE', 'token'],
    ['a token that is a folder', () => (rmSync(join(state, 'token')), mkdirSync(join(state, 'token'))), 'FG_TOKEN_UNUSABLE', 'token'],
    ['a lock of garbage', () => write('lock', garbage), 'FG_STORE_CORRUPT', 'lock'],
    ['a dev.json that is a folder', () => mkdirSync(join(state, 'dev.json')), 'FG_STATE_UNUSABLE', 'dev.json'],
    ['runs that are a file', () => (rmSync(join(state, 'runs'), { recursive: true }), write('runs', 'x')), 'FG_STATE_UNUSABLE', 'runs'],
    [
      'a file in place of the directory',
      () => (rmSync(state, { recursive: true }), writeFileSync(state, 'x')),
      'FG_STATE_UNUSABLE',
      'state'
    ],
    [
      'the directory of somebody else',
      () => (rmSync(state, { recursive: true }), mkdirSync(state), write('thesis.tex', 'x')),
      'FG_STATE_UNUSABLE',
      'thesis.tex'
    ]
  ])('%s', async (_what, damage, code, named) => {
    damaged(damage)
    // A start that gets as far as its own round may append it: that is no change of what was there.
    const before = contents()
    const server = await dev(state)
    expect(await server.ended, server.told()).toBe(1)
    expect(server.told()).toContain(code)
    expect(server.told()).toContain(named)
    expect(server.told().trim().split('\n').length).toBeGreaterThan(1)
    if (!['FG_RUNS_FOREIGN'].includes(code) && named !== 'dev.json') expect(contents()).toEqual(before)
  })
})

const flipRound = (number: number): void =>
  sql('log.db', `UPDATE rounds SET bytes = CAST(replace(CAST(bytes AS TEXT), '"at":1', '"at":2') AS BLOB) WHERE number = ${number}`)

test('what the ledger can give again is given again, and junk is left alone', async () => {
  damaged(() => {
    write('views.db', garbage)
    write('views.db-wal', garbage)
    write('dev.json', garbage)
    for (const junk of ['junk', '1.2.3/claim', '0.0.0', '4294967295.1.0']) mkdirSync(join(state, 'runs', junk), { recursive: true })
  })
  const server = await dev(state)
  expect(server.told()).toContain('Listening')
  expect((await run('fastgpu jobs -o id')).stdout).toBe('J2\nJ1\nJ0\n')
  expect((await run('fastgpu submit --gpus 1 --wait -q -- true')).code).toBe(0)
  expect(await server.stop()).toBe(0)
  expect(existsSync(join(state, 'runs', 'junk'))).toBe(true)
})

test('a directory that was put back works as before', async () => {
  damaged(() => undefined)
  const server = await dev(state)
  expect((await run('fastgpu jobs -o id')).stdout).toBe('J2\nJ1\nJ0\n')
  expect((await run('fastgpu verify')).code).toBe(0)
  expect(await server.stop()).toBe(0)
})

describe('verify and replay name what was changed', () => {
  const changed = (table: string, position: number, from: string, to: string): void =>
    damaged(() =>
      sql('log.db', `UPDATE ${table} SET data = CAST(replace(CAST(data AS TEXT), '${from}', '${to}') AS BLOB) WHERE position = ${position}`)
    )

  test('a round', async () => {
    damaged(() => flipRound(2))
    const verified = await run('fastgpu verify')
    expect([verified.code, verified.stdout + verified.stderr]).toEqual([1, expect.stringContaining('round 2')])
    const replayed = await run('fastgpu replay --verify')
    expect([replayed.code, replayed.stdout + replayed.stderr]).toEqual([1, expect.stringContaining('round 2')])
  })
  test('a job as it was submitted', async () => {
    changed('jobs', 1, 'two', 'twx')
    const verified = await run('fastgpu verify')
    expect([verified.code, verified.stdout + verified.stderr]).toEqual([1, expect.stringMatching(/jobs.*1|1.*jobs/)])
  })
  test('an order', async () => {
    changed('orders', 0, 'fan', 'fax')
    const verified = await run('fastgpu verify')
    expect([verified.code, verified.stdout + verified.stderr]).toEqual([1, expect.stringMatching(/orders.*0|0.*orders/)])
  })
})

test('a directory that cannot be written to', async () => {
  damaged(() => undefined)
  const child = spawn('unshare', ['-m', 'true'])
  const mayMount = await new Promise<boolean>((resolve) => {
    child.on('error', () => resolve(false))
    child.on('close', (code) => resolve(code === 0))
  })
  if (!mayMount) {
    if (process.env['CI'] === 'true') throw new Error('the test of a read-only directory needs the right to mount, and CI must not skip it')
    console.warn('SKIPPED: a read-only directory. It needs the right to mount: run it as root.')
    return
  }
  const line = `unshare -m sh -c 'mount --bind ${state} ${state} && mount -o remount,bind,ro ${state} && fastgpu dev --port 0 --simulate 1xH100:1'`
  const started = await run(line)
  expect([started.code, started.stderr]).toEqual([1, expect.stringContaining('FG_STATE_UNUSABLE')])
  expect(started.stderr).toContain(state)
})
