/** Sets of wait codes as bit masks: bit i is WAIT_CODES[i]. */
import { WAIT_CODES, type WaitCode } from './decisions.ts'

export const waitBit = (code: WaitCode): number => 1 << WAIT_CODES.indexOf(code)

export const waitMaskOf = (codes: ReadonlyArray<WaitCode>): number => codes.reduce((mask, code) => mask | waitBit(code), 0)

/** In the order of WAIT_CODES. */
export const waitCodesOf = (mask: number): ReadonlyArray<WaitCode> => WAIT_CODES.filter((_, index) => (mask & (1 << index)) !== 0)
