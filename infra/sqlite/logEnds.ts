/**
 * Where the streams and the ledger of a file end. It is remembered, and read again only where another connection has written since or
 * a transaction of our own has failed.
 */
import type { DatabaseSync } from 'node:sqlite'
import * as E from 'fp-ts/lib/Either.js'
import { STREAMS, type Stream } from '../../domain/events/inputs.ts'
import { genesis, type Head } from '../../domain/events/round.ts'
import type { Fault } from '../../domain/ports/fault.ts'
import type { Grown } from './logProtocol.ts'
import { headOf } from './logReads.ts'

export interface LogEnds {
  /** The position that the next record of each stream will have. Moved on by the transaction that appends. */
  readonly next: Record<Stream, number>
  head: Head
  readonly refresh: () => E.Either<Fault, void>
  /** After a failed transaction nothing that is remembered can be trusted. */
  readonly forget: () => void
  /** What others were found to have added to, since this was asked last. */
  readonly grown: () => ReadonlyArray<Grown>
}

const NEVER_READ = -1
const FORGOTTEN = -2

export const logEnds = (db: DatabaseSync, file: string): LogEnds => {
  const dataVersion = db.prepare('PRAGMA data_version')
  const last = perStream((stream) => db.prepare(`SELECT max(position) AS last FROM ${stream}`))
  const grown = new Set<Grown>()
  let seenVersion = NEVER_READ

  const refresh = (): E.Either<Fault, void> => {
    // SQLite raises it for each connection when another one has committed.
    const version = Number(dataVersion.get()?.['data_version'])
    if (version === seenVersion) return E.right(undefined)
    const head = headOf(db, file)
    if (E.isLeft(head)) return head
    for (const stream of STREAMS) {
      const next = Number(last[stream].get()?.['last'] ?? -1) + 1
      if (seenVersion !== NEVER_READ && next !== ends.next[stream]) grown.add(stream)
      ends.next[stream] = next
    }
    if (seenVersion !== NEVER_READ && head.right.number !== ends.head.number) grown.add('ledger')
    ends.head = head.right
    seenVersion = version
    return E.right(undefined)
  }

  const ends: LogEnds = {
    next: { jobs: 0, orders: 0, heartbeats: 0 },
    head: genesis,
    refresh,
    forget: () => {
      if (seenVersion !== NEVER_READ) seenVersion = FORGOTTEN
    },
    grown: () => {
      const found = [...grown]
      grown.clear()
      return found
    }
  }
  return ends
}

export const perStream = <A>(make: (stream: Stream) => A): Record<Stream, A> => ({
  jobs: make('jobs'),
  orders: make('orders'),
  heartbeats: make('heartbeats')
})
