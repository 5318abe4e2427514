/** The idempotency window, at its real bounds and at small ones, against a list that is searched from end to end. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fold } from '../../../domain/cluster/fold.ts'
import { editIds, emptyIds, entriesOf, forgetBefore, keepIds, lookUp, remember, sealIds, WINDOW } from '../../../domain/cluster/ids.ts'
import { initial } from '../../../domain/cluster/state.ts'
import { breaches } from '../../../domain/cluster/invariants.ts'
import { decoded } from '../arbitraries/events.ts'

const DAY_MS = 86_400_000
const keyOf = (number: number): string => (number % 7).toString(16).padStart(8, '0') + number.toString(16).padStart(24, '0')
const causeOf = (number: number, digest = 0): { source: string; id: string; key: string; digest: string } => ({
  source: 's',
  id: `i${number}`,
  key: keyOf(number),
  digest: digest.toString(16).padStart(16, '0')
})
const noted = (number: number, digest = 0): ReturnType<typeof decoded> =>
  decoded({ type: 'InputNoted', cause: causeOf(number, digest), input: 'x' })

test('the window is seven days and two million inputs', () => {
  expect(WINDOW).toEqual({ windowMs: 7 * DAY_MS, idsMax: 2_000_000 })
})

describe('an input that was taken', () => {
  const state = fold(initial(), [noted(1)], 10 * DAY_MS)

  test('is known, with the same content and with another', () => {
    expect(lookUp(state.ids, causeOf(1))).toEqual({ sameContent: true, job: -1 })
    expect(lookUp(state.ids, causeOf(1, 5))).toEqual({ sameContent: false, job: -1 })
    expect(lookUp(state.ids, causeOf(2))).toBeUndefined()
  })

  test('is known for seven days and forgotten after that, and the start of the window says so', () => {
    const last = fold(state, [], 17 * DAY_MS)
    expect(lookUp(last.ids, causeOf(1))).toBeDefined()
    const after = fold(last, [], 17 * DAY_MS + 1)
    expect(lookUp(after.ids, causeOf(1))).toBeUndefined()
    expect(after.ids.windowStartMs).toBe(10 * DAY_MS + 1)
  })
})

test('the oldest input leaves when the window is full, and the window starts behind it', () => {
  const state = fold(fold(initial({ windowMs: 1000, idsMax: 2 }), [noted(1), noted(2)], 50), [noted(3)], 60)
  expect([...entriesOf(state.ids)].map((entry) => entry.key)).toEqual([keyOf(2), keyOf(3)])
  expect(state.ids.windowStartMs).toBe(51)
})

test('a window that was full forgets the rest of its oldest moment when that is too old', () => {
  const full = fold(initial({ windowMs: 100, idsMax: 2 }), [noted(1), noted(2), noted(3)], 50)
  expect(full.ids.windowStartMs).toBe(51)
  expect([...entriesOf(fold(full, [], 151).ids)]).toEqual([])
})

test('an input that is remembered already keeps its place and its content', () => {
  const state = fold(initial(), [noted(1, 1), noted(2), noted(1, 2)], 50)
  expect([...entriesOf(state.ids)].map((entry) => entry.key)).toEqual([keyOf(1), keyOf(2)])
  expect(lookUp(state.ids, causeOf(1, 1))?.sameContent).toBe(true)
})

/** Thousands of inputs, so that pages are filled, given back and taken again, and the index grows while entries leave it. */
test('it equals a list that is searched, however inputs and time come', () => {
  const bursts = fc.array(fc.tuple(fc.integer({ min: 1, max: 900 }), fc.nat(60), fc.nat(3000)), { maxLength: 12, size: 'max' })
  fc.assert(
    fc.property(bursts, fc.constantFrom(700, 1500, 100_000), (all, idsMax) => {
      let ids = emptyIds({ windowMs: 100, idsMax })
      let list: Array<{ key: string; atMs: number }> = []
      let atMs = 0
      for (const [count, laterMs, from] of all) {
        atMs += laterMs
        const edit = editIds(ids)
        forgetBefore(edit, atMs)
        list = list.filter((entry) => entry.atMs >= atMs - 100)
        const there = new Set(list.map((entry) => entry.key))
        for (let number = from; number < from + count; number++) {
          remember(edit, causeOf(number), number, atMs)
          if (there.has(keyOf(number))) continue
          if (list.length === idsMax) there.delete(list.shift()!.key)
          list.push({ key: keyOf(number), atMs })
          there.add(keyOf(number))
        }
        ids = sealIds(edit)
      }
      expect([...entriesOf(ids)].map(({ key, atMs }) => ({ key, atMs }))).toEqual(list)
      expect(breaches({ ...initial(), ids })).toEqual([])
    }),
    { numRuns: 60 }
  )
})

test('a kept window does not see what is remembered or forgotten later', () => {
  const edit = editIds(emptyIds({ windowMs: 100, idsMax: 3000 }))
  for (let number = 0; number < 2500; number++) remember(edit, causeOf(number), number, 0)
  const ids = sealIds(edit)
  const kept = keepIds(ids)
  const was = [...entriesOf(kept)]
  const later = editIds(ids)
  forgetBefore(later, 101)
  for (let number = 5000; number < 9000; number++) remember(later, causeOf(number), number, 101)
  expect(sealIds(later).count).toBe(3000)
  expect([...entriesOf(kept)]).toEqual(was)
  expect(lookUp(kept, causeOf(2499))).toEqual({ sameContent: true, job: 2499 })
  expect(lookUp(kept, causeOf(5000))).toBeUndefined()
  expect(() => lookUp(ids, causeOf(1))).toThrow('spent')
})
