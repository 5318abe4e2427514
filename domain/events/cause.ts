/**
 * Where a fact came from: the input that somebody sent, by the name that its sender gave it. The pair (source, id) is the
 * idempotency key: the same pair with the same content is a retry, with other content it is refused.
 */
import type * as t from 'io-ts'
import { exactly, hex, text } from './codec.ts'

const SOURCE_CHARS_MAX = 256
export const INPUT_ID_CHARS_MAX = 128

export const Source = text(1, SOURCE_CHARS_MAX)
export const InputId = text(1, INPUT_ID_CHARS_MAX)

export const Cause = exactly({
  source: Source,
  id: InputId,
  /** The first 16 bytes of sha256(source, id), each after its 4-byte length: what the state remembers of the pair. */
  key: hex(16),
  /** The first 8 bytes of sha256(type, data), each after its 4-byte length: what the state remembers of the content. */
  digest: hex(8)
})
export type Cause = t.TypeOf<typeof Cause>
