/**
 * What the domain and the projections may not even name: clocks, chance, the process, the outside world, and what differs between
 * machines or locales. Names are checked, not values, so `globalThis` and `Math` as a value are forbidden too.
 */
import ts from 'typescript'
import type { SourceFile } from './files.ts'
import type { Offence } from './offence.ts'
import { lineOf, parse, visit } from './references.ts'

export const isPure = (path: string): boolean => /^(domain|projections)\//.test(path)

export const bannedGlobals: ReadonlySet<string> = new Set(
  [
    'Date Temporal performance setTimeout setInterval setImmediate clearTimeout clearInterval clearImmediate queueMicrotask',
    'process console Buffer require module exports __dirname __filename globalThis global',
    'JSON Intl crypto fetch URL TextEncoder TextDecoder structuredClone Worker WebAssembly Atomics SharedArrayBuffer',
    'eval Function Reflect Proxy WeakRef FinalizationRegistry'
  ].flatMap((names) => names.split(' '))
)

/** IEEE 754 settles the last bit of these; of exp, log, pow and sin it does not. */
const allowedMath: ReadonlySet<string> = new Set('abs ceil clz32 floor fround imul max min round sign sqrt trunc'.split(' '))

/** `sum ** 0.5` is Math.pow by another name; powers of whole numbers that are written down are constants. */
const isConstantPower = (node: ts.BinaryExpression): boolean => ts.isNumericLiteral(node.left) && ts.isNumericLiteral(node.right)

export const impurities = (file: SourceFile): ReadonlyArray<Offence> => {
  const found: Array<Offence> = []
  visit(parse(file), (node) => {
    const judged = judge(node)
    if (judged !== undefined) found.push({ ...judged, path: file.path, line: lineOf(node) })
  })
  return found
}

type Judged = Pick<Offence, 'rule' | 'what'>

const judge = (node: ts.Node): Judged | undefined => {
  if (ts.isClassLike(node)) return { rule: 'class', what: 'is a class; the domain is records and functions' }
  if (ts.isMetaProperty(node)) return { rule: 'global', what: `names ${node.getText()}` }
  if (ts.isAwaitExpression(node) || node.kind === ts.SyntaxKind.AsyncKeyword)
    return { rule: 'async', what: 'waits; effects live in services' }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.AsteriskAsteriskToken && !isConstantPower(node))
    return { rule: 'math', what: 'takes a power, which is not the same on every machine' }
  return ts.isIdentifier(node) ? judgeName(node) : undefined
}

const judgeName = (node: ts.Identifier): Judged | undefined => {
  const name = node.text
  if (/^(toLocale\w+|localeCompare)$/.test(name)) return { rule: 'locale', what: `calls ${name}, which depends on the locale` }
  if (isOnlyAKey(node)) return undefined
  if (bannedGlobals.has(name)) return { rule: 'global', what: `names ${name}` }
  return name === 'Math' ? judgeMath(node) : undefined
}

const judgeMath = (node: ts.Identifier): Judged | undefined => {
  const parent = node.parent
  if (ts.isPropertyAccessExpression(parent) && parent.expression === node && allowedMath.has(parent.name.text)) return undefined
  return { rule: 'math', what: `uses ${parent.getText().slice(0, 40)}, and may use of Math only ${[...allowedMath].join(', ')}` }
}

/** The name of a property, not a thing of that name: `row.process`, `{ process: 1 }`, `readonly process: number`. */
const isOnlyAKey = (node: ts.Identifier): boolean => {
  const parent = node.parent
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node
  if (ts.isBindingElement(parent)) return parent.propertyName === node
  return (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isMethodSignature(parent)) && parent.name === node
}
