/** The formats that scripts read, and the help, colours, tables and plots that people see. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import { startGateway, type Gateway } from '../../services/gateway/gateway.ts'
import { bar, sparkline, squeeze } from '../../services/cli/show/plot.ts'
import { gpuHoursOf, memory, money, percent } from '../../services/cli/show/numbers.ts'
import { table } from '../../services/cli/show/table.ts'
import { ago, duration } from '../../services/cli/show/time.ts'
import { terminalOf, type CommonOptions } from '../../services/cli/terminal.ts'
import { verbs } from '../../services/cli/verbs.ts'
import { memoryBackend } from '../gateway/memoryBackend.ts'
import { root, shell, stateOf } from './fastgpu.ts'
import { fleet } from './fleet.ts'

describe('every verb that prints data', () => {
  const memory = memoryBackend()
  let gateway: Gateway
  let env: Readonly<Record<string, string>>
  beforeAll(async () => {
    const started = await startGateway({ backend: { ...memory.backend, ...fleet }, token: 'token', port: 0 })
    if (E.isLeft(started)) throw new Error(started.left.message)
    gateway = started.right
    env = { FASTGPU_STATE: stateOf(gateway.url, 'token') }
  })
  afterAll(async () => {
    await gateway.close()
    await memory.close()
  })

  it.concurrent.each([
    'jobs',
    'job J3',
    'explain J5',
    'nodes',
    'nodes n1',
    'queue',
    'status',
    'usage',
    'bill',
    'forecast',
    'policy',
    'submit --dry-run -- true',
    'cancel --all --dry-run',
    'drain n1 --reason x --dry-run'
  ])('prints %s as JSON and as YAML with the same content', async (words) => {
    const [verb, ...rest] = words.split(' ')
    const json = await shell(`fastgpu ${verb} --json ${rest.join(' ')}`, { env })
    const yaml = await shell(`fastgpu ${verb} -o yaml ${rest.join(' ')}`, { env })
    expect([json.code, yaml.code]).toEqual([0, 0])
    expect(parse(yaml.stdout)).toEqual(JSON.parse(json.stdout))
  })
})

describe('help', () => {
  const names = Object.keys(verbs)

  it.concurrent.each(names)('of %s has an example', async (name) => {
    const ran = await shell(`fastgpu ${name} --help`)
    expect(ran).toMatchObject({ stderr: '', code: 0 })
    expect(ran.stdout).toMatch(new RegExp(`Examples:\\n.*fastgpu ${name}`))
  })
  it('and the reference name every verb', () => {
    const reference = readFileSync(join(root, 'docs/cli.md'), 'utf8')
    expect(names.filter((name) => !reference.includes(`\`fastgpu ${name}`))).toEqual([])
  })
})

describe('colours', () => {
  const onScreen = (env: Readonly<Record<string, string>>, options: CommonOptions = {}): string => {
    vi.stubGlobal('process', { ...process, env, stdout: { isTTY: true, columns: 80 }, stderr: { isTTY: true } })
    try {
      return terminalOf(options).paint.red('x')
    } finally {
      vi.unstubAllGlobals()
    }
  }
  it('are for screens, and for those who like them', () => {
    expect(onScreen({ TERM: 'xterm' })).not.toBe('x')
    expect(onScreen({ TERM: 'xterm', NO_COLOR: '' })).not.toBe('x')
    expect([
      onScreen({ NO_COLOR: '1' }),
      onScreen({ TERM: 'dumb' }),
      onScreen({}, { color: false }),
      onScreen({}, { plain: true }),
      terminalOf({}).paint.red('x')
    ]).toEqual(['x', 'x', 'x', 'x', 'x'])
  })
})

describe('what people read', () => {
  it('durations in their two largest units', () => {
    expect([0, 120, 1500, 59_999, 65_000, 3_600_000, 7_500_000, 90_000_000].map(duration)).toEqual([
      '0ms',
      '120ms',
      '1.5s',
      '59s',
      '1m 5s',
      '1h',
      '2h 5m',
      '1d 1h'
    ])
    expect(ago(0, 7_500_000)).toBe('2h ago')
    expect(ago(5_000, 0)).toBe('in 5s')
  })
  it('integers of the domain in units', () => {
    expect([money(2_500_000), money(-1_234_567_890_000), money(1, 6)]).toEqual(['2.50', '-1,234,567.89', '0.000001'])
    expect([
      gpuHoursOf(36_000_000)(5_400_000),
      gpuHoursOf(5_400_000)(1_000),
      memory(512),
      memory(81_559),
      percent(1, 3),
      percent(1, 0)
    ]).toEqual(['1.50', '0.0003', '512 MiB', '79.6 GiB', '33.3%', '-'])
  })
  it('plots in blocks, and in ASCII where that is all there is', () => {
    expect([bar(1, 2, 4, false), bar(1, 2, 4, true), bar(0, 0, 4, false), bar(9, 2, 4, false)]).toEqual(['██', '##', '', '████'])
    expect([sparkline([0, 1, undefined, 8], false), sparkline([0, 8], true), sparkline([], false)]).toEqual(['▁▁ █', '_#', ''])
    expect(squeeze([1, 3, 5, 7], 2)).toEqual([2, 6])
  })
  it('tables without what could move the cursor or colour the screen, but for our own colours', () => {
    const rows = ['a\u001b[2Jb', 'c\nd', '\u001b[31mred']
    const red = (): string => '\u001b[31mred\u001b[39m'
    expect(
      table(rows, [
        { title: 'X', cell: (row) => row },
        { title: 'Y', cell: red, painted: true },
        { title: 'Z', cell: () => 'z' }
      ])
    ).toEqual([
      'X         Y    Z',
      'a?[2Jb    \u001b[31mred\u001b[39m  z',
      'c?d       \u001b[31mred\u001b[39m  z',
      '?[31mred  \u001b[31mred\u001b[39m  z'
    ])
  })
  it('tables that are cut to the screen where a column may shrink, and nowhere else', () => {
    const columns = [
      { title: 'NAME', cell: (row: string) => row, shrinksTo: 6 },
      { title: 'STATE', cell: () => 'running' }
    ]
    expect(table(['a-long-name', 'b'], columns, false, 17)).toEqual(['NAME      STATE', 'a-long-~  running', 'b         running'])
    expect(table(['a-long-name'], columns, false, 3)).toEqual(['NAME    STATE', 'a-lon~  running'])
    expect(table(['a-long-name'], columns, true, 17)).toEqual(['NAME         STATE', 'a-long-name  running'])
  })
  it('tables that stay aligned behind letters of other widths', () => {
    expect(
      table(
        ['日本', 'e\u0301t', 'abcd'],
        [
          { title: 'NAME', cell: (row) => row },
          { title: 'X', cell: () => 'x' }
        ]
      )
    ).toEqual(['NAME  X', '日本  x', 'e\u0301t    x', 'abcd  x'])
  })
})
