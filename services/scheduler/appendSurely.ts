/**
 * Appends a round until it is known what became of it. After a fault nobody knows whether the bytes are there, so the head is read
 * before the same bytes are tried again: a duplicate is rejected, and a lost acknowledgement is harmless.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Head } from '../../domain/events/round.ts'
import type { Fault } from '../../domain/ports/fault.ts'
import { fault } from '../../domain/ports/fault.ts'
import type { Ledger } from '../../domain/ports/ledger.ts'
import { hashOf } from '../../infra/ledger/hash.ts'

const PAUSE_MS_MIN = 50
const PAUSE_MS_MAX = 2_000

export const appendSurely = async (
  ledger: Ledger,
  bytes: Uint8Array,
  onTrouble: (fault: Fault | undefined) => void,
  given: () => boolean
): Promise<E.Either<Fault, Head>> => {
  const hash = hashOf(bytes)
  return retrying(
    async (): Promise<E.Either<Fault, Head>> => {
      const appended = await ledger.append(bytes)()
      if (E.isLeft(appended)) return appended
      if (appended.right.type === 'Accepted' || appended.right.head.hash === hash) return E.right(appended.right.head)
      return E.left(
        fault(
          'FG_LEDGER_LOST',
          `this scheduler's round was rejected (${appended.right.rejection}): the ledger is at round ${appended.right.head.number} of epoch ${appended.right.head.epoch}`
        )
      )
    },
    onTrouble,
    given
  )
}

/** Tries again, with growing pauses, while the fault says that it may pass; `given` says when to give up. */
export const retrying = async <A>(
  attempt: () => Promise<E.Either<Fault, A>>,
  onTrouble: (fault: Fault | undefined) => void,
  given: () => boolean
): Promise<E.Either<Fault, A>> => {
  let troubled = false
  for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
    const result = await attempt()
    if (E.isRight(result) && troubled) onTrouble(undefined)
    if (E.isRight(result) || !result.left.retriable || given()) return result
    troubled = true
    onTrouble(result.left)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}
