/** What every ledger does, whatever it is made of. An adapter's test file calls this with a way to make an empty one. */
import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { advance, genesis, ROUND_BYTES_MAX, type Head, type Rejection, type Round } from '../../domain/events/round.ts'
import type { Ledger } from '../../domain/ports/ledger.ts'
import { hashOf } from '../../infra/ledger/hash.ts'
import { encodeRound } from '../../infra/ledger/roundJson.ts'
import { bytesAfter, largeRoundAfter, roundAfter, START_MS } from '../ledger/rounds.ts'
import { append, readChain } from './chain.ts'
import { duplicating, losingAnswers } from './faults.ts'
import { rivalsContract } from './rivalsContract.ts'
import { until, valueOf, type Place } from './place.ts'

const ALL = Number.MAX_SAFE_INTEGER

const accepted = async (ledger: Ledger, bytes: Uint8Array): Promise<Head> => {
  const answer = await append(ledger, bytes)
  if (answer.type === 'Rejected') throw new Error(`rejected: ${answer.rejection}`)
  return answer.head
}

const rejected = async (ledger: Ledger, bytes: Uint8Array): Promise<Rejection> => {
  const answer = await append(ledger, bytes)
  if (answer.type === 'Accepted') throw new Error('accepted')
  return answer.rejection
}

const codeOf = async (ledger: Ledger, bytes: Uint8Array): Promise<string> => {
  const answer = await ledger.append(bytes)()
  if (E.isRight(answer)) throw new Error('no fault')
  return answer.left.code
}

