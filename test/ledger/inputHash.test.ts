/** The hashes of inputs: known values, so that they never change, and their independence of how parts are cut. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NO_HASH } from '../../domain/events/round.ts'
import { chain, contentHash, inputDigest, inputKey, recordHash } from '../../infra/ledger/inputHash.ts'

const record = { id: 'a1', source: '/cli/ü', type: 'fastgpu.job.submit', time: '2026-01-01T00:00:00.000Z', data: Buffer.from('{"x":1}') }

/** The definition, said in another way. */
const sha256OfParts = (...parts: ReadonlyArray<string>): string => {
  const bytes = parts.flatMap((part) => {
    const content = [...Buffer.from(part)]
    return [(content.length >>> 24) & 255, (content.length >>> 16) & 255, (content.length >>> 8) & 255, content.length & 255, ...content]
  })
  return createHash('sha256').update(Uint8Array.from(bytes)).digest('hex')
}

describe('the hashes of an input', () => {
  test('are the ones that docs/ledger-format.md defines', () => {
    expect(inputKey(record.source, record.id)).toBe(sha256OfParts(record.source, record.id).slice(0, 32))
    expect(inputDigest(record.type, record.data)).toBe(sha256OfParts(record.type, '{"x":1}').slice(0, 16))
    expect(contentHash(record.type, record.data)).toBe(sha256OfParts(record.type, '{"x":1}'))
    const whole = sha256OfParts(record.id, record.source, record.type, record.time, '{"x":1}')
    expect(Buffer.from(recordHash(record)).toString('hex')).toBe(whole)
    expect(chain(NO_HASH, record)).toBe(
      createHash('sha256')
        .update(Buffer.from(NO_HASH + whole, 'hex'))
        .digest('hex')
    )
  })

  test('are other ones when a part ends elsewhere', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 9 }), fc.string({ minLength: 1, maxLength: 9 }), fc.string({ maxLength: 9 }), (a, b, c) => {
        expect(inputKey(a + b, c)).not.toBe(inputKey(a, b + c))
      })
    )
  })
})
