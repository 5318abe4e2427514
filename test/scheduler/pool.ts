/** A pool in memory with a scheduler on it, for tests: its clock stands still unless it is moved. */
import * as E from 'fp-ts/lib/Either.js'
import type { Round } from '../../domain/events/round.ts'
import type { Said } from '../../domain/events/inputs.ts'
import { inputTypes } from '../../domain/events/inputs.ts'
import type { Clock, ClockStep } from '../../domain/ports/clock.ts'
import type { EventLog, InputRecord } from '../../domain/ports/eventLog.ts'
import type { Fault } from '../../domain/ports/fault.ts'
import type { Ledger } from '../../domain/ports/ledger.ts'
import { memoryEventLog } from '../../infra/memory/memoryEventLog.ts'
import { memoryLedger } from '../../infra/memory/memoryLedger.ts'
import { recover } from '../../services/scheduler/recover.ts'
import { startScheduler, type AcceptedRound, type Scheduler, type SchedulerOptions } from '../../services/scheduler/scheduler.ts'

export const BEGIN_MS = 1_700_000_000_000

export interface HandClock extends Clock {
  readonly moveTo: (ms: number) => void
  readonly stepTo: (step: ClockStep) => void
}

export const handClock = (): HandClock => {
  let nowMs = BEGIN_MS
  let step: ClockStep | undefined
  return {
    nowMs: () => nowMs,
    takeStep: () => {
      const told = step
      step = undefined
      return told
    },
    moveTo: (ms) => {
      nowMs = ms
    },
    stepTo: (given) => {
      step = given
      nowMs = given.toMs
    }
  }
}

export interface Pool {
  readonly eventLog: EventLog
  readonly ledger: Ledger
  readonly clock: HandClock
  readonly accepted: Array<AcceptedRound>
  readonly troubles: Array<Fault | undefined>
  readonly alarms: Array<string>
  readonly say: (...said: ReadonlyArray<Said>) => Promise<void>
  readonly send: (record: InputRecord, stream?: 'jobs' | 'orders' | 'heartbeats') => Promise<void>
  readonly start: (changes?: Partial<SchedulerOptions>) => Promise<Scheduler>
  /** Until the rounds say so. */
  readonly until: (holds: (rounds: ReadonlyArray<Round>) => boolean) => Promise<void>
  readonly facts: () => ReadonlyArray<string>
}

let ids = 0

export const recordOf = (said: Said, id = `id-${ids++}`): InputRecord => ({
  id,
  source: 'test',
  type: said.type,
  time: new Date(BEGIN_MS).toISOString(),
  data: new TextEncoder().encode(JSON.stringify(said.data))
})

export const pool = (ledger: Ledger = memoryLedger('default')): Pool => {
  const eventLog = memoryEventLog()
  const clock = handClock()
  const accepted: Array<AcceptedRound> = []
  const troubles: Array<Fault | undefined> = []
  const alarms: Array<string> = []
  const send = async (record: InputRecord, stream: 'jobs' | 'orders' | 'heartbeats' = 'jobs'): Promise<void> => {
    await eventLog.append(stream, [record])()
  }
  return {
    eventLog,
    ledger,
    clock,
    accepted,
    troubles,
    alarms,
    send,
    say: async (...said) => {
      for (const one of said) await send(recordOf(one), inputTypes[one.type].stream)
    },
    start: async (changes = {}) => {
      const from = await recover(ledger)
      if (E.isLeft(from)) throw new Error(from.left.message)
      return startScheduler({
        pool: 'default',
        leader: `leader-${ids++}`,
        eventLog,
        ledger,
        clock,
        from: from.right,
        onAccepted: (round) => accepted.push(round),
        onTrouble: (trouble) => troubles.push(trouble),
        onAlarm: (alarm) => alarms.push(alarm),
        ...changes
      })
    },
    until: async (holds) => {
      for (let turn = 0; !holds(accepted.map(({ round }) => round)); turn++) {
        if (turn > 2_000)
          throw new Error(
            `waited in vain; the rounds say ${JSON.stringify(accepted.map(({ round }) => [round.facts, round.decisions])).slice(0, 4_000)}`
          )
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    },
    facts: () => accepted.flatMap(({ round }) => round.facts.map((fact) => fact.type))
  }
}

export const has =
  (type: string, count = 1) =>
  (rounds: ReadonlyArray<Round>): boolean =>
    rounds.flatMap((round) => [...round.facts, ...round.decisions]).filter((event) => event.type === type).length >= count
