/** What a file refers to: imports, re-exports, import() in code and in types, and the files that it starts as workers. */
import ts from 'typescript'
import { isScript, type SourceFile } from './files.ts'

export interface Reference {
  /** As it is written: './table.ts', 'fp-ts/lib/Either.js', 'node:fs'. Undefined where it is computed, so that nobody can tell. */
  readonly specifier: string | undefined
  readonly line: number
  /** The names that are taken; '*' is all of them. */
  readonly names: ReadonlyArray<string>
  /** Whether the file is loaded together with this one: types are not, nor is what import() or a worker loads later. */
  readonly eager: boolean
}

export const parse = (file: SourceFile): ts.SourceFile => ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ESNext, true)

export const lineOf = (node: ts.Node): number => {
  const source = node.getSourceFile()
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1
}

export const visit = (node: ts.Node, see: (node: ts.Node) => void): void => {
  see(node)
  ts.forEachChild(node, (child) => visit(child, see))
}

export const referencesOf = (source: ts.SourceFile): ReadonlyArray<Reference> => {
  const found: Array<Reference> = []
  visit(source, (node) => {
    const reference = referenceOf(node)
    if (reference !== undefined) found.push({ ...reference, line: lineOf(node) })
  })
  return found
}

type Found = Omit<Reference, 'line'>

const referenceOf = (node: ts.Node): Found | undefined => {
  if (ts.isImportDeclaration(node))
    return {
      specifier: textOf(node.moduleSpecifier),
      names: importedNames(node),
      eager: node.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword
    }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined)
    return { specifier: textOf(node.moduleSpecifier), names: reexportedNames(node), eager: !node.isTypeOnly }
  if (ts.isImportTypeNode(node))
    return { specifier: ts.isLiteralTypeNode(node.argument) ? textOf(node.argument.literal) : undefined, names: ['*'], eager: false }
  const loaded = loadedBy(node)
  return loaded === undefined ? undefined : { ...loaded, names: ['*'], eager: false }
}

const loadedBy = (node: ts.Node): Pick<Found, 'specifier'> | undefined => {
  if (ts.isImportEqualsDeclaration(node)) return { specifier: undefined }
  if (ts.isCallExpression(node)) {
    const loads = node.expression.kind === ts.SyntaxKind.ImportKeyword || /^(require|createRequire)$/.test(node.expression.getText())
    return loads ? { specifier: textOf(node.arguments[0]) } : undefined
  }
  // new URL('./worker.ts', import.meta.url) is how a file is named that runs in a thread or process of its own.
  if (!ts.isNewExpression(node) || node.expression.getText() !== 'URL') return undefined
  const path = textOf(node.arguments?.[0])
  return path !== undefined && path.startsWith('.') && isScript(path) ? { specifier: path } : undefined
}

const importedNames = (node: ts.ImportDeclaration): ReadonlyArray<string> => {
  const clause = node.importClause
  if (clause === undefined) return []
  const bindings = clause.namedBindings
  const named =
    bindings === undefined
      ? []
      : ts.isNamespaceImport(bindings)
        ? ['*']
        : bindings.elements.map((element) => (element.propertyName ?? element.name).text)
  return clause.name === undefined ? named : ['default', ...named]
}

const reexportedNames = (node: ts.ExportDeclaration): ReadonlyArray<string> =>
  node.exportClause !== undefined && ts.isNamedExports(node.exportClause)
    ? node.exportClause.elements.map((element) => (element.propertyName ?? element.name).text)
    : ['*']

const textOf = (node: ts.Node | undefined): string | undefined =>
  node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined
