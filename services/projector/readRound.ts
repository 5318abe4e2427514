/**
 * Rounds as views read them: checked against the hash under which they are stored, and decoded by the codecs of their events. An event
 * of a type that is not known keeps its place and is counted; views pass over it.
 */
import * as E from 'fp-ts/lib/Either.js'
import { sayErrors } from '../../domain/events/codec.ts'
import { decisionDecoders, factDecoders, type Decision, type Fact } from '../../domain/events/event.ts'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import type { StoredRound } from '../../domain/ports/ledger.ts'
import { hashOf } from '../../infra/ledger/hash.ts'
import type { SeenRound } from '../../projections/run.ts'

/** Tells the type of each event that is not known. */
export type Skipped = (type: string) => void

export const readRound = (stored: StoredRound, skipped: Skipped): E.Either<Fault, SeenRound> => {
  if (hashOf(stored.bytes) !== stored.hash) return E.left(corrupt(stored, 'its bytes do not match its hash'))
  const parsed = parse(stored.bytes)
  if (parsed === undefined) return E.left(corrupt(stored, 'it is not a round in JSON'))
  const facts = decodeAll<Fact>(parsed.facts, factDecoders, skipped)
  if (E.isLeft(facts)) return E.left(corrupt(stored, facts.left))
  const decisions = decodeAll<Decision>(parsed.decisions, decisionDecoders, skipped)
  if (E.isLeft(decisions)) return E.left(corrupt(stored, decisions.left))
  return E.right({
    round: { number: stored.number, at: parsed.at, facts: facts.right, decisions: decisions.right },
    firstPosition: stored.firstPosition,
    hash: stored.hash
  })
}

const corrupt = ({ number }: StoredRound, what: string): Fault => fault('FG_LEDGER_CORRUPT', `round ${number}: ${what}`)

interface Parsed {
  readonly at: number
  readonly facts: ReadonlyArray<unknown>
  readonly decisions: ReadonlyArray<unknown>
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const parse = (bytes: Uint8Array): Parsed | undefined => {
  let value: unknown
  try {
    value = JSON.parse(utf8.decode(bytes))
  } catch {
    return undefined
  }
  return isRound(value) ? value : undefined
}

const isRound = (value: unknown): value is Parsed =>
  typeof value === 'object' &&
  value !== null &&
  'at' in value &&
  Number.isSafeInteger(value.at) &&
  'facts' in value &&
  Array.isArray(value.facts) &&
  'decisions' in value &&
  Array.isArray(value.decisions)

const decodeAll = <A>(
  items: ReadonlyArray<unknown>,
  known: typeof factDecoders | typeof decisionDecoders,
  skipped: Skipped
): E.Either<string, ReadonlyArray<A>> => {
  const events: Array<A> = []
  for (const item of items) {
    const type = typeof item === 'object' && item !== null && 'type' in item && typeof item.type === 'string' ? item.type : ''
    const decode = known.get(type)
    if (decode === undefined) {
      skipped(type)
      // No view knows its type either, so all of them pass over it.
      events.push(item as A)
      continue
    }
    const decoded = decode(item)
    if (E.isLeft(decoded)) return E.left(`${type}: ${sayErrors(decoded.left).slice(0, 3).join('; ')}`)
    events.push(decoded.right as A)
  }
  return E.right(events)
}
