/** The size of an event is known without encoding it: for all that the codecs let through, it is what JSON would take. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodedBytes } from '../../../domain/events/size.ts'
import { junkEvent } from '../arbitraries/events.ts'

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value), 'utf8')

test('the size of an event is the length of its JSON', () => {
  const sized = fc.property(junkEvent, (event) => {
    expect(encodedBytes(event)).toBe(bytesOf(event))
  })
  fc.assert(sized)
})

test('the size of any text, number, list or record is the length of its JSON', () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 })
  const number = fc.oneof(
    fc.maxSafeInteger(),
    fc.constantFrom(0, -1, 9, 10, 99, 100, -10, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER)
  )
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      text,
      number,
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('any')),
      fc.dictionary(text, tie('any'))
    )
  })).any
  const sized = fc.property(value, (some) => {
    expect(encodedBytes(some)).toBe(bytesOf(some))
  })
  fc.assert(sized)
})
