/** Query strings and path parts, decoded as strictly as bodies are: what is unknown or malformed is refused, not ignored. */
import * as E from 'fp-ts/lib/Either.js'
import { malformed, type Failure } from './failure.ts'

/** Reads one parameter, or says what was expected. */
export type Reader<A> = (text: string) => E.Either<string, A>

export const numeral =
  (min: number, max: number): Reader<number> =>
  (text) => {
    const value = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN
    return value >= min && value <= max ? E.right(value) : E.left(`an integer from ${min} to ${max}`)
  }

export const word =
  <const Words extends ReadonlyArray<string>>(words: Words): Reader<Words[number]> =>
  (text) => {
    const known = words.find((one) => one === text)
    return known === undefined ? E.left(`one of ${words.join(', ')}`) : E.right(known)
  }

export const flag: Reader<boolean> = (text) =>
  text === 'true' || text === '1' ? E.right(true) : text === 'false' || text === '0' ? E.right(false) : E.left('true or false')

export const matching =
  (pattern: RegExp, expected: string): Reader<string> =>
  (text) =>
    pattern.test(text) ? E.right(text) : E.left(expected)

/** J12 or 12. */
export const jobNumber: Reader<number> = (text) => {
  const digits = /^J?(0|[1-9][0-9]{0,9})$/.exec(text)?.[1]
  const value = digits === undefined ? Number.NaN : Number(digits)
  return value < 2 ** 31 ? E.right(value) : E.left('the number of a job, such as J12')
}

type Read<R extends Readonly<Record<string, Reader<unknown>>>> = {
  readonly [K in keyof R]?: R[K] extends Reader<infer A> ? A : never
}

/** All parameters of a query, each there at most once. */
export const readQuery = <R extends Readonly<Record<string, Reader<unknown>>>>(query: unknown, readers: R): E.Either<Failure, Read<R>> => {
  const found: Record<string, unknown> = {}
  const wrong: Array<string> = []
  for (const [key, text] of Object.entries(query ?? {})) {
    const reader = Object.hasOwn(readers, key) ? readers[key] : undefined
    if (reader === undefined) {
      const known = Object.keys(readers)
      wrong.push(`${key}: unknown parameter; ${known.length === 0 ? 'there are none here' : `known are ${known.join(', ')}`}`)
    } else {
      const value = typeof text === 'string' ? reader(text) : E.left('to stand here once')
      if (E.isRight(value)) found[key] = value.right
      else wrong.push(`${key}: expected ${value.left}`)
    }
  }
  // Each value comes from the reader of its key.
  return wrong.length === 0 ? E.right(found as Read<R>) : E.left(malformed(wrong.slice(0, WRONG_MAX)))
}

const WRONG_MAX = 20

export const readPart = <A>(name: string, text: string, reader: Reader<A>): E.Either<Failure, A> => {
  const value = reader(text)
  return E.isRight(value) ? value : E.left(malformed([`${name}: expected ${value.left}, got "${text.slice(0, 40)}"`]))
}
