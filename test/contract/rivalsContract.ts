/** What a ledger does between writers that do not know of each other: one chain, on which all readers agree. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { advance, genesis, type Head } from '../../domain/events/round.ts'
import type { Ledger } from '../../domain/ports/ledger.ts'
import { hashOf } from '../../infra/ledger/hash.ts'
import { decodeVerified, encodeRound } from '../../infra/ledger/roundJson.ts'
import { roundAfter } from '../ledger/rounds.ts'
import { delaying } from './faults.ts'
import { append, readChain } from './chain.ts'
import { valueOf, type Place } from './place.ts'

/** A scheduler as far as a ledger sees it: it appends on what it believes to be the head, and learns better when it reads. */
interface Writer {
  readonly name: string
  readonly ledger: Ledger
  believes: Head
}

const writerOf = (name: string, ledger: Ledger): Writer => ({ name, ledger, believes: genesis })

/** Appends a round on what the writer believes; `epochs` is 1 for a claim. The writer goes on as if it had been accepted. */
const write = (writer: Writer, epochs: number): { readonly hash: string; readonly answer: ReturnType<typeof append> } => {
  const round = roundAfter(writer.believes, { leader: writer.name, epoch: Math.max(1, writer.believes.epoch) + epochs })
  const bytes = encodeRound(round)
  writer.believes = advance(round, hashOf(bytes), 1, writer.believes)
  return { hash: writer.believes.hash, answer: append(writer.ledger, bytes) }
}

const catchUp = async (writer: Writer): Promise<void> => {
  writer.believes = valueOf(await writer.ledger.head()())
}

export const rivalsContract = (place: () => Place<Ledger>): void => {
  test('a claim of the next epoch ends the reign of the leader before, whose rounds never happened', async () => {
    const old = writerOf('a', await place().open())
    const young = writerOf('b', await place().open())
    await write(old, 0).answer
    await catchUp(young)
    expect((await write(young, 1).answer).type).toBe('Accepted')
    // The zombie goes on, as it has not read the ledger since.
    for (let number = 0; number < 3; number++) expect((await write(old, 0).answer).type).toBe('Rejected')
    await catchUp(old)
    const stale = await append(old.ledger, encodeRound(roundAfter(old.believes, { leader: 'a', epoch: 1 })))
    expect(stale.type === 'Rejected' && stale.rejection).toBe('StaleEpoch')
    expect((await write(young, 0).answer).type).toBe('Accepted')
    expect((await readChain(old.ledger)).map((round) => decodeVerified(round.bytes).leader)).toEqual(['a', 'b', 'b'])
    await Promise.all([old.ledger.close(), young.ledger.close()])
  })

  test('of several claims of one epoch, one wins', async () => {
    const writers = await Promise.all(['a', 'b', 'c', 'd'].map(async (name) => writerOf(name, await place().open())))
    const answers = await Promise.all(writers.map((writer) => write(writer, 0).answer))
    expect(answers.filter((answer) => answer.type === 'Accepted').length).toBe(1)
    await Promise.all(writers.map((writer) => writer.ledger.close()))
  })

  test('any interleaving of writers makes one chain on which all of them agree', async () => {
    const opened = await Promise.all([place().open(), place().open(), place().open()])
    const steps = fc.array(
      fc.record({
        writer: fc.nat({ max: opened.length - 1 }),
        act: fc.constantFrom('write' as const, 'write' as const, 'claim' as const, 'catchUp' as const, 'wait' as const),
        turns: fc.nat({ max: 3 })
      }),
      { minLength: 1, maxLength: 40 }
    )
    await fc.assert(
      fc.asyncProperty(steps, async (chosen) => {
        const writers = opened.map((ledger, index) =>
          writerOf(
            `w${index}`,
            delaying(ledger, () => chosen[index % chosen.length]!.turns)
          )
        )
        const heads = await Promise.all(opened.map(async (ledger) => valueOf(await ledger.head()())))
        writers.forEach((writer, index) => (writer.believes = heads[index]!))
        const written: Array<ReturnType<typeof write>> = []
        for (const { writer, act } of chosen) {
          const mine = writers[writer]!
          if (act === 'catchUp') await catchUp(mine)
          else if (act === 'wait') await written.at(-1)?.answer
          else written.push(write(mine, act === 'claim' ? 1 : 0))
        }
        const answers = await Promise.all(written.map((one) => one.answer))
        const chains = await Promise.all(opened.map((ledger) => readChain(ledger)))
        const hashes = new Set(chains[0]!.map((round) => round.hash))
        for (const chain of chains) expect(chain.map((round) => round.hash)).toEqual([...hashes])
        answers.forEach((answer, index) => {
          // Two writers never make the same round, since each names its leader; so a rejected round is nowhere.
          if (answer.type === 'Accepted') expect(hashes.has(written[index]!.hash)).toBe(true)
        })
        const acceptedCount = chains[0]!.length - (heads[0]!.number + 1)
        expect(answers.filter((answer) => answer.type === 'Accepted').length).toBe(acceptedCount)
      }),
      { numRuns: 25 }
    )
    await Promise.all(opened.map((ledger) => ledger.close()))
  }, 60_000)
}
