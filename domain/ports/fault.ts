/** The world broke: a value, never an exception. Refusals are answers and bugs are thrown; do not mix the three. */
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
