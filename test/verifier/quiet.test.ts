/** A pool that was quiet for hours: its agents said that they live, no round was written, and its facts can be made again all the same. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inputTypes, type Said } from '../../domain/events/inputs.ts'
import { INPUTS_MAX } from '../../domain/step.ts'
import { openSqlite } from '../../infra/sqlite/openSqlite.ts'
import { systemClock } from '../../infra/clock/systemClock.ts'
import { recover } from '../../services/scheduler/recover.ts'
import { startScheduler, type AcceptedRound } from '../../services/scheduler/scheduler.ts'
import { replayLedger } from '../../services/verifier/replay.ts'
import { valueOf } from '../contract/place.ts'

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'fastgpu-quiet-'))
})
afterAll(() => rm(home, { recursive: true }))

const BEATS = INPUTS_MAX + 1_000
const data = { node: 'n0', boot: 'b' }
const beats = Array.from({ length: BEATS }, (_, seq): Said => ({ type: 'fastgpu.node.heartbeat', data: { ...data, seq } }))
const register = (node: string): Said => ({
  type: 'fastgpu.node.register',
  data: { ...data, node, cpuMilli: 8000, memoryMib: 1024, labels: {}, gpus: [] }
})

test('more heartbeats between two rounds than one step takes', async () => {
  const file = join(home, 'log.db')
  const log = valueOf(await openSqlite({ file, pool: 'default', durability: 'atClose' })())
  const accepted: Array<AcceptedRound> = []
  const ignore = (): void => undefined
  const scheduler = startScheduler({
    pool: 'default',
    leader: 'one',
    ...log,
    clock: systemClock(),
    from: valueOf(await recover(log.ledger)),
    onAccepted: (round) => accepted.push(round),
    onTrouble: ignore,
    onAlarm: ignore
  })
  let ids = 0
  const say = async (...said: ReadonlyArray<Said>): Promise<void> => {
    const records = said.map((one) => ({
      id: String(ids++),
      source: 'test',
      type: one.type,
      time: new Date().toISOString(),
      data: new TextEncoder().encode(JSON.stringify(one.data))
    }))
    valueOf(await log.eventLog.append(inputTypes[said[0]!.type].stream, records)())
  }
  const until = async (holds: () => boolean): Promise<void> => {
    for (let turn = 0; !holds(); turn++) {
      if (turn > 2_000) throw new Error('waited in vain')
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  const nodes = (): number => accepted.flatMap(({ round }) => round.facts).filter((fact) => fact.type === 'NodeRegistered').length
  await say(register('n0'))
  await until(() => nodes() === 1)
  await say(...beats, register('n1'))
  await until(() => nodes() === 2)
  await scheduler.stop()
  valueOf(await log.close())
  expect(valueOf(await replayLedger({ file, intake: true })())).toMatchObject({ ok: true, inputs: BEATS + 2 })
})
