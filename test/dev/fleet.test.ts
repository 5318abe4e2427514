/** The agents of `dev` do what accepted rounds say, and nothing else: whatever is under way when they start, and whatever nodes are gone. */
import { describe, expect, it } from 'vitest'
import { inputTypes, type Said } from '../../domain/events/inputs.ts'
import type { Machine } from '../../domain/ports/devices.ts'
import type { Runner, StartRun } from '../../domain/ports/runner.ts'
import { memoryLedger } from '../../infra/memory/memoryLedger.ts'
import { fleet, type Fleet, type FleetOptions } from '../../services/dev/fleet.ts'
import type { RoundPhase, Scheduler } from '../../services/scheduler/scheduler.ts'
import { has, pool, recordOf, type Pool } from '../scheduler/pool.ts'

const register = (node: string): Said => ({
  type: 'fastgpu.node.register',
  data: { node, boot: 'b', cpuMilli: 8000, memoryMib: 1024, labels: {}, gpus: [] }
})
const machine = (name: string): Machine => ({ name, cpuMilli: 8000, memoryMib: 1024, labels: {}, devices: [], simulated: true })
const bodyOf = (command: string): string => JSON.stringify({ command: [command], cwd: '/', env: {} })
const found = { text: { name: '', body: bodyOf('true') }, token: 0 }
const submit: Said = {
  type: 'fastgpu.job.submit',
  data: { tenant: 'ann', request: { gpus: 0, cpuMilli: 8000 }, body: bodyOf('true') }
}

interface Place {
  readonly say: (...said: ReadonlyArray<Said>) => Promise<void>
  readonly given: Pool
  readonly scheduler: Scheduler
  readonly started: ReadonlyArray<StartRun>
  /** `meanwhile` happens while the agents start. */
  readonly fleetOf: (names: ReadonlyArray<string>, meanwhile?: () => Promise<void>, lookUp?: FleetOptions['lookUp']) => Fleet
}

const place = async (given: Pool, onPhase: (phase: RoundPhase) => void = () => undefined): Promise<Place> => {
  const started: Array<StartRun> = []
  let running: Fleet | undefined
  // The agents say what time it is.
  given.clock.moveTo(Date.now())
  const say = async (...said: ReadonlyArray<Said>): Promise<void> => {
    for (const one of said) await given.send({ ...recordOf(one), time: new Date().toISOString() }, inputTypes[one.type].stream)
  }
  const scheduler = await given.start({
    onPhase,
    onAccepted: (accepted) => {
      given.accepted.push(accepted)
      running?.seen(accepted)
    }
  })
  const fleetOf: Place['fleetOf'] = (names, meanwhile = () => Promise.resolve(), lookUp = () => Promise.resolve(found)) => {
    const { read, readAccepted } = scheduler
    running = fleet({
      pool: 'default',
      machines: names.map(machine),
      runner: runnerOf(started, meanwhile),
      eventLog: given.eventLog,
      read,
      readAccepted,
      lookUp
    })
    return running
  }
  return { given, say, scheduler, started, fleetOf }
}

/** Starts nothing, and remembers what it was told to start. */
const runnerOf = (started: Array<StartRun>, meanwhile: () => Promise<void>): Runner => ({
  start: (order) => started.push(order),
  adopt: () => undefined,
  stop: () => undefined,
  find: async () => (await meanwhile(), []),
  listen: () => () => undefined,
  knows: () => false,
  logs: () => (async function* () {})(),
  close: () => Promise.resolve()
})

describe('the agents of dev', () => {
  it('act on a round that is under way when they start once it is accepted, and not before', async () => {
    const ledger = memoryLedger('default')
    const held = Promise.withResolvers<void>()
    let holds = false
    const slow = pool({ ...ledger, append: (bytes) => async () => (holds ? await held.promise : undefined, ledger.append(bytes)()) })
    const appending = Promise.withResolvers<void>()
    const { given, say, scheduler, started, fleetOf } = await place(slow, (phase) => holds && phase === 'appending' && appending.resolve())
    await given.until((rounds) => rounds.length === 1)
    holds = true
    await say(register('n0'), submit)
    await appending.promise
    const agents = fleetOf(['n0'])
    await agents.start()
    expect(started).toEqual([])
    held.resolve()
    await given.until(has('JobAllocated'))
    expect(started).toMatchObject([{ job: 0, command: ['true'] }])
    await agents.close()
    await scheduler.stop()
  })

  it('take up what was placed on a node that is gone while they started', async () => {
    const { given, say, scheduler, started, fleetOf } = await place(pool())
    await say(register('n0'), register('n1'), { type: 'fastgpu.node.cordon', data: { node: 'n0', reason: 'fan' } })
    await given.until(has('NodeCordoned'))
    const agents = fleetOf(['n0'], async () => {
      await say(submit)
      await given.until(has('JobAllocated'))
    })
    await agents.start()
    expect(started).toMatchObject([{ job: 0, node: 'n1' }])
    await agents.close()
    await scheduler.stop()
  })

  it('leave the drain of a node that is gone as it was, and that of one that came back', async () => {
    const { given, say, scheduler, fleetOf } = await place(pool())
    await say(register('n0'), register('n1'), { type: 'fastgpu.node.drain', data: { node: 'n1', reason: 'fan' } })
    await given.until(has('NodeDrained'))
    for (const names of [['n0'], ['n0', 'n1']]) {
      const agents = fleetOf(names)
      await agents.start()
      await agents.close()
      // What the agents ordered is taken in before it.
      await say(submit)
      await given.until(has('JobSubmitted', names.length))
    }
    expect(given.facts()).not.toContain('NodeUncordoned')
    await scheduler.stop()
  })

  it('ask again for the command of a job that nobody could tell', async () => {
    const { given, say, scheduler, started, fleetOf } = await place(pool())
    await say(submit)
    await given.until(has('JobSubmitted'))
    const answers = [undefined, found]
    const agents = fleetOf(['n0'], undefined, () => Promise.resolve(answers.shift()))
    await agents.start()
    await given.until(has('JobAllocated'))
    await expect.poll(() => started).toMatchObject([{ job: 0, command: ['true'] }])
    await agents.close()
    await scheduler.stop()
  })
})
