/** What a file refers to: imports, re-exports, import() in code and in types, and scripts that it names to start them. */
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
  /** False where it is only the name of a file, which need not be there. */
  readonly certain: boolean
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
      eager: node.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword,
      certain: true
    }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined)
    return { specifier: textOf(node.moduleSpecifier), names: reexportedNames(node), eager: !node.isTypeOnly, certain: true }
  if (ts.isImportTypeNode(node))
    return {
      specifier: ts.isLiteralTypeNode(node.argument) ? textOf(node.argument.literal) : undefined,
      names: ['*'],
      eager: false,
      certain: true
    }
  const loaded = loadedBy(node)
  return loaded === undefined ? undefined : { ...loaded, names: ['*'], eager: false }
}

const loadedBy = (node: ts.Node): Pick<Found, 'specifier' | 'certain'> | undefined => {
  if (ts.isImportEqualsDeclaration(node)) return { specifier: undefined, certain: true }
  if (ts.isCallExpression(node)) return loads(node) ? { specifier: textOf(node.arguments[0]), certain: true } : undefined
  // The name of a script beside this one is most likely what runs in a thread or process of its own.
  const text = textOf(node)
  return text !== undefined && /^[\w./-]+$/.test(text) && isScript(text) && !isImported(node)
    ? { specifier: text.startsWith('.') ? text : `./${text}`, certain: false }
    : undefined
}

/** Whether the text is that of an import, which has been seen already. */
const isImported = ({ parent }: ts.Node): boolean =>
  ts.isImportDeclaration(parent) ||
  ts.isExportDeclaration(parent) ||
  ts.isLiteralTypeNode(parent) ||
  (ts.isCallExpression(parent) && loads(parent))

const loads = (call: ts.CallExpression): boolean =>
  call.expression.kind === ts.SyntaxKind.ImportKeyword || /^(require|createRequire)$/.test(call.expression.getText())

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
