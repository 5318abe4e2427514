/** What a network and a disk do to a ledger between the call and its answer. Never part of the product. */
import * as E from 'fp-ts/lib/Either.js'
import { fault } from '../../domain/ports/fault.ts'
import type { Ledger } from '../../domain/ports/ledger.ts'

const lost = E.left(fault('FG_STORE_IO', 'the answer was lost'))

/** The round is appended, but the answer to each append that is chosen never comes. */
export const losingAnswers = (ledger: Ledger, chosen: (append: number) => boolean): Ledger => {
  let appends = 0
  return {
    ...ledger,
    append: (bytes) => async () => {
      const mine = appends++
      const answer = await ledger.append(bytes)()
      return chosen(mine) ? lost : answer
    }
  }
}

/** Each chosen append arrives twice; the caller hears of the first. */
export const duplicating = (ledger: Ledger, chosen: (append: number) => boolean): Ledger => {
  let appends = 0
  return {
    ...ledger,
    append: (bytes) => async () => {
      const twice = chosen(appends++)
      const first = ledger.append(bytes)()
      const second = twice ? ledger.append(bytes)() : undefined
      const answer = await first
      await second
      return answer
    }
  }
}

/** Each append arrives so many turns of the event loop later. */
export const delaying = (ledger: Ledger, turns: (append: number) => number): Ledger => {
  let appends = 0
  return {
    ...ledger,
    append: (bytes) => async () => {
      for (let turn = turns(appends++); turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve))
      return ledger.append(bytes)()
    }
  }
}
