/**
 * The hashes of an input. `inputKey` and `inputDigest` are what the state remembers of it; `recordHash` and `chain` bind every stored
 * record of a stream, whole and in order, to the rounds that consumed it. Each part is hashed after its 4-byte big-endian length, so
 * that no two lists of parts give the same bytes. docs/ledger-format.md describes all of them for readers in other languages.
 */
import { createHash } from 'node:crypto'
import type { InputRecord } from '../../domain/ports/eventLog.ts'

const KEY_BYTES = 16
const DIGEST_BYTES = 8

/** The first 16 bytes of sha256(source, id), in hexadecimal. */
export const inputKey = (source: string, id: string): string => hashParts([source, id]).toString('hex', 0, KEY_BYTES)

/** sha256(type, data), in hexadecimal: names the content of a record that is quarantined. */
export const contentHash = (type: string, data: Uint8Array): string => hashParts([type, data]).toString('hex')

/** The first 8 bytes of the content hash, in hexadecimal. */
export const inputDigest = (type: string, data: Uint8Array): string => hashParts([type, data]).toString('hex', 0, DIGEST_BYTES)

/** sha256(id, source, type, time, data): 32 bytes. */
export const recordHash = (record: InputRecord): Uint8Array => hashParts([record.id, record.source, record.type, record.time, record.data])

/** The chain after one more record: sha256 of the chain before it (32 bytes) and the record's hash (32 bytes), in hexadecimal. */
export const chain = (prevHash: string, record: InputRecord): string =>
  createHash('sha256').update(Buffer.from(prevHash, 'hex')).update(recordHash(record)).digest('hex')

const hashParts = (parts: ReadonlyArray<string | Uint8Array>): Buffer => {
  const all = createHash('sha256')
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part
    const length = Buffer.allocUnsafe(4)
    length.writeUInt32BE(bytes.length)
    all.update(length).update(bytes)
  }
  return all.digest()
}
