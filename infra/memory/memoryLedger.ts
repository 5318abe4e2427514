/** A ledger in memory, for tests and for simulations that keep nothing. It judges as every other ledger does. */
import * as E from 'fp-ts/lib/Either.js'
import { genesis, type Head } from '../../domain/events/round.ts'
import type { Fault } from '../../domain/ports/fault.ts'
import type { Appended, Ledger, StoredRound } from '../../domain/ports/ledger.ts'
import { judge } from '../ledger/judge.ts'
import { watchers } from '../ledger/watchers.ts'

export const memoryLedger = (pool: string): Ledger => {
  const rounds: Array<StoredRound> = []
  const listeners = watchers()
  let head: Head = genesis

  const append = (bytes: Uint8Array): E.Either<Fault, Appended> => {
    const judged = judge(head, bytes, pool)
    if (E.isLeft(judged)) return judged
    if (judged.right.type === 'Rejected') return E.right({ type: 'Rejected', rejection: judged.right.rejection, head })
    rounds.push({ ...judged.right.round, bytes: bytes.slice() })
    head = judged.right.head
    listeners.call()
    return E.right({ type: 'Accepted', head })
  }

  const read = (from: number, bytesMax: number): ReadonlyArray<StoredRound> => {
    const first = Math.max(0, from)
    let bytes = 0
    let end = first
    while (end < rounds.length && (end === first || bytes + rounds[end]!.bytes.length <= bytesMax)) bytes += rounds[end++]!.bytes.length
    return rounds.slice(first, end)
  }

  return {
    append: (bytes) => () => Promise.resolve(append(bytes)),
    read: (from, bytesMax) => () => Promise.resolve(E.right(read(from, bytesMax))),
    head: () => () => Promise.resolve(E.right(head)),
    watch: listeners.add,
    close: () => {
      listeners.clear()
      return Promise.resolve()
    }
  }
}
