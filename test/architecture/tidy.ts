/** What no linter of one language sees: rules for every text of the project, whatever it is written in. */
import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join, posix } from 'node:path'
import { root, type SourceFile } from './files.ts'
import type { Offence } from './offence.ts'

const FILE_LINES_MAX = 300

const isCode = (path: string): boolean => /\.(ts|mts|js|mjs|py|pl|sh|java)$/.test(path) || /^(bin|\.ci)\//.test(path)

interface Rule {
  readonly name: string
  readonly holds: (path: string) => boolean
  /** What is wrong, and in which line. */
  readonly find: (file: SourceFile) => ReadonlyArray<{ readonly line: number; readonly what: string }>
}

/** Patterns are put together here, so that this file does not break its own rules. */
const word = (...parts: ReadonlyArray<string>): string => parts.join('')

const matches =
  (pattern: RegExp, what: string): Rule['find'] =>
  ({ text }) =>
    text
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [{ line: index + 1, what: `${what}: ${line.trim().slice(0, 80)}` }] : []))

/** The line that says what a file is for: a comment or docstring, after the line that names an interpreter. */
const OPENING = /^(#![^\n]*\n)?(?!#!)(\s*\n)*(\/\*\*|"""|#)\s*\S/

export const rules: ReadonlyArray<Rule> = [
  {
    name: 'length',
    holds: isCode,
    find: ({ text }) => {
      const lines = text.trimEnd().split('\n').length
      return lines > FILE_LINES_MAX ? [{ line: FILE_LINES_MAX, what: `has ${lines} lines, and may have ${FILE_LINES_MAX}` }] : []
    }
  },
  {
    name: 'opening',
    holds: isCode,
    find: ({ text }) =>
      text.trim() === '' || OPENING.test(text.replace(/^\/\*\*\n \*/, '/**'))
        ? []
        : [{ line: 1, what: 'does not begin by saying what it is for' }]
  },
  {
    name: 'undone',
    holds: () => true,
    find: matches(
      new RegExp(`\\b(${word('TO', 'DO')}|${word('FIX', 'ME')}|${word('XX', 'X')}|${word('HA', 'CK')})\\b`),
      'leaves something undone'
    )
  },
  {
    name: 'focus',
    // A skip behind a condition on its own line is an answer to the machine, not to the mood.
    holds: (path) => /\.(test|contract)\.ts$/.test(path) || /^test\//.test(path),
    find: matches(
      new RegExp(
        `^(?!.*\\b(if|else)\\b).*\\b(test|it|describe)(\\.each|\\.concurrent)?\\.(${word('on', 'ly')}|${word('sk', 'ip')}|${word('to', 'do')})\\b`
      ),
      'hides tests'
    )
  },
  {
    name: 'machine',
    holds: () => true,
    find: matches(
      new RegExp(`(^|[^\\w.$}~/-])/(${word('wo', 'rk')}|${word('ro', 'ot')}|${word('fa', 'rm')}|home/${userInfo().username})/[\\w.-]`),
      'names a path of one machine'
    )
  },
  {
    name: 'registry',
    holds: () => true,
    find: matches(
      new RegExp(
        [
          ['registry', 'npmjs'],
          ['registry', 'yarnpkg'],
          ['pypi', 'org'],
          ['crates', 'io'],
          ['repo1', 'maven'],
          ['proxy', 'golang']
        ]
          .map((parts) => parts.join('\\.'))
          .join('|')
      ),
      'names a registry'
    )
  },
  {
    name: 'link',
    holds: (path) => path.endsWith('.md'),
    find: (file) =>
      linksOf(file.text).flatMap(({ target, line }) =>
        leads(file, target) ? [] : [{ line, what: `links to ${target}, which is not there` }]
      )
  }
]

export const tidyOffences = (file: SourceFile): ReadonlyArray<Offence> =>
  rules
    .filter(({ holds }) => holds(file.path))
    .flatMap(({ name, find }) => find(file).map((found) => ({ rule: name, path: file.path, ...found })))

interface Link {
  readonly target: string
  readonly line: number
}

/** Links and images, but none in code. */
const linksOf = (text: string): ReadonlyArray<Link> => {
  const prose = text.replace(/```[\s\S]*?```/g, (code) => code.replace(/[^\n]/g, '')).replace(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => ({
    target: match[1] ?? '',
    line: prose.slice(0, match.index).split('\n').length
  }))
}

const leads = (file: SourceFile, target: string): boolean => {
  if (/^(https?|mailto):/.test(target)) return true
  const [path = '', anchor] = target.split('#')
  if (path === '') return anchor !== undefined && anchorsOf(file.text).has(anchor)
  return existsSync(join(root, posix.join(posix.dirname(file.path), path)))
}

/** As hosts of Markdown make them of headings. */
const anchorsOf = (text: string): ReadonlySet<string> =>
  new Set(
    [...text.matchAll(/^#+ (.*)$/gm)].map((match) =>
      (match[1] ?? '')
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-')
    )
  )
