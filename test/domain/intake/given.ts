/** Given facts, when an input comes, then these facts: and the same input again records nothing, since everything may be sent twice. */
import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import { fold } from '../../../domain/cluster/fold.ts'
import { initial, type State } from '../../../domain/cluster/state.ts'
import type { Event } from '../../../domain/events/event.ts'
import type { Fact } from '../../../domain/events/facts.ts'
import type { Said, Stream } from '../../../domain/events/inputs.ts'
import { inputTypes } from '../../../domain/events/inputs.ts'
import { nothingHeard } from '../../../domain/intake/heard.ts'
import type { Input } from '../../../domain/events/input.ts'
import { intake } from '../../../domain/intake/intake.ts'

export const at = 1_700_000_000_000

const hexOf = (text: string, digits: number): string => createHash('sha256').update(text).digest('hex').slice(0, digits)

/** An input as the edge would make it: the id names it, and its content decides its digest. */
export const inputOf = (said: Said, id = 'a', timeMs = at): Input => {
  const stream: Stream = inputTypes[said.type].stream
  const content = hexOf(JSON.stringify(said), 64)
  const cause = { source: 'test', id, key: hexOf(`test ${id}`, 32), digest: content.slice(0, 16) }
  return { stream, position: 0, sha256: content, timeMs, said, cause }
}

export const given = (...past: ReadonlyArray<Event>) => {
  const before = (): State => fold(initial(), past, at)
  return {
    when: (said: Said, id = 'a', timeMs = at) => {
      const input = inputOf(said, id, timeMs)
      const facts = intake(before(), nothingHeard(), input, at).facts
      const again = (): ReadonlyArray<Fact> => intake(fold(before(), facts, at), nothingHeard(), input, at).facts
      return {
        facts,
        then: (...expected: ReadonlyArray<Partial<Fact>>): void => {
          expect(facts).toHaveLength(expected.length)
          expected.forEach((fact, index) => expect(facts[index]).toMatchObject(fact))
          expect(again()).toEqual([])
        },
        thenRefused: (...codes: ReadonlyArray<string>): void => {
          expect(facts).toHaveLength(1)
          const [fact] = facts
          expect(fact?.type === 'InputRefused' ? fact.reasons.map((reason) => reason.code) : facts).toEqual(codes)
        }
      }
    }
  }
}
