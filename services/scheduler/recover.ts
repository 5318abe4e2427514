/** Where a scheduler begins: the state that all accepted rounds of the ledger fold into. */
import * as E from 'fp-ts/lib/Either.js'
import { foldRound } from '../../domain/cluster/fold.ts'
import { initial, type State } from '../../domain/cluster/state.ts'
import { decisionDecoders, factDecoders } from '../../domain/events/event.ts'
import { advance, genesis, rejectionOf, type Head, type Round } from '../../domain/events/round.ts'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import type { Ledger, StoredRound } from '../../domain/ports/ledger.ts'
import { decodeVerified } from '../../infra/ledger/roundJson.ts'

const READ_BYTES = 8 * 1024 * 1024

export interface Recovered {
  readonly state: State
  readonly head: Head
}

/** `seen` is told each round on the way, for those who keep something of their own. */
export const recover = async (
  ledger: Ledger,
  seen: (round: Round, stored: StoredRound) => void = () => undefined
): Promise<E.Either<Fault, Recovered>> => {
  let state = initial()
  let head = genesis
  for (;;) {
    const stored = await ledger.read(head.number + 1, READ_BYTES)()
    if (E.isLeft(stored)) return stored
    if (stored.right.length === 0) return E.right({ state, head })
    for (const one of stored.right) {
      const round = next(head, one)
      if (E.isLeft(round)) return round
      state = foldRound(state, round.right)
      head = advance(round.right, one.hash, round.right.facts.length + round.right.decisions.length, head)
      seen(round.right, one)
    }
  }
}

/**
 * The ledger's adapter has proved that the bytes match their hash. Where they also follow the head they are what a scheduler once
 * encoded and every reader accepted, so only what a newer version may have added is looked for.
 */
const next = (head: Head, stored: StoredRound): E.Either<Fault, Round> => {
  const round = decodeVerified(stored.bytes)
  const rejection = rejectionOf(head, round)
  if (rejection !== undefined)
    return E.left(fault('FG_LEDGER_CORRUPT', `round ${stored.number} does not follow round ${head.number}: ${rejection}`))
  const unknown =
    round.facts.find((fact) => !factDecoders.has(fact.type)) ?? round.decisions.find((decision) => !decisionDecoders.has(decision.type))
  return unknown === undefined
    ? E.right(round)
    : E.left(fault('FG_EVENT_UNKNOWN', `round ${stored.number} holds an event of the unknown type ${unknown.type}`))
}
