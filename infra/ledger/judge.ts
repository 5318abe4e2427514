/** What every adapter of the ledger does with bytes that somebody wants to append: the acceptance rule, over the bytes as they are. */
import * as E from 'fp-ts/lib/Either.js'
import { advance, rejectionOf, ROUND_BYTES_MAX, type Envelope, type Head, type Rejection } from '../../domain/events/round.ts'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import type { StoredRound } from '../../domain/ports/ledger.ts'
import { countEvents } from './countEvents.ts'
import { hashOf } from './hash.ts'
import { decodeEnvelope } from './roundJson.ts'

export type Judged =
  | { readonly type: 'Accepted'; readonly head: Head; readonly round: StoredRound }
  | { readonly type: 'Rejected'; readonly rejection: Rejection; readonly envelope: Envelope }

/** A fault says that the bytes are no round of this pool, which only a mistake in the writer can bring about. */
export const judge = (head: Head, bytes: Uint8Array, pool: string): E.Either<Fault, Judged> => {
  if (bytes.length > ROUND_BYTES_MAX) return invalid(`a round of ${bytes.length} bytes; at most ${ROUND_BYTES_MAX} are allowed`)
  const decoded = decodeEnvelope(bytes, 'the round to append')
  if (E.isLeft(decoded)) return invalid(decoded.left.message)
  const envelope = decoded.right
  if (envelope.pool !== pool)
    return E.left(fault('FG_LEDGER_FOREIGN', `a round of pool "${envelope.pool}" was sent to the ledger of "${pool}"`))
  const rejection = rejectionOf(head, envelope)
  if (rejection !== undefined) return E.right({ type: 'Rejected', rejection, envelope })
  const events = countEvents(bytes)
  if (events < 0) return invalid(`round ${envelope.number} does not end as a round does`)
  const hash = hashOf(bytes)
  return E.right({
    type: 'Accepted',
    head: advance(envelope, hash, events, head),
    round: { number: envelope.number, hash, firstPosition: head.events, bytes }
  })
}

const invalid = (message: string): E.Either<Fault, never> => E.left(fault('FG_ROUND_INVALID', message))