export const ledgerContract = (name: string, make: () => Promise<Place<Ledger>>): void => {
  describe(`a ledger (${name})`, () => {
    let place: Place<Ledger>
    let ledger: Ledger
    beforeEach(async () => {
      place = await make()
      ledger = await place.open()
    })
    afterEach(() => place.remove())

    test('begins empty', async () => {
      expect(valueOf(await ledger.head()())).toEqual(genesis)
      expect(valueOf(await ledger.read(0, ALL)())).toEqual([])
    })

    test('answers the rounds that it accepted, with their positions and hashes', async () => {
      const first = await accepted(ledger, bytesAfter(genesis))
      const second = await accepted(ledger, bytesAfter(first, { facts: [...roundAfter(first).facts, ...roundAfter(first).facts] }))
      const third = await accepted(ledger, bytesAfter(second, { facts: [] }))
      expect(valueOf(await ledger.head()())).toEqual(third)
      expect([first.events, second.events, third.events]).toEqual([1, 3, 3])
      expect((await readChain(ledger)).map((round) => round.hash)).toEqual([first.hash, second.hash, third.hash])
    })

    test('reads from any number, within the bytes that were asked for, but at least one round', async () => {
      let head = genesis
      const sizes: Array<number> = []
      for (let number = 0; number < 5; number++) {
        const bytes = bytesAfter(head)
        sizes.push(bytes.length)
        head = await accepted(ledger, bytes)
      }
      const numbers = async (from: number, bytesMax: number) => valueOf(await ledger.read(from, bytesMax)()).map((round) => round.number)
      expect(await numbers(0, ALL)).toEqual([0, 1, 2, 3, 4])
      expect(await numbers(2, 1)).toEqual([2])
      expect(await numbers(2, sizes[2]! + sizes[3]!)).toEqual([2, 3])
      expect(await numbers(2, sizes[2]! + sizes[3]! - 1)).toEqual([2])
      expect(await numbers(5, ALL)).toEqual([])
      expect(await numbers(99, ALL)).toEqual([])
    })

    test('rejects what does not follow, says why, and stays as it was', async () => {
      const first = await accepted(ledger, bytesAfter(genesis, { epoch: 1, at: START_MS + 10 }))
      const head = await accepted(ledger, bytesAfter(first, { epoch: 2 }))
      const other = '7'.repeat(64)
      const cases: ReadonlyArray<readonly [Partial<Round>, Rejection]> = [
        [{ prev: other }, 'WrongPredecessor'],
        [{ number: 1 }, 'WrongNumber'],
        [{ number: 3 }, 'WrongNumber'],
        [{ at: START_MS + 9 }, 'TimeWentBack'],
        [{ epoch: 1 }, 'StaleEpoch'],
        [{ epoch: 4 }, 'EpochSkipped'],
        [{ leader: 'b' }, 'NotTheLeader']
      ]
      for (const [wrong, why] of cases) expect(await rejected(ledger, bytesAfter(head, wrong))).toBe(why)
      expect(valueOf(await ledger.head()())).toEqual(head)
      expect((await readChain(ledger)).length).toBe(2)
      await accepted(ledger, bytesAfter(head))
    })

    test('rejects the same bytes again, and changes nothing', async () => {
      const bytes = bytesAfter(genesis)
      const head = await accepted(ledger, bytes)
      expect(await rejected(ledger, bytes)).toBe('WrongNumber')
      expect(valueOf(await ledger.head()())).toEqual(head)
    })

    test('holds a round once when each append arrives twice', async () => {
      const twice = duplicating(ledger, () => true)
      let head = genesis
      for (let number = 0; number < 20; number++) head = await accepted(twice, bytesAfter(head))
      expect((await readChain(ledger)).length).toBe(20)
    })

    test('holds a round once when its answer is lost and the same bytes are appended again', async () => {
      const lossy = losingAnswers(ledger, (number) => number % 2 === 0)
      let head = genesis
      for (let number = 0; number < 20; number++) {
        const bytes = bytesAfter(head)
        let answer = await lossy.append(bytes)()
        // The fault left open whether the round is there, so its writer reads on, and appends it again if it is not.
        if (E.isLeft(answer)) answer = await lossy.append(bytes)()
        const there = valueOf(await ledger.read(number, ALL)())
        expect(there.map((round) => round.hash)).toEqual([hashOf(bytes)])
        head = advance(roundAfter(head), hashOf(bytes), 1, head)
      }
      expect((await readChain(ledger)).length).toBe(20)
    })

    test('accepts rounds that follow each other without waiting for any answer', async () => {
      let head = genesis
      const answers: Array<Promise<unknown>> = []
      for (let number = 0; number < 100; number++) {
        const bytes = bytesAfter(head)
        answers.push(accepted(ledger, bytes))
        head = advance(roundAfter(head), hashOf(bytes), 1, head)
      }
      await Promise.all(answers)
      expect(valueOf(await ledger.head()())).toEqual(head)
    })

    test('rejects a round that overtook the one before it, and takes it afterwards', async () => {
      const first = bytesAfter(genesis)
      const second = bytesAfter(advance(roundAfter(genesis), hashOf(first), 1, genesis))
      const [late, early] = await Promise.all([append(ledger, second), append(ledger, first)])
      expect([late.type, early.type]).toEqual(['Rejected', 'Accepted'])
      await accepted(ledger, second)
    })

    test('refuses what is no round of this pool as a mistake of the writer', async () => {
      const good = Buffer.from(bytesAfter(genesis)).toString()
      for (const bad of ['', 'junk', '{}', good.slice(0, -1), `${good} `, good.replace('"number":0', '"number":"0"')])
        expect(await codeOf(ledger, Buffer.from(bad))).toBe('FG_ROUND_INVALID')
      expect(await codeOf(ledger, bytesAfter(genesis, { pool: 'other' }))).toBe('FG_LEDGER_FOREIGN')
      expect(await codeOf(ledger, largeRoundAfter(genesis, ROUND_BYTES_MAX + 10_000))).toBe('FG_ROUND_INVALID')
      expect(valueOf(await ledger.head()())).toEqual(genesis)
      await accepted(ledger, largeRoundAfter(genesis, ROUND_BYTES_MAX - 2_000))
    })

    test('keeps its rounds when the caller writes over the bytes it gave', async () => {
      const bytes = Uint8Array.from(bytesAfter(genesis))
      const head = await accepted(ledger, bytes)
      bytes.fill(0)
      expect((await readChain(ledger)).map((round) => round.hash)).toEqual([head.hash])
    })

    test('calls whoever watches, also when another writer appended, until they stop', async () => {
      const rival = await place.open()
      let calls = 0
      const stop = ledger.watch(() => calls++)
      const first = await accepted(ledger, bytesAfter(genesis))
      await until(() => calls >= 1)
      const before = calls
      const second = await accepted(rival, bytesAfter(first))
      await until(() => calls > before)
      stop()
      const stopped = calls
      await accepted(rival, bytesAfter(second))
      expect(valueOf(await ledger.head()()).number).toBe(2)
      expect(calls).toBe(stopped)
      await rival.close()
    })

    test('takes 100,000 rounds and answers them all', async () => {
      const roundCount = 100_000
      let head = genesis
      while (head.number < roundCount - 1) {
        const answers: Array<Promise<unknown>> = []
        for (let burst = 0; burst < 2_000; burst++) {
          const round = roundAfter(head)
          const bytes = encodeRound(round)
          answers.push(ledger.append(bytes)())
          head = advance(round, hashOf(bytes), 1, head)
        }
        await Promise.all(answers)
      }
      expect(valueOf(await ledger.head()())).toEqual(head)
      let prev = genesis.hash
      let number = 0
      for (
        let rounds = valueOf(await ledger.read(0, 1_000_000)());
        rounds.length > 0;
        rounds = valueOf(await ledger.read(number, 1_000_000)())
      )
        for (const round of rounds) {
          if (round.number !== number || round.firstPosition !== number || !Buffer.from(round.bytes).includes(prev))
            throw new Error(`round ${number} does not follow`)
          prev = round.hash
          number += 1
        }
      expect([number, prev]).toEqual([roundCount, head.hash])
    }, 60_000)

    rivalsContract(() => place)
  })
}
