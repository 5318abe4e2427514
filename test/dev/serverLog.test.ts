/** The log that the server keeps of itself: bounded, its owner's alone, and never a reason to end. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { FILE_BYTES_MAX, serverLog } from '../../services/dev/serverLog.ts'

const folder = mkdtempSync(join(tmpdir(), 'fastgpu-server-log-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const linesOf = (file: string): ReadonlyArray<Record<string, unknown>> =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

it('a mistake is one line of JSON with its stack, in a file that only its owner can read', () => {
  const file = join(folder, 'one.log')
  serverLog(file).error({ err: new Error('a bug') }, 'while a request was answered')
  expect(linesOf(file)).toMatchObject([{ level: 50, msg: 'while a request was answered', err: { message: 'a bug' } }])
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

it('a line that is too long is cut, and is still JSON', () => {
  const file = join(folder, 'long.log')
  serverLog(file).info('x'.repeat(100_000))
  expect(linesOf(file)).toHaveLength(1)
  expect(statSync(file).size).toBeLessThan(20_000)
})

it('a file that is full is put aside, and one of them is kept', () => {
  const file = join(folder, 'full.log')
  writeFileSync(file, 'o'.repeat(FILE_BYTES_MAX))
  serverLog(file).info('new')
  expect(linesOf(file)).toMatchObject([{ msg: 'new' }])
  expect(statSync(`${file}.1`).size).toBe(FILE_BYTES_MAX)
})

it('where it cannot be written, nothing happens', () => {
  expect(() => serverLog(join(folder, 'no', 'such', 'folder.log')).error('lost')).not.toThrow()
})
