/**
 * The ledger as one list of public events by position. The newest rounds are kept for all who follow; older ones are read from the
 * ledger, whose rounds know the position of their first event.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Fault } from '../../domain/ports/fault.ts'
import { decodeRound } from '../../infra/ledger/roundJson.ts'
import type { Backend } from './backend.ts'
import { jobNames } from './jobNames.ts'
import { keptRounds } from './keptRounds.ts'
import { renderOf, type Render, type Rendered } from './render.ts'

export interface Slice {
  /** Of one round or a few, in order; empty where the feed ends. */
  readonly events: ReadonlyArray<Rendered>
  /** Where the next slice begins. */
  readonly next: number
}

export interface Feed {
  readonly read: (from: number) => Promise<E.Either<Fault, Slice>>
  /** The position that the next event will have. */
  readonly end: () => Promise<E.Either<Fault, number>>
  /** Calls back at each new round that has events; answers how to stop that. */
  readonly watch: (grown: () => void) => () => void
  readonly close: () => void
}

export const feedOf = (backend: Pick<Backend, 'pool' | 'ledger' | 'watchRounds' | 'names'>): Feed => {
  const listeners = new Set<() => void>()
  const newest = jobNames()
  const kept = keptRounds<ReturnType<Render>>()
  const render = renderOf(backend, newest)
  const history = historyOf(backend.ledger, render)

  const stop = backend.watchRounds((accepted) => {
    newest.learn(accepted.round)
    kept.add(accepted)
    for (const grown of [...listeners]) grown()
  })
  return {
    read: async (from) => {
      if (from === kept.end()) return E.right({ events: [], next: from })
      const one = kept.at(from)
      if (one === undefined) return history(from)
      one.rendered ??= render(one.round, one.firstPosition)
      const rendered = await one.rendered
      if (E.isRight(rendered)) return E.right({ events: rendered.right.slice(from - one.firstPosition), next: one.end })
      one.rendered = undefined
      return rendered
    },
    end: async () => {
      const end = kept.end()
      if (end !== undefined) return E.right(end)
      const head = await backend.ledger.head()()
      return E.isLeft(head) ? head : E.right(head.right.events)
    },
    watch: (grown) => {
      listeners.add(grown)
      return () => listeners.delete(grown)
    },
    close: () => {
      stop()
      listeners.clear()
    }
  }
}

const READ_BYTES = 512 * 1024
const PLACES_MAX = 1_024

/** Slices of the stored ledger. Where a read ended is remembered, so that whoever goes on from there need not search. */
const historyOf = (ledger: Backend['ledger'], render: Render): Feed['read'] => {
  const places = new Map<number, number>()
  return async (from) => {
    const known = places.get(from)
    const start = known === undefined ? await roundAt(ledger, from) : E.right(known)
    if (E.isLeft(start)) return start
    const stored = await ledger.read(start.right, READ_BYTES)()
    if (E.isLeft(stored)) return stored
    const events: Array<Rendered> = []
    let next = from
    for (const one of stored.right) {
      const round = decodeRound(one.bytes, `round ${one.number}`)
      if (E.isLeft(round)) return round
      const rendered = await render(round.right, one.firstPosition)
      if (E.isLeft(rendered)) return rendered
      for (const event of rendered.right) if (event.position >= from) events.push(event)
      next = Math.max(next, one.firstPosition + rendered.right.length)
    }
    const last = stored.right.at(-1)
    if (places.size >= PLACES_MAX) places.clear()
    if (last !== undefined) places.set(next, last.number + 1)
    return E.right({ events, next })
  }
}

/** The newest round that begins at the position or before it, by halving: rounds are numbered from 0 without gaps. */
const roundAt = async (ledger: Backend['ledger'], position: number): Promise<E.Either<Fault, number>> => {
  const head = await ledger.head()()
  if (E.isLeft(head)) return head
  let low = 0
  let high = Math.max(0, head.right.number)
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const stored = await ledger.read(middle, 1)()
    if (E.isLeft(stored)) return stored
    if ((stored.right[0]?.firstPosition ?? Number.MAX_SAFE_INTEGER) <= position) low = middle
    else high = middle - 1
  }
  return E.right(low)
}
