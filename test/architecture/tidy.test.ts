/** The project is tidy: rules that hold for every file, and that are shown to find what they look for. */
import { userInfo } from 'node:os'
import { describe, expect, test } from 'vitest'
import { paths, pathsByGit, readSource, type SourceFile } from './files.ts'
import { print } from './offence.ts'
import { rules, tidyOffences } from './tidy.ts'

/** Pictures and the like; whatever is not listed is read as text. */
const BINARY = /\.(png|jpg|gif|ico|db|gz|zip|parquet)$/

const texts = paths.filter((path) => !BINARY.test(path)).map(readSource)
const textOf = (path: string): string => readSource(path).text

describe('the project', () => {
  test('holds no file that git does not know, so that every one was looked at', () => {
    expect(paths).toEqual(pathsByGit())
  })

  test('breaks no rule of tidiness', () => {
    expect(print(texts.flatMap(tidyOffences))).toEqual([])
  })

  test('has a reason for every dependency, and names its exact version', () => {
    const manifest = JSON.parse(textOf('package.json')) as Readonly<
      Record<'dependencies' | 'devDependencies', Readonly<Record<string, string>>>
    >
    const declared = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
    const reasons = textOf('docs/decisions/dependencies.md')
    expect(declared.filter(([name]) => !reasons.includes(`| \`${name}\``)).map(([name]) => name)).toEqual([])
    expect(declared.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  })

  test('lists every decision', () => {
    const listed = textOf('docs/decisions/README.md')
    const records = paths.filter((path) => /^docs\/decisions\/\d{4}-.*\.md$/.test(path)).map((path) => path.replace(/.*\//, ''))
    expect(records.filter((name) => !listed.includes(`(${name})`))).toEqual([])
    expect(records.map((name) => Number(name.slice(0, 4)))).toEqual(records.map((_, index) => index + 1))
  })

  test('explains every code that its sources name', () => {
    const explained = textOf('docs/errors.md')
    const sources = texts.filter(({ path }) => /^(domain|projections|infra|services|sdk|bin)\//.test(path))
    const named = new Set(sources.flatMap(({ text }) => [...text.matchAll(/['"`](FG_[A-Z0-9_]+)['"`]/g)].map((match) => match[1] ?? '')))
    expect([...named].filter((code) => !explained.includes(code))).toEqual([])
    expect(named.size).toBeGreaterThan(20)
  })

  test('carries its licence and what a newcomer reads first', () => {
    expect(textOf('LICENSE')).toContain('Version 2.0, January 2004')
    for (const path of ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md']) expect(textOf(path)).toMatch(/^# /)
  })
})

describe('a planted offence is found', () => {
  const undone = ['TO', 'DO'].join('')
  const planted: ReadonlyArray<readonly [string, SourceFile]> = [
    ['length', { path: 'domain/x.ts', text: `/** Long. */\n${'x\n'.repeat(300)}` }],
    ['opening', { path: 'domain/x.ts', text: 'export const x = 1\n' }],
    ['opening', { path: 'sdk/python/x.py', text: '#!/usr/bin/env python3\nimport sys\n' }],
    ['undone', { path: 'domain/x.ts', text: `/** Later. */\n// ${undone}: the rest\n` }],
    ['undone', { path: 'docs/x.md', text: `# Later\n\n${undone}\n` }],
    ['focus', { path: 'test/x.test.ts', text: `/** One. */\ntest.${['on', 'ly'].join('')}('one', () => {})\n` }],
    ['machine', { path: 'docs/x.md', text: `# Where\n\nSee ${['', 'wo'].join('/')}rk/main for it.\n` }],
    ['machine', { path: 'docs/x.md', text: `# Where\n\nSee ${['', 'home', userInfo().username, 'fastgpu'].join('/')}.\n` }],
    ['registry', { path: 'package-lock.json', text: `"resolved": "https://${['registry', 'npmjs', 'org'].join('.')}/x"\n` }],
    ['link', { path: 'docs/x.md', text: '# Link\n\nSee [there](./nowhere.md).\n' }],
    ['link', { path: 'docs/x.md', text: '# Link\n\nSee [below](#below).\n' }]
  ]

  test.each(planted)('%s in %o', (rule, file) => {
    expect(tidyOffences(file).map((offence) => offence.rule)).toContain(rule)
  })

  test('one of each rule', () => {
    expect(new Set(planted.map(([rule]) => rule))).toEqual(new Set(rules.map(({ name }) => name)))
  })

  test('and what is allowed is no offence', () => {
    const allowed: ReadonlyArray<SourceFile> = [
      {
        path: 'docs/x.md',
        text: '# A link\n\n[here](#a-link), [out](https://example.com/home/), `[code](no.md)`, ~/work/x, /home/ann/work\n'
      },
      { path: 'bin/x', text: '#!/bin/sh\n# Starts it.\nexit 0\n' },
      { path: 'sdk/python/x.py', text: '#!/usr/bin/env python3\n"""Checks it."""\n' },
      { path: 'domain/x.ts', text: '/**\n * Says what it is for.\n */\nexport const x = 1\n' }
    ]
    expect(print(allowed.flatMap(tidyOffences))).toEqual([])
  })
})
