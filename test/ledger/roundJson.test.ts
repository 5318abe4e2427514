/** The stored form of a round: what goes in comes out, and what is damaged is named. */
import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Round } from '../../domain/events/round.ts'
import { genesis } from '../../domain/events/round.ts'
import { countEvents } from '../../infra/ledger/countEvents.ts'
import { hashOf } from '../../infra/ledger/hash.ts'
import { decodeEnvelope, decodeRound, decodeVerified, encodeRound } from '../../infra/ledger/roundJson.ts'
import { roundAfter, roundsAny } from './rounds.ts'

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const bytesOf = (value: string): Uint8Array => new TextEncoder().encode(value)

const checkCorrupt = (bytes: Uint8Array, said: RegExp): void => {
  const decoded = decodeRound(bytes, 'round 0')
  if (E.isRight(decoded)) throw new Error('the round was read')
  expect(decoded.left.code).toBe('FG_LEDGER_CORRUPT')
  expect(decoded.left.message).toMatch(said)
}

describe('a stored round', () => {
  test('comes back as it was, whatever its events hold', () => {
    fc.assert(
      fc.property(roundsAny, (round: Round) => {
        const bytes = encodeRound(round)
        expect(decodeRound(bytes)).toEqual(E.right(round))
        expect(decodeVerified(bytes)).toEqual(round)
        const { facts, decisions, ...envelope } = round
        expect(decodeEnvelope(bytes)).toEqual(E.right(envelope))
        expect(countEvents(bytes)).toBe(facts.length + decisions.length)
      })
    )
  })

  test('has its keys in one order', () => {
    expect(text(encodeRound(roundAfter(genesis)))).toMatch(
      /^\{"pool":"default","number":0,"prev":"0{64}","epoch":1,"leader":"a","core":1,"at":\d+,"heardFrom":0,"consumed":\{"jobs":\{"next":0,"hash":"0{64}"\},"orders":\{"next":0,"hash":"0{64}"\},"heartbeats":\{"next":0\}\},"facts":\[.*\],"decisions":\[\]\}$/
    )
  })

  test('of the same content has the same bytes and the same hash', () => {
    const { pool, ...rest } = roundAfter(genesis)
    expect(hashOf(encodeRound({ ...rest, pool }))).toBe(hashOf(encodeRound({ pool, ...rest })))
  })

  test('that is damaged is refused with what was wrong', () => {
    const good = text(encodeRound(roundAfter(genesis)))
    checkCorrupt(bytesOf(''), /round 0 cannot be read: it is not JSON/)
    checkCorrupt(bytesOf(good.slice(0, -1)), /not JSON/)
    checkCorrupt(Uint8Array.of(0xff, 0xfe), /UTF-8/)
    checkCorrupt(bytesOf('[]'), /not a JSON object/)
    checkCorrupt(bytesOf(good.replace('"core":1', '"core":0')), /core: expected an integer/)
    checkCorrupt(bytesOf(good.replace('"core":1', '"core":1.5')), /core: expected an integer/)
    checkCorrupt(bytesOf(good.replace('"core":1,', '')), /its keys are not/)
    checkCorrupt(bytesOf(good.replace('"core":1', '"core":1,"extra":2')), /its keys are not/)
    checkCorrupt(bytesOf(good.replace('"pool":"default"', '"__proto__":{}')), /its keys are not/)
    checkCorrupt(bytesOf(good.replace('"tenant":0', '"tenant":-1')), /facts\[0\] \(TenantNamed\).*tenant: expected a tenant number/)
    checkCorrupt(bytesOf(good.replace('"tenant":0', '"tenant":0,"colour":"red"')), /unknown key/)
    checkCorrupt(bytesOf(good.replace('"facts":[', '"facts":[7,')), /facts\[0\].*not an event/)
  })

  test('with an event of a later version says so', () => {
    const later = decodeRound(bytesOf(text(encodeRound(roundAfter(genesis))).replace('TenantNamed', 'TenantNamed.v9')))
    expect(E.isLeft(later) && later.left.code).toBe('FG_EVENT_UNKNOWN')
  })

  test('is not counted where it is no round', () => {
    const good = text(encodeRound(roundAfter(genesis)))
    for (let bytes = 0; bytes < good.length; bytes++) expect(countEvents(bytesOf(good.slice(0, bytes)))).toBe(-1)
    for (const wrong of [`${good} `, good.replace('"facts":[', '"facts":[1,'), good.replace('"decisions":[]', '"decisions":[{]')])
      expect(countEvents(bytesOf(wrong))).toBe(-1)
  })
})
