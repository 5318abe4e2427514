/** From a stored record to an input of the core: JSON and codecs are decoded here, once; what cannot be is poison, with its reason. */
import * as E from 'fp-ts/lib/Either.js'
import type { Input, Poison } from '../../domain/events/input.ts'
import { sayErrors } from '../../domain/events/codec.ts'
import { inputTypes, type InputType, type Said, type Stream } from '../../domain/events/inputs.ts'
import { InputId, Source } from '../../domain/events/cause.ts'
import type { StoredInput } from '../../domain/ports/eventLog.ts'
import { contentHash, inputKey } from './inputHash.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

export const decodeInput = (stream: Stream, record: StoredInput): Input | Poison => {
  const sha256 = contentHash(record.type, record.data)
  const poison = (reason: string): Poison => ({ stream, position: record.position, sha256, reason })
  if (!isInputType(record.type)) return poison(`unknown input type ${record.type.slice(0, 64)}`)
  if (!Source.is(record.source) || !InputId.is(record.id)) return poison('source or id is empty, too long or no text')
  const timeMs = Date.parse(record.time)
  if (!Number.isSafeInteger(timeMs) || timeMs < 0) return poison(`time is not an RFC 3339 time: ${record.time.slice(0, 40)}`)
  const said = decodeSaid(record.type, record.data)
  if (typeof said === 'string') return poison(said)
  const key = inputKey(record.source, record.id)
  return {
    stream,
    position: record.position,
    sha256,
    timeMs,
    said,
    cause: { source: record.source, id: record.id, key, digest: sha256.slice(0, 16) }
  }
}

const isInputType = (type: string): type is InputType => Object.hasOwn(inputTypes, type)

/** What the record says, or why it cannot be read. */
const decodeSaid = (type: InputType, bytes: Uint8Array): Said | string => {
  let data: unknown
  try {
    data = JSON.parse(utf8.decode(bytes))
  } catch {
    return 'data is not JSON in UTF-8'
  }
  const decoded = inputTypes[type].codec.decode(data)
  if (E.isLeft(decoded)) return sayErrors(decoded.left).join('; ')
  // The codec of the type has just proved that the data is of the type.
  return { type, data: decoded.right } as Said
}
