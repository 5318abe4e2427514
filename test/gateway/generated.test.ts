/** More than 10,000 generated bad inputs over HTTP: each is refused with a code, and none changes anything. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { givenGateway } from './given.ts'
import { spoiled, targets } from './nearlyValid.ts'

const INPUTS_MIN = 10_000
const AT_ONCE = 16

const { memory, call } = await givenGateway()
const ends = async (): Promise<ReadonlyArray<unknown>> =>
  Promise.all((['jobs', 'orders', 'heartbeats'] as const).map((stream) => memory.eventLog.end(stream)()))

const isValid = (text: string, accepts: (body: unknown) => boolean): boolean => {
  try {
    return accepts(JSON.parse(text))
  } catch {
    return false
  }
}

const one = fc.nat(targets.length - 1).chain((index) => spoiled(targets[index]!.valid).map((text) => ({ ...targets[index]!, text })))

test('a spoiled body is refused with 4xx, a code and little text, and the streams stay as they were', async () => {
  const before = await ends()
  let sent = 0
  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (inputs) => {
      // What was spoiled may be valid still, such as a name with another letter.
      const bad = inputs.filter(({ text, accepts }) => !isValid(text, accepts))
      const answers = await Promise.all(bad.map(({ method, path, text }) => call({ method, path, body: text })))
      for (const [index, answer] of answers.entries()) {
        const asked = `${bad[index]!.path} ${bad[index]!.text.slice(0, 300)}`
        expect([asked, answer.status, answer.code]).toEqual([asked, 400, 'FG_INPUT_MALFORMED'])
        expect(Buffer.byteLength(answer.text), asked).toBeLessThanOrEqual(1_024)
      }
      sent += bad.length
      expect(await ends()).toEqual(before)
    }),
    { numRuns: Math.ceil((INPUTS_MIN * 1.5) / AT_ONCE) }
  )
  expect(sent).toBeGreaterThanOrEqual(INPUTS_MIN)
  expect((await call({ path: '/healthz' })).status).toBe(200)
}, 60_000)

test('the bodies that are spoiled were valid before', () => {
  for (const { valid, accepts, path } of targets)
    fc.assert(
      fc.property(valid, (body) => {
        const sent: unknown = JSON.parse(JSON.stringify(body))
        expect(accepts(sent), `${path} ${JSON.stringify(body)}`).toBe(true)
      }),
      { numRuns: 200 }
    )
})
