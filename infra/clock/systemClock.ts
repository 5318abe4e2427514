/** The machine's clock, made monotonic: it runs by the monotonic timer and follows the wall clock only in steps that it tells. */
import type { Clock, ClockStep } from '../../domain/ports/clock.ts'

/** design.md 3: from here on the two clocks have parted. */
export const CLOCK_STEP_MS = 60_000

export interface TimeSources {
  readonly wallMs: () => number
  readonly monotonicMs: () => number
}

const machine: TimeSources = { wallMs: () => Date.now(), monotonicMs: () => performance.now() }

/** `notBeforeMs`: ledger time goes on from here, even where the wall clock was set back while nothing ran. */
export const systemClock = (notBeforeMs = 0, sources: TimeSources = machine): Clock => {
  let offsetMs = sources.wallMs() - sources.monotonicMs()
  let lastMs = Math.max(notBeforeMs, sources.wallMs())
  let step: ClockStep | undefined

  const nowMs = (): number => {
    const monotonicMs = sources.monotonicMs()
    const wallMs = sources.wallMs()
    if (Math.abs(wallMs - (monotonicMs + offsetMs)) >= CLOCK_STEP_MS) {
      step = { fromMs: step?.fromMs ?? Math.floor(monotonicMs + offsetMs), toMs: wallMs }
      offsetMs = wallMs - monotonicMs
    }
    lastMs = Math.max(lastMs, Math.floor(monotonicMs + offsetMs))
    return lastMs
  }

  const takeStep = (): ClockStep | undefined => {
    const told = step
    step = undefined
    return told
  }
  return { nowMs, takeStep }
}
