/**
 * Whatever is heard: intake, fold, plan and fold again, as the scheduler does it. Nothing that comes out breaks an invariant, contradicts
 * the state, or could not be stored and read again; and the slow model of the fold ends up with the same rows.
 */
import fc from 'fast-check'
import { isRight } from 'fp-ts/lib/Either.js'
import type { Validation } from 'io-ts'
import { describe, expect, test } from 'vitest'
import { fold } from '../../domain/cluster/fold.ts'
import { breaches } from '../../domain/cluster/invariants.ts'
import { WINDOW } from '../../domain/cluster/ids.ts'
import { initial, keep, type State } from '../../domain/cluster/state.ts'
import { decisionDecoders, factDecoders, type Event } from '../../domain/events/event.ts'
import type { Input, Poison } from '../../domain/events/input.ts'
import { DECISION_BYTES_MAX, FACT_BYTES_MAX } from '../../domain/events/round.ts'
import { planner } from '../../domain/policies/planner.ts'
import { mindOf, step, type Mind, type Step } from '../../domain/step.ts'
import { given, reportOf } from './arbitraries/inputs.ts'
import { foldReference } from './reference/fold.ts'
import { emptyReference } from './reference/model.ts'
import { rowsOfReference } from './reference/rows.ts'
import { rowsOf } from './reference/rowsOf.ts'

/** What is heard in a round, how much later the next one is, and what the agents report: of which process, and how it went. */
interface Heard {
  readonly inputs: ReadonlyArray<Input | Poison>
  readonly laterMs: number
  readonly reports: ReadonlyArray<readonly [which: number, code: number]>
}
const heard: fc.Arbitrary<Heard> = fc.record({
  inputs: fc.array(given, { maxLength: 8, size: 'max' }),
  laterMs: fc.constantFrom(0, 1, 60, 5_000),
  reports: fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 0, 1)), { maxLength: 8, size: 'max' })
})
const rounds = fc.array(heard, { maxLength: 16, size: 'max' })

interface Walked {
  readonly mind: Mind
  readonly steps: ReadonlyArray<Step & { readonly atMs: number }>
}

/** Steps until all inputs are taken, and then on until plan has nothing more to say. */
const walk = (all: ReadonlyArray<Heard>): Walked => {
  const steps: Array<Step & { readonly atMs: number }> = []
  let mind = mindOf(initial())
  let atMs = 1_000_000_000
  const take = (inputs: ReadonlyArray<Input | Poison>): Step => {
    const stepped = step(mind, inputs, [], atMs)
    mind = stepped.mind
    steps.push({ ...stepped, atMs })
    return stepped
  }
  for (const { inputs, laterMs, reports } of all) {
    atMs += laterMs
    const heard = [...inputs, ...reportsOf(mind.state, reports)]
    for (let taken = 0; taken < heard.length;) taken += take(heard.slice(taken)).taken
  }
  for (let more = 0; more < 20; more++) {
    const { wakeAtMs } = take([])
    if (wakeAtMs < 0) break
    atMs = Math.max(atMs, wakeAtMs)
  }
  return { mind, steps }
}

/** Each report is of a process that is held now, and says what comes next of it: that it started, or how it ended. */
const reportsOf = (state: State, reports: Heard['reports']): ReadonlyArray<Input> => {
  const { jobs, nodes } = rowsOf(state)
  const runs = jobs.flatMap((job, number) =>
    (job?.holds ?? []).flatMap((hold, member) => {
      const { name, boot } = nodes[hold.node]!
      return hold.stage === 'finished' ? [] : [{ stage: hold.stage, run: { node: name, boot, job: number, attempt: job!.attempt, member } }]
    })
  )
  if (runs.length === 0) return []
  return reports.map(([which, code]) => {
    const { stage, run } = runs[which % runs.length]!
    return stage === 'allocated'
      ? reportOf('fastgpu.run.started', run, { startedMs: 7 })
      : reportOf('fastgpu.run.finished', run, { exit: 'exited', code, endedMs: 8 })
  })
}

const storable = (event: Event): boolean => {
  const read: unknown = JSON.parse(JSON.stringify(event))
  const result: Validation<Event> | undefined = factDecoders.get(event.type)?.(read) ?? decisionDecoders.get(event.type)?.(read)
  return result !== undefined && isRight(result)
}

describe('whatever is heard', () => {
  test('each step keeps the invariants, and what it says can be stored, within the bounds of a round', () => {
    const property = fc.property(rounds, (all) => {
      const { mind, steps } = walk(all)
      for (const { facts, decisions, breaches } of steps) {
        expect(breaches).toEqual([])
        expect([...facts, ...decisions].filter((event) => !storable(event))).toEqual([])
        expect(facts.filter((fact) => fact.type === 'PlanFailed')).toEqual([])
        expect(facts.filter((fact) => fact.type === 'InputQuarantined' && fact.reason.includes('invariant'))).toEqual([])
        expect(Buffer.byteLength(JSON.stringify(facts))).toBeLessThanOrEqual(FACT_BYTES_MAX)
        expect(Buffer.byteLength(JSON.stringify(decisions))).toBeLessThanOrEqual(DECISION_BYTES_MAX)
      }
      expect(breaches(mind.state)).toEqual([])
    })
    fc.assert(property, { numRuns: 300 })
  })

  test('the reference model of the fold ends up with the same rows', () => {
    const property = fc.property(rounds, (all) => {
      const { mind, steps } = walk(all)
      const model = emptyReference(WINDOW)
      for (const { facts, decisions, atMs } of steps) foldReference(model, [...facts, ...decisions], atMs)
      expect(rowsOf(mind.state)).toEqual(rowsOfReference(model))
    })
    fc.assert(property, { numRuns: 50 })
  })

  test('the same inputs make the same steps', () => {
    const property = fc.property(rounds, (all) => {
      const said = (walked: Walked): unknown => walked.steps.map(({ facts, decisions, wakeAtMs }) => ({ facts, decisions, wakeAtMs }))
      expect(said(walk(all))).toEqual(said(walk(all)))
    })
    fc.assert(property, { numRuns: 30 })
  })

  test('a planner that starts afresh decides the same in every round, so a recorded round can be proved by itself', () => {
    const property = fc.property(rounds, (all) => {
      let state = initial()
      for (const { facts, decisions, atMs } of walk(all).steps) {
        state = fold(state, facts, atMs)
        expect(planner(keep(state)).plan(state, atMs).decisions).toEqual(decisions)
        state = fold(state, decisions, atMs)
      }
    })
    fc.assert(property, { numRuns: 60 })
  })
})

test('an input that makes intake throw is passed, and recorded by the hash of its content', () => {
  const run = { node: 'n0', boot: 'b0', job: 0, attempt: 1, member: 0 }
  const poison = {
    ...reportOf('fastgpu.run.started', run, { startedMs: 7 }),
    said: { type: 'fastgpu.node.register', data: {} }
  } as unknown as Input
  const { facts, taken } = step(mindOf(initial()), [poison], [], 1)
  expect(taken).toBe(1)
  expect(facts).toMatchObject([{ type: 'InputQuarantined', stream: poison.stream, position: poison.position, sha256: poison.sha256 }])
})
