/** Time comes from outside, once a round. */
export interface Clock {
  /** ms since 1970, never earlier than an answer before. */
  readonly nowMs: () => number
}
