/** What was stored once is read for ever: the golden files of all versions, and what is made of them by mistake is refused. */
import { isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, test } from 'vitest'
import { fieldsOf } from '../../domain/events/codec.ts'
import { encodedBytes } from '../../domain/events/size.ts'
import { encoded, goldens, storedNames, storedText } from './files.ts'

test('every codec has a golden file, and no golden file has lost its codec (node test/golden/files.ts writes new ones)', () => {
  expect(goldens.map((golden) => golden.name).toSorted()).toEqual(storedNames())
})

describe.each(goldens.map((golden) => [golden.name, golden] as const))('%s', (name, { codec, value }) => {
  const parsed = (): unknown => JSON.parse(storedText(name))

  test('decodes to the expected value', () => {
    expect(codec.decode(parsed())).toEqual({ _tag: 'Right', right: value })
  })

  test('encodes back to the same bytes, whose number is known beforehand', () => {
    const result = codec.decode(parsed())
    if (!isRight(result)) throw new Error('it does not decode')
    expect(encoded(codec.encode(result.right))).toBe(storedText(name))
    expect(encodedBytes(result.right)).toBe(Buffer.byteLength(storedText(name)) - 1)
  })

  test('shows every field', () => {
    expect(Object.keys(value as object).toSorted()).toEqual([...(fieldsOf(codec)?.keys() ?? [])].toSorted())
  })

  test('is refused with anything wrong in it', () => {
    const accepted = mutations(parsed()).filter(({ mutated }) => isRight(codec.decode(mutated)))
    expect(accepted.map(({ what }) => what).filter((what) => !mayBeLeftOut(codec, what))).toEqual([])
  })
})

/** Left out at the top level, an optional field is no mistake; nor is one of the request, or an entry of a map or list with room. */
const mayBeLeftOut = (codec: Parameters<typeof fieldsOf>[0], what: string): boolean => {
  const [, path] = /^without (.*)$/.exec(what) ?? []
  if (path === undefined) return false
  return fieldsOf(codec)?.get(path)?.needed === false || /^request\.(?!gpus$)|labels\.|\.\d+$/.test(path)
}

interface Mutation {
  readonly what: string
  readonly mutated: unknown
}

/** Every part in turn left out, or replaced by something of another kind or size; and every record with a field too many. */
const mutations = (whole: unknown): ReadonlyArray<Mutation> => {
  const all: Array<Mutation> = []
  const walk = (part: unknown, path: ReadonlyArray<string>): void => {
    for (const wrong of wrongFor(part))
      all.push({ what: `${path.join('.')} = ${String(wrong).slice(0, 20)}`, mutated: replaced(whole, path, wrong) })
    if (typeof part !== 'object' || part === null) return
    if (!Array.isArray(part) && path.at(-1) !== 'labels')
      all.push({ what: `${path.join('.')} with a field too many`, mutated: replaced(whole, path, { ...part, surplus: 1 }) })
    for (const [key, inner] of Object.entries(part)) {
      all.push({ what: `without ${[...path, key].join('.')}`, mutated: replaced(whole, [...path, key], undefined) })
      walk(inner, [...path, key])
    }
  }
  walk(whole, [])
  return all
}

const wrongFor = (part: unknown): ReadonlyArray<unknown> => {
  const others = [null, [[]], { constructor: 1 }, Symbol.iterator]
  if (typeof part === 'number') return [...others, 0.5, -0, NaN, Infinity, 2 ** 53, -(2 ** 53), String(part)]
  if (typeof part === 'string') return [...others, 7, true, 'x'.repeat(100_000), '\ud800']
  if (typeof part === 'boolean') return [...others, 0, 'true']
  return [...others, 7, 'text', Array.from({ length: 20_000 }, () => 0)]
}

const replaced = (whole: unknown, path: ReadonlyArray<string>, by: unknown): unknown => {
  const [first, ...rest] = path
  if (first === undefined) return by
  const inner = Object(whole)[first]
  const next = rest.length === 0 ? by : replaced(inner, rest, by)
  if (Array.isArray(whole)) return next === undefined ? whole.toSpliced(Number(first), 1) : whole.with(Number(first), next)
  const { [first]: _, ...others } = whole as Record<string, unknown>
  return next === undefined ? others : { ...others, [first]: next }
}
