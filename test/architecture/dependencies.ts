/** Who may import whom: the dependency table of ARCHITECTURE.md, and the check of one file against it. */
import { posix } from 'node:path'
import type { SourceFile } from './files.ts'
import type { Offence } from './offence.ts'
import { parse, referencesOf, type Reference } from './references.ts'

interface Area {
  readonly name: string
  /** The most specific area that holds a path is the one it belongs to. */
  readonly holds: RegExp
  /** Areas that its files may import, besides their own. */
  readonly imports: ReadonlyArray<string>
  readonly packages: 'none' | 'fp' | 'runtime' | 'all'
  readonly node: boolean
}

const area = (name: string, holds: RegExp, imports: ReadonlyArray<string>, outside: Pick<Area, 'packages' | 'node'>): Area => ({
  name,
  holds,
  imports,
  ...outside
})

const pure = { packages: 'fp', node: false } as const
const effects = { packages: 'runtime', node: true } as const
const tools = { packages: 'all', node: true } as const

const inner = ['domain/kernel', 'domain/events', 'domain/cluster']
const middle = [...inner, 'domain/intake', 'domain/placement', 'domain/queueing', 'domain/forecast']
const domain = [...middle, 'domain/policies', 'domain/ports', 'domain']
const service = [...domain, 'projections', 'infra', 'sdk']

/** First match wins. What no line holds belongs nowhere, and is an offence. */
export const areas: ReadonlyArray<Area> = [
  area('domain/kernel', /^domain\/kernel\//, [], pure),
  area('domain/events', /^domain\/events\//, ['domain/kernel'], pure),
  area('domain/cluster', /^domain\/cluster\//, ['domain/kernel', 'domain/events'], pure),
  area('domain/ports', /^domain\/ports\//, ['domain/kernel', 'domain/events'], pure),
  ...['intake', 'placement', 'queueing', 'forecast'].map((folder) =>
    area(`domain/${folder}`, new RegExp(`^domain/${folder}/`), middle, pure)
  ),
  area('domain/policies', /^domain\/policies\//, middle, pure),
  area('domain', /^domain\/[^/]+\.ts$/, [...middle, 'domain/policies'], pure),
  area('projections', /^projections\//, domain, pure),
  area('infra', /^infra\//, ['domain/kernel', 'domain/events', 'domain/ports'], effects),
  area('sdk', /^sdk\/typescript\//, ['domain/events'], { packages: 'none', node: true }),
  area('composition', /^services\/(cli|dev)\//, [...service, 'services'], effects),
  area('services', /^services\/[^/]+\//, service, effects),
  area('setup', /^scripts\/setup\.mjs$/, [], { packages: 'none', node: true }),
  area('tools', /^(test\/|scripts\/|[^/]+\.(ts|js|mjs)$)/, [...service, 'composition', 'services'], tools)
]

export interface Packages {
  readonly runtime: ReadonlySet<string>
  readonly development: ReadonlySet<string>
}

export const areaOf = (path: string): Area | undefined => areas.find(({ holds }) => holds.test(path))

export const dependencyOffences = (file: SourceFile, packages: Packages): ReadonlyArray<Offence> => {
  const from = areaOf(file.path)
  if (from === undefined) return [{ rule: 'area', path: file.path, line: 1, what: 'belongs to no area of the dependency table' }]
  return referencesOf(parse(file)).flatMap((reference) => {
    const judged = judge(file.path, from, reference, packages)
    return judged === undefined ? [] : [{ ...judged, path: file.path, line: reference.line }]
  })
}

type Judged = Pick<Offence, 'rule' | 'what'>

const judge = (path: string, from: Area, { specifier }: Reference, packages: Packages): Judged | undefined => {
  if (specifier === undefined)
    return from.packages === 'all' ? undefined : { rule: 'computed import', what: 'imports what is only known when it runs' }
  if (specifier.startsWith('node:'))
    return from.node ? undefined : { rule: 'node', what: `${from.name} imports ${specifier}, and may import nothing of Node` }
  return specifier.startsWith('.') ? judgeFile(path, from, specifier) : judgePackage(from, specifier, packages)
}

const judgeFile = (path: string, from: Area, specifier: string): Judged | undefined => {
  const target = posix.join(posix.dirname(path), specifier)
  const to = areaOf(target)
  if (to === undefined) return { rule: 'folder', what: `imports ${target}, which is outside the project or belongs to no area` }
  if (to.name === 'services' && from.name === 'services' && serviceOf(path) !== serviceOf(target))
    return { rule: 'service', what: `imports ${target}: a service never imports another one` }
  return to.name === from.name || from.imports.includes(to.name)
    ? undefined
    : { rule: 'folder', what: `imports ${target}, and ${from.name} may not import ${to.name}` }
}

const serviceOf = (path: string): string => path.split('/')[1] ?? ''

const judgePackage = (from: Area, specifier: string, packages: Packages): Judged | undefined => {
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
  const allowed = {
    none: false,
    fp: name === 'fp-ts' || name === 'io-ts',
    runtime: packages.runtime.has(name),
    all: packages.runtime.has(name) || packages.development.has(name)
  }[from.packages]
  return allowed
    ? undefined
    : { rule: 'package', what: `${from.name} imports the package ${name}, which it may not, or which is not declared` }
}
