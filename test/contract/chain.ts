/** Appending to a ledger that is expected to answer, and reading all of it. */
import { expect } from 'vitest'
import { genesis, type Round } from '../../domain/events/round.ts'
import type { Appended, Ledger, StoredRound } from '../../domain/ports/ledger.ts'
import { hashOf } from '../../infra/ledger/hash.ts'
import { valueOf } from './place.ts'

export const append = async (ledger: Ledger, bytes: Uint8Array): Promise<Appended> => valueOf(await ledger.append(bytes)())

/** Every accepted round, and that they are one chain. */
export const readChain = async (ledger: Ledger, bytesMax = 4_000_000): Promise<ReadonlyArray<StoredRound>> => {
  const chain: Array<StoredRound> = []
  let prev = genesis.hash
  let position = 0
  for (;;) {
    const rounds = valueOf(await ledger.read(chain.length, bytesMax)())
    if (rounds.length === 0) return chain
    for (const round of rounds) {
      const decoded = JSON.parse(new TextDecoder().decode(round.bytes)) as Round
      expect([round.number, round.hash, round.firstPosition]).toEqual([chain.length, hashOf(round.bytes), position])
      expect([decoded.number, decoded.prev]).toEqual([chain.length, prev])
      prev = round.hash
      position += decoded.facts.length + decoded.decisions.length
      chain.push(round)
    }
  }
}
