/** The machine's clock: never backwards, and its jumps are told. */
import { expect, it } from 'vitest'
import { CLOCK_STEP_MS, systemClock } from '../../infra/clock/systemClock.ts'

const sources = () => {
  const now = { wall: 1_000_000, mono: 50 }
  return { now, wallMs: () => now.wall, monotonicMs: () => now.mono }
}

it('runs by the monotonic timer, whatever small things happen to the wall clock', () => {
  const { now, ...given } = sources()
  const clock = systemClock(0, given)
  now.mono += 500
  now.wall -= CLOCK_STEP_MS - 1_000
  expect([clock.nowMs(), clock.takeStep()]).toEqual([1_000_500, undefined])
})

it('follows a jump ahead, and tells it once', () => {
  const { now, ...given } = sources()
  const clock = systemClock(0, given)
  now.wall += 3_600_000
  expect(clock.nowMs()).toBe(4_600_000)
  expect(clock.takeStep()).toEqual({ fromMs: 1_000_000, toMs: 4_600_000 })
  expect(clock.takeStep()).toBeUndefined()
})

it('stands still after a jump back until the wall clock has caught up', () => {
  const { now, ...given } = sources()
  const clock = systemClock(0, given)
  now.wall -= 3_600_000
  now.mono += 10
  expect(clock.nowMs()).toBe(1_000_000)
  expect(clock.takeStep()).toMatchObject({ toMs: 1_000_000 - 3_600_000 })
})

it('begins no earlier than the ledger ended', () => {
  const { now, ...given } = sources()
  const clock = systemClock(2_000_000, given)
  expect(clock.nowMs()).toBe(2_000_000)
  now.mono += 2_000_000
  now.wall += 2_000_000
  expect(clock.nowMs()).toBe(3_000_000)
})
