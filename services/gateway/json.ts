/**
 * JSON from strangers. What could hurt is found before it is parsed: V8 blocks for seconds on deep brackets, and an engine drops a
 * repeated key without a word. What the parser would let through, such as a key that reaches a prototype, is found right after.
 */
import { isUtf8 } from 'node:buffer'
import * as E from 'fp-ts/lib/Either.js'

export const DEPTH_MAX = 32

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** The value, or in one sentence why the bytes are refused. */
export const parseJson = (bytes: Buffer): E.Either<string, unknown> => {
  if (!isUtf8(bytes)) return E.left('the body is not UTF-8')
  const members = countMembers(bytes)
  if (members < 0) return E.left(`the body is nested deeper than ${DEPTH_MAX} levels`)
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    return E.left('the body is not JSON')
  }
  const kept = keysOf(value)
  if (kept < 0) return E.left(`the body has a key that nobody may use: ${[...FORBIDDEN_KEYS].join(', ')}`)
  return kept === members ? E.right(value) : E.left('the body has an object with the same key twice')
}

/** How many keys all objects of the text have together; -1 where it is nested too deeply. Of a text that is no JSON it may say anything. */
const countMembers = (bytes: Buffer): number => {
  let depth = 0
  let members = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte === QUOTE) {
      at = closingQuote(bytes, at + 1)
      if (at < 0) return members
    } else if (byte === COLON) members += 1
    // [ and { differ in one bit, and so do ] and }.
    else if ((byte | 0x20) === 0x7b) {
      depth += 1
      if (depth > DEPTH_MAX) return -1
    } else if ((byte | 0x20) === 0x7d) depth -= 1
  }
  return members
}

const closingQuote = (bytes: Buffer, from: number): number => {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) return at
    if (byte === BACKSLASH) at += 1
  }
  return -1
}

/** How many keys all objects of a value have together; -1 where one of them is forbidden. */
export const keysOf = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) {
      const inside = keysOf(item)
      if (inside < 0) return -1
      count += inside
    }
    return count
  }
  for (const [key, item] of Object.entries(value)) {
    if (FORBIDDEN_KEYS.has(key)) return -1
    const inside = keysOf(item)
    if (inside < 0) return -1
    count += 1 + inside
  }
  return count
}
