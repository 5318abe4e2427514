/** The shape of the code: who imports whom, what the pure folders may name, and that this was checked for every file there is. */
import { describe, expect, test } from 'vitest'
import { areaOf, areas, dependencyOffences, type Packages } from './dependencies.ts'
import { isScript, pathsByGit, readSource, scripts, type SourceFile } from './files.ts'
import { cycles, deadExports, graphOf, missingTargets, unreached } from './graph.ts'
import { print } from './offence.ts'
import { impurities, isPure } from './purity.ts'

interface Manifest {
  readonly bin: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

const manifest = JSON.parse(readSource('package.json').text) as Manifest
const packages: Packages = {
  runtime: new Set(Object.keys(manifest.dependencies)),
  development: new Set(Object.keys(manifest.devDependencies))
}
const graph = graphOf(scripts)
/** Adapters in memory are for tests, and for whoever composes a pool without a disk. */
const isProduct = (path: string): boolean => /^(domain|projections|infra|services|sdk)\/(?!memory\/)/.test(path)

describe('the architecture', () => {
  test('every file that git knows was looked at, and lies in an area of the dependency table', () => {
    expect(scripts.map(({ path }) => path)).toEqual(pathsByGit().filter(isScript))
    expect(scripts.filter(({ path }) => areaOf(path) === undefined)).toEqual([])
  })

  test('every line of the dependency table holds a file, but those of folders that come later', () => {
    const held = new Set(scripts.map(({ path }) => areaOf(path)?.name))
    expect(areas.map(({ name }) => name).filter((name) => !held.has(name))).toEqual([])
  })

  test('files import only what their area may import', () => {
    expect(print(scripts.flatMap((file) => dependencyOffences(file, packages)))).toEqual([])
  })

  test('the domain and the projections name no clock, no chance, no process and nothing that differs between machines', () => {
    expect(print(scripts.filter(({ path }) => isPure(path)).flatMap(impurities))).toEqual([])
  })

  test('every import leads to a file, and no file imports itself by a detour', () => {
    expect(print([...missingTargets(graph), ...cycles(graph)])).toEqual([])
  })

  test('every file is used: the product from what people start, the rest from a test or a script', () => {
    const product = ['services/cli/main.ts', 'sdk/typescript/index.ts']
    const tools = scripts
      .map(({ path }) => path)
      .filter((path) => /\.(test|contract|bench)\.ts$/.test(path) || /^(scripts\/)?[^/]+$/.test(path))
    const runners = ['test/bench/main.ts', 'test/quality/main.ts']
    const fromProduct = unreached(graph, product).filter(({ path }) => isProduct(path))
    const fromAll = unreached(graph, [...product, ...tools, ...runners]).filter(({ path }) => !isProduct(path))
    expect(print([...fromProduct, ...fromAll])).toEqual([])
  })

  test('what is exported is used', () => {
    const own = scripts.filter(({ path }) => !path.startsWith('sdk/') && !path.endsWith('.bench.ts') && path.includes('/'))
    expect(print(deadExports(own, graph))).toEqual([])
  })
})

describe('a planted offence is found', () => {
  const rulesOf = (path: string, text: string): ReadonlyArray<string> => {
    const file: SourceFile = { path, text }
    return [...dependencyOffences(file, packages), ...(isPure(path) ? impurities(file) : [])].map(({ rule }) => rule)
  }

  test.each([
    ['folder', 'domain/kernel/x.ts', "import { fold } from '../cluster/fold.ts'"],
    ['folder', 'domain/events/x.ts', "export * from '../cluster/state.ts'"],
    ['folder', 'domain/cluster/x.ts', "import type { Heard } from '../intake/heard.ts'"],
    ['folder', 'domain/cluster/x.ts', "import type { Fault } from '../ports/fault.ts'"],
    ['folder', 'domain/queueing/x.ts', "import { view } from '../policies/view.ts'"],
    ['folder', 'domain/placement/x.ts', "export { step } from '../step.ts'"],
    ['folder', 'domain/ports/x.ts', "let state: import('../cluster/state.ts').State"],
    ['folder', 'domain/x.ts', "import { x } from '../projections/jobs.ts'"],
    ['folder', 'projections/x.ts', "import { sqlite } from '../infra/sqlite/openSqlite.ts'"],
    ['folder', 'infra/memory/x.ts', "import { fold } from '../../domain/cluster/fold.ts'"],
    ['folder', 'infra/memory/x.ts', "const late = await import('../../services/scheduler/scheduler.ts')"],
    ['folder', 'infra/memory/x.ts', "new Worker(new URL('../../services/scheduler/worker.ts', import.meta.url))"],
    ['folder', 'infra/memory/x.ts', "spawn(process.execPath, [join(import.meta.dirname, '../../services/cli/main.ts')])"],
    ['folder', 'services/gateway/x.ts', "import { main } from '../cli/main.ts'"],
    ['folder', 'services/gateway/x.ts', "import { given } from '../../test/gateway/given.ts'"],
    ['folder', 'sdk/typescript/x.ts', "import { fold } from '../../domain/cluster/fold.ts'"],
    ['folder', 'services/gateway/x.ts', "import x from '../../../elsewhere/x.ts'"],
    ['service', 'services/gateway/x.ts', "import { scheduler } from '../scheduler/scheduler.ts'"],
    ['node', 'domain/kernel/x.ts', "import { readFileSync } from 'node:fs'"],
    ['node', 'projections/x.ts', "import 'node:os'"],
    ['package', 'domain/events/x.ts', "import pino from 'pino'"],
    ['package', 'domain/events/x.ts', "import { readFileSync } from 'fs'"],
    ['package', 'services/gateway/x.ts', "import { test } from 'vitest'"],
    ['package', 'services/gateway/x.ts', "import express from 'express'"],
    ['package', 'services/gateway/x.ts', "import x from '@scope/undeclared/deep.js'"],
    ['package', 'sdk/typescript/x.ts', "import { pipe } from 'fp-ts/lib/function.js'"],
    ['package', 'scripts/setup.mjs', "import picocolors from 'picocolors'"],
    ['computed import', 'services/gateway/x.ts', 'await import(`./${name}.ts`)'],
    ['computed import', 'services/gateway/x.ts', 'const load = createRequire(import.meta.url)'],
    ['area', 'other/x.ts', ''],
    ['global', 'domain/kernel/x.ts', 'const at = Date.now()'],
    ['global', 'domain/kernel/x.ts', 'const at = new Date()'],
    ['global', 'projections/x.ts', 'const text = JSON.stringify(row)'],
    ['global', 'domain/kernel/x.ts', 'const { env } = process'],
    ['global', 'domain/kernel/x.ts', 'const clock = { now: performance.now }'],
    ['global', 'domain/kernel/x.ts', "const any = globalThis['Date']"],
    ['global', 'domain/kernel/x.ts', 'setTimeout(() => {}, 1)'],
    ['global', 'domain/kernel/x.ts', 'const here = import.meta.dirname'],
    ['global', 'projections/x.ts', "const text = new Intl.NumberFormat('en').format(1)"],
    ['global', 'projections/x.ts', 'const bytes = Buffer.from(text)'],
    ['global', 'projections/x.ts', 'console.log(row)'],
    ['global', 'domain/kernel/x.ts', 'const id = crypto.randomUUID()'],
    ['math', 'domain/kernel/x.ts', 'const chance = Math.random()'],
    ['math', 'domain/kernel/x.ts', 'const score = Math.exp(1) + Math.log(2) + Math.pow(2, x) + Math.sin(3)'],
    ['math', 'domain/kernel/x.ts', 'const { random } = Math'],
    ['math', 'domain/kernel/x.ts', "const chance = Math['random']()"],
    ['math', 'domain/kernel/x.ts', 'const root = value ** 0.5'],
    ['locale', 'domain/kernel/x.ts', 'names.sort((a, b) => a.localeCompare(b))'],
    ['locale', 'projections/x.ts', 'const text = count.toLocaleString()'],
    ['class', 'domain/kernel/x.ts', 'export class Table {}'],
    ['async', 'domain/kernel/x.ts', 'export const later = async () => 1']
  ])('%s in %s: %s', (rule, path, text) => {
    expect(rulesOf(path, text)).toContain(rule)
  })

  test('and what is allowed is no offence', () => {
    const allowed: ReadonlyArray<readonly [string, string]> = [
      [
        'domain/kernel/x.ts',
        'const word = 2 ** 32; const half = Math.floor(Math.sqrt(word)); const row = { process: 1 }; row.process += 1'
      ],
      ['domain/queueing/x.ts', "import { place } from '../placement/place.ts'; import * as E from 'fp-ts/lib/Either.js'"],
      ['domain/ports/x.ts', 'export interface Place { readonly close: () => Promise<void>; readonly JSON: string }'],
      [
        'services/dev/x.ts',
        "import { scheduler } from '../scheduler/scheduler.ts'; import { openSqlite } from '../../infra/sqlite/openSqlite.ts'"
      ],
      ['test/x.test.ts', "import { test } from 'vitest'; import { main } from '../services/cli/main.ts'"]
    ]
    expect(allowed.flatMap(([path, text]) => rulesOf(path, text))).toEqual([])
  })

  test('also in the graph of imports', () => {
    const files: ReadonlyArray<SourceFile> = [
      { path: 'a/start.ts', text: "import { used } from './b.ts'\nfork(join(here, 'child.ts'))" },
      { path: 'a/child.ts', text: "const example = 'other.ts'" },
      {
        path: 'a/b.ts',
        text: "import { used as own } from './c.ts'\nexport const used = 1\nexport const unused = 2\nexport type Unused = 3\nexport const inner = 4\nconst sum = inner"
      },
      { path: 'a/c.ts', text: "export { used } from './b.ts'\nimport type { Unused } from './b.ts'\nimport { gone } from './gone.ts'" },
      { path: 'a/alone.ts', text: '' }
    ]
    const planted = graphOf(files)
    expect(print(missingTargets(planted))).toEqual(['a/c.ts:1 [missing] imports a/gone.ts, which is not there'])
    expect(print(cycles(planted))).toEqual(['a/b.ts:1 [cycle] imports itself: a/b.ts -> a/c.ts -> a/b.ts'])
    expect(print(unreached(planted, ['a/start.ts']))).toEqual(['a/alone.ts:1 [unreached] is reached from nothing that anybody starts'])
    expect(deadExports(files, planted).map(({ what }) => what.split(' ')[1])).toEqual(['unused,'])
  })
})
