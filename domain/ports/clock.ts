/** Time comes from outside, once a round. */
export interface Clock {
  /** ms since 1970 by a monotonic clock that was anchored to the wall clock: never earlier than an answer before. */
  readonly nowMs: () => number
  /**
   * The wall clock and the monotonic one parted by more than a minute (sleep, or somebody set the clock): from when to when `nowMs`
   * moved for it. Told once.
   */
  readonly takeStep: () => ClockStep | undefined
}

export interface ClockStep {
  readonly fromMs: number
  readonly toMs: number
}
