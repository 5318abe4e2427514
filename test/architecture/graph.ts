/** The files as a graph of imports: cycles in it, files that nothing reaches, and exports that nobody takes. */
import { posix } from 'node:path'
import ts from 'typescript'
import type { SourceFile } from './files.ts'
import type { Offence } from './offence.ts'
import { lineOf, parse, referencesOf, visit } from './references.ts'

interface Edge {
  readonly target: string
  readonly names: ReadonlyArray<string>
  readonly eager: boolean
}

export type Graph = ReadonlyMap<string, ReadonlyArray<Edge>>

export const graphOf = (files: ReadonlyArray<SourceFile>): Graph => {
  const known = new Set(files.map(({ path }) => path))
  return new Map(
    files.map((file) => {
      const targets = referencesOf(parse(file)).flatMap((reference) =>
        reference.specifier?.startsWith('.') === true
          ? [{ ...reference, target: posix.join(posix.dirname(file.path), reference.specifier) }]
          : []
      )
      return [file.path, targets.filter(({ certain, target }) => certain || known.has(target))]
    })
  )
}

/** Every import names a file that is there. */
export const missingTargets = (graph: Graph): ReadonlyArray<Offence> =>
  [...graph].flatMap(([path, edges]) =>
    edges
      .filter(({ target }) => !graph.has(target))
      .map(({ target }) => ({ rule: 'missing', path, line: 1, what: `imports ${target}, which is not there` }))
  )

/** One offence a cycle, at the file where the walk closes it. Only files that are loaded together close one. */
export const cycles = (graph: Graph): ReadonlyArray<Offence> => {
  const found: Array<Offence> = []
  const done = new Set<string>()
  const walk = (path: string, trail: ReadonlyArray<string>): void => {
    const start = trail.indexOf(path)
    if (start >= 0) found.push({ rule: 'cycle', path, line: 1, what: `imports itself: ${[...trail.slice(start), path].join(' -> ')}` })
    if (start >= 0 || done.has(path)) return
    for (const { target, eager } of graph.get(path) ?? []) if (eager) walk(target, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) walk(path, [])
  return found
}

/** Files to which no way leads from the files that somebody starts. */
export const unreached = (graph: Graph, starts: ReadonlyArray<string>): ReadonlyArray<Offence> => {
  const reached = new Set<string>()
  const queue = [...starts]
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path)) continue
    reached.add(path)
    for (const { target } of graph.get(path) ?? []) queue.push(target)
  }
  return [...graph.keys()]
    .filter((path) => !reached.has(path))
    .map((path) => ({ rule: 'unreached', path, line: 1, what: 'is reached from nothing that anybody starts' }))
}

/** Exports that no other file takes, and their own does not use either. */
export const deadExports = (files: ReadonlyArray<SourceFile>, graph: Graph): ReadonlyArray<Offence> => {
  const taken = new Map<string, Set<string>>()
  for (const { target, names } of [...graph.values()].flat()) taken.set(target, (taken.get(target) ?? new Set()).union(new Set(names)))
  return files.flatMap((file) => {
    const names = taken.get(file.path) ?? new Set()
    if (names.has('*')) return []
    const source = parse(file)
    const dead = exportsOf(source).filter(({ text }) => !names.has(text) && !isUsed(source, text))
    return dead.map((name) => ({
      rule: 'dead export',
      path: file.path,
      line: lineOf(name),
      what: `exports ${name.text}, which nobody uses`
    }))
  })
}

/** The names that a file's own statements export; what it passes on from others is theirs. */
const exportsOf = (source: ts.SourceFile): ReadonlyArray<ts.Identifier> =>
  source.statements.flatMap((statement) => {
    const exported = ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    if (exported !== true) return []
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name] : []))
    return isNamed(statement) && statement.name !== undefined ? [statement.name] : []
  })

const isNamed = (node: ts.Node): node is ts.FunctionDeclaration | ts.ClassDeclaration | ts.TypeAliasDeclaration | ts.InterfaceDeclaration =>
  ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node)

/** Whether the file names it anywhere but where it declares it; a codec and its type share a name, and are two declarations. */
const isUsed = (source: ts.SourceFile, text: string): boolean => {
  let uses = 0
  visit(source, (node) => {
    if (ts.isIdentifier(node) && node.text === text && !declares(node)) uses++
  })
  return uses > 0
}

const declares = (name: ts.Identifier): boolean =>
  (isNamed(name.parent) || ts.isVariableDeclaration(name.parent)) && name.parent.name === name
