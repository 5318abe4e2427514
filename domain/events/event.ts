/** All that a ledger can hold. */
import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import { decisionCodecs, type Decision } from './decisions.ts'
import { factCodecs, type Fact } from './facts.ts'

export type { Decision, Fact }
export type Event = Fact | Decision
export type EventType = Event['type']
export type EventOf<T extends EventType> = Extract<Event, { readonly type: T }>

type Decoder<A> = (data: unknown) => t.Validation<A>

/** Reads a stored event into the latest version of its type. An upcaster of an older version goes straight to the latest. */
const decoders = <A>(codecs: Readonly<Record<string, t.Type<A>>>): ReadonlyMap<string, Decoder<A>> =>
  new Map(Object.entries(codecs).map(([tag, codec]) => [tag, codec.decode.bind(codec)]))

/** Keyed by the stored tag. What is not here is unknown: a view skips and counts it, the scheduler stops on it. */
export const factDecoders = decoders<Fact>(factCodecs as unknown as Readonly<Record<string, t.Type<Fact>>>)
export const decisionDecoders = decoders<Decision>(decisionCodecs as unknown as Readonly<Record<string, t.Type<Decision>>>)

export const isDecision = (event: Event): event is Decision => Object.hasOwn(decisionCodecs, event.type)

/** Both halves as one list, in the order in which they are folded and counted. */
export const eventsOf = (round: {
  readonly facts: ReadonlyArray<Fact>
  readonly decisions: ReadonlyArray<Decision>
}): ReadonlyArray<Event> => [...round.facts, ...round.decisions]

export const decodeWith = <A>(known: ReadonlyMap<string, Decoder<A>>, tag: string, data: unknown): E.Either<string, t.Validation<A>> => {
  const decode = known.get(tag)
  return decode === undefined ? E.left(`unknown event type ${tag.slice(0, 64)}`) : E.right(decode(data))
}
