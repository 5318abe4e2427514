/** The bench program at its smallest: it prints one document, and every figure stands beside a limit. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CORE_VERSION } from '../../domain/events/round.ts'

const main = join(import.meta.dirname, 'main.ts')
const run = (...args: ReadonlyArray<string>): { code: number | null; out: string; err: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

describe('npm run bench', () => {
  test('prints one JSON document, and nothing else, on stdout', () => {
    const { code, out } = run('fold', '--smoke', '--json')
    expect(code).toBe(0)
    const document: unknown = JSON.parse(out)
    const machine = { cpus: expect.any(Number), model: expect.any(String), memoryMib: expect.any(Number) }
    const figure = {
      name: expect.stringMatching(/^fold: /),
      value: expect.any(Number),
      unit: expect.any(String),
      ratio: expect.any(Number)
    }
    const limit = { name: expect.any(String), value: expect.any(Number) }
    expect(document).toEqual({
      machine: { ...machine, node: process.version, platform: expect.any(String) },
      core: CORE_VERSION,
      results: Array.from({ length: 4 }, () => ({ ...figure, limit }))
    })
  })

  test('prints a table for people', () => {
    const { code, out } = run('fold', '--smoke')
    expect(code).toBe(0)
    expect(out).toContain('fold: memory of a queued job')
  })

  test('says which benches there are, and refuses others', () => {
    expect(run('--list').out).toMatch(/^fold\t/m)
    expect(run('nothing')).toMatchObject({ code: 2, err: expect.stringContaining('no bench named nothing; there are: ') })
  })
})
