/** The world broke: a value, never an exception. Refusals are answers and bugs are thrown; do not mix the three. */
import { errors, type FaultCode } from '../events/errors.ts'

export interface Fault {
  /** Stable, listed in docs/errors.md: FG_STORE_FULL, FG_LEDGER_CORRUPT, ... */
  readonly code: string
  /** What happened, in one sentence. */
  readonly message: string
  /** Whether the same call may succeed later without anybody's help. */
  readonly retriable: boolean
  /** What a person should do. */
  readonly next: string
}

/** A fault of a known code; the message says what happened here, and the table what to do, unless the caller knows better. */
export const fault = (code: FaultCode, message: string, overrides: Partial<Pick<Fault, 'retriable' | 'next'>> = {}): Fault => ({
  code,
  message,
  retriable: errors[code].retriable,
  next: errors[code].next,
  ...overrides
})
