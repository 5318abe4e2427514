/**
 * Chance without a source of chance: a number that looks random and is a function of integers that stand in the ledger, so that a
 * random choice is made again, and the same, at replay.
 */

/** Stirs one word into a 32-bit hash (the steps of MurmurHash3). */
export const stir = (hash: number, word: number): number => {
  let value = Math.imul(hash ^ word, 0x85ebca6b)
  value ^= value >>> 13
  value = Math.imul(value, 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}

const WORD = 2 ** 32

/** Stirs an integer of up to 2^53 into a hash. */
export const stirWide = (hash: number, value: number): number => stir(stir(hash, value | 0), Math.floor(value / WORD))

/** A number from 0 to `bound` - 1, evenly, from 32 stirred bits. */
export const below = (bits: number, bound: number): number => Math.floor((bits * bound) / WORD)
