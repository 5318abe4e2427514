/** The codecs that everything stored is made of: what they refuse, and in which words. */
import { isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, test } from 'vitest'
import { ERRORS_MAX, exactly, hex, integer, list, oneOf, sayErrors, text } from '../../../domain/events/codec.ts'
import { SubmitJob } from '../../../domain/events/inputs.ts'
import { errors, refusal } from '../../../domain/events/errors.ts'
import { LABELS_SAID_MAX } from '../../../domain/events/request.ts'
import { RefusalReason } from '../../../domain/events/facts.ts'
import { fault } from '../../../domain/ports/fault.ts'

const Thing = exactly({ id: integer(0, 9), tags: list(text(1, 3), 0, 2) }, { kind: oneOf('a', 'b') })

const said = (value: unknown): ReadonlyArray<string> => {
  const result = Thing.decode(value)
  return isRight(result) ? [] : sayErrors(result.left)
}

describe('a record', () => {
  test('is taken with exactly its fields, the optional ones there or not', () => {
    expect(said({ id: 1, tags: [] })).toEqual([])
    expect(said({ id: 1, tags: ['x', 'yz'], kind: 'b' })).toEqual([])
  })

  test.each([
    [null, ['value: expected an object']],
    [[], ['value: expected an object']],
    [{ id: 1 }, ['tags: expected a list of 0 to 2']],
    [{ tags: [], id: 'one' }, ['id: expected an integer from 0 to 9, got "one"']],
    [{ id: 1, tags: [], size: 2 }, ['size: unknown key; known are id, tags, kind']],
    [{ id: 1, tags: ['long'] }, ['tags.0: expected a text of 1 to 3 characters, got "long"']],
    [{ id: 1, tags: [], kind: undefined }, ['kind: expected one of a, b, got nothing']],
    [JSON.parse('{"id":1,"tags":[],"__proto__":{"x":1}}'), ['__proto__: unknown key; known are id, tags, kind']]
  ])('says what is wrong with %j', (value, expected) => {
    expect(said(value)).toEqual(expected)
  })

  test('says a bounded number of things', () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`k${index}`, index]))
    expect(said(many)).toHaveLength(ERRORS_MAX)
  })
})

test.each([1.5, NaN, Infinity, -0, 10, -1, '3', 2n, null])('an integer is not %s', (value) => {
  expect(isRight(integer(0, 9).decode(value))).toBe(false)
})

test('a text is what UTF-8 can carry', () => {
  expect(isRight(text(0, 9).decode('\ud83d\ude00'))).toBe(true)
  expect(isRight(text(0, 9).decode('\ud83d'))).toBe(false)
})

test('hexadecimal text is lower case and of the whole length', () => {
  expect(['0af0', '0AF0', '0af', '0af0\n'].map((value) => isRight(hex(2).decode(value)))).toEqual([true, false, false, false])
})

test('an array is refused by its length before its items are read', () => {
  const hostile = Array.from({ length: 100_000 }, () => 'long')
  expect(said({ id: 1, tags: hostile })).toEqual(['tags: expected a list of 0 to 2'])
})

test('labels are counted before they are read, and wrong ones are named in few words', () => {
  const said = (labels: object): ReadonlyArray<string> => {
    const result = SubmitJob.decode({ tenant: 'ada', request: { gpus: 1, labels }, body: '' })
    return isRight(result) ? [] : sayErrors(result.left)
  }
  const many = (count: number): object => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 7]))
  expect(said(many(1000))).toEqual([`request.labels: expected at most ${LABELS_SAID_MAX} entries, got 1000`])
  expect(said(many(200))).toHaveLength(ERRORS_MAX)
  expect(said({ zone: 'a', ' x': 'b' })).toEqual(['request.labels. x: expected the key of a label, got " x"'])
  expect(said(JSON.parse('{"__proto__":"a"}'))).toEqual(['request.labels.__proto__: expected the key of a label, got "__proto__"'])
})

describe('a refusal and a fault', () => {
  test('carry what the table says, and a fault may know better', () => {
    expect(fault('FG_STORE_FULL', 'no space')).toEqual({
      code: 'FG_STORE_FULL',
      message: 'no space',
      retriable: true,
      next: errors.FG_STORE_FULL.next
    })
    expect(fault('FG_STORE_FULL', 'no space', { next: 'Delete the old one.' }).next).toBe('Delete the old one.')
  })

  test('a refusal can always be stored, whatever its message is made of', () => {
    for (const message of ['', 'x'.repeat(9_000), `${'x'.repeat(511)}😀`, 'lone \ud83d'])
      expect(isRight(RefusalReason.decode(refusal('FG_INPUT_MALFORMED', message)))).toBe(true)
  })
})
