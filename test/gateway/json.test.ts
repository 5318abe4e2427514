/** JSON from strangers: everything harmless is read as JSON.parse reads it, and everything else is found. */
import * as E from 'fp-ts/lib/Either.js'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { DEPTH_MAX, parseJson } from '../../services/gateway/json.ts'

const parse = (text: string) => parseJson(Buffer.from(text))

test('every harmless value is read as it was written', () => {
  const harmless = fc.jsonValue({ maxDepth: 6 }).filter((value) => !/"(__proto__|constructor|prototype)":/.test(JSON.stringify(value)))
  fc.assert(
    fc.property(harmless, (value) => {
      const text = JSON.stringify(value, null, 1)
      expect(parse(text)).toEqual(E.right(JSON.parse(text)))
    })
  )
})

test('brackets and colons in texts count as text', () => {
  const text = JSON.stringify({ a: '[[[[{{{{:::"\\', b: ':"'.repeat(100), c: '['.repeat(1_000) })
  expect(E.isRight(parse(text))).toBe(true)
})

test('it is as deep as the limit, and not deeper', () => {
  expect(E.isRight(parse('['.repeat(DEPTH_MAX) + ']'.repeat(DEPTH_MAX)))).toBe(true)
  expect(parse('['.repeat(DEPTH_MAX + 1) + ']'.repeat(DEPTH_MAX + 1))).toEqual(E.left('the body is nested deeper than 32 levels'))
  expect(E.isLeft(parse('['.repeat(5_000_000)))).toBe(true)
})

test('a key twice is found wherever it is and however it is written', () => {
  for (const text of ['{"a":1,"a":1}', '[{"b":{"a":1,"\\u0061":2}}]', '{"a":{},"b":[{"c":1,"c":2}]}', '{"":1,"":2}'])
    expect(parse(text)).toEqual(E.left('the body has an object with the same key twice'))
  expect(E.isRight(parse('{"a":{"a":{"a":1}},"b":{"a":1}}'))).toBe(true)
})
