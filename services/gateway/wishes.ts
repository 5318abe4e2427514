/**
 * From a decoded wish to its answer: appended to its stream, many at once in one append, and then, if the client wants to know, what
 * an accepted round made of it. Bounded: beyond so many waiting wishes the gateway is busy, and says so at once.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Cause } from '../../domain/events/cause.ts'
import type { InputType, Stream } from '../../domain/events/inputs.ts'
import type { InputRecord } from '../../domain/ports/eventLog.ts'
import { inputDigest, inputKey } from '../../infra/ledger/inputHash.ts'
import type { Backend, Outcome } from './backend.ts'
import { broken, busy, type Failure } from './failure.ts'
import type { Outcomes, Waiting } from './outcomes.ts'

export interface Wish {
  readonly id: string
  readonly data: unknown
}

export interface Granted {
  readonly id: string
  /** In the stream of inputs. */
  readonly position: number
  /** undefined: nobody waited for it, or not long enough. */
  readonly outcome: Outcome | undefined
}

export interface Wishes {
  readonly source: string
  readonly send: (
    stream: Stream,
    type: InputType,
    wishes: ReadonlyArray<Wish>,
    wait: boolean
  ) => Promise<E.Either<Failure, ReadonlyArray<Granted>>>
}

export interface WishLimits {
  readonly waitMsMax: number
  readonly waitingMax: number
}

export const wishesOf = (backend: Pick<Backend, 'pool' | 'append'>, outcomes: Outcomes, limits: WishLimits): Wishes => {
  const source = `/pools/${backend.pool}/api`
  let waiting = 0
  const send: Wishes['send'] = async (stream, type, wishes, wait) => {
    if (waiting + wishes.length > limits.waitingMax)
      return E.left(busy(`${waiting} wishes are waiting already; at most ${limits.waitingMax} may`))
    waiting += wishes.length
    const time = new Date().toISOString()
    const records = wishes.map(({ id, data }): InputRecord => ({ id, source, type, time, data: Buffer.from(JSON.stringify(data)) }))
    const expected = wait ? records.map((record) => outcomes.expect(stream, causeOf(record))) : []
    try {
      const appended = await backend.append(stream, records)()
      if (E.isLeft(appended)) return E.left(broken(appended.left))
      const positions = appended.right
      expected.forEach((one, index) => one.appendedAt(positions[index]!))
      const answers = await within(limits.waitMsMax, expected)
      return E.right(wishes.map(({ id }, index) => ({ id, position: positions[index]!, outcome: answers[index] })))
    } finally {
      for (const one of expected) one.giveUp()
      waiting -= wishes.length
    }
  }
  return { source, send }
}

const causeOf = (record: InputRecord): Cause => ({
  source: record.source,
  id: record.id,
  key: inputKey(record.source, record.id),
  digest: inputDigest(record.type, record.data)
})

/** Waits for all together; who has no answer by then has none. */
const within = async (waitMsMax: number, expected: ReadonlyArray<Waiting>): Promise<ReadonlyArray<Outcome | undefined>> => {
  if (expected.length === 0) return []
  const timer = setTimeout(() => expected.forEach((one) => one.giveUp()), waitMsMax)
  const answers = await Promise.all(expected.map((one) => one.outcome))
  clearTimeout(timer)
  return answers
}
