/** What waits to be taken in: nothing that is stored is left lying, and nothing that is missing is passed over. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { nothingConsumed } from '../../domain/events/round.ts'
import type { EventLog } from '../../domain/ports/eventLog.ts'
import { memoryEventLog } from '../../infra/memory/memoryEventLog.ts'
import { openSqlite } from '../../infra/sqlite/openSqlite.ts'
import { inbox } from '../../services/scheduler/inbox.ts'
import { valueOf } from '../contract/place.ts'
import { recordOf } from './pool.ts'

const beat = recordOf({
  type: 'fastgpu.leader.beat',
  data: { leader: 'a', epoch: 1, round: 0, head: '0'.repeat(64), next: { jobs: 0, orders: 0, heartbeats: 0 } }
})

it('reads on where large records were more than one read gives', async () => {
  const home = await mkdtemp(join(tmpdir(), 'fastgpu-inbox-'))
  const log = valueOf(await openSqlite({ file: join(home, 'log.db'), pool: 'default', durability: 'atClose' })())
  const large = { ...beat, data: new Uint8Array(1024 * 1024).fill(120) }
  for (let four = 0; four < 10; four++) valueOf(await log.eventLog.append('jobs', [large, large, large, large])())
  const box = inbox(log.eventLog, nothingConsumed)
  let taken = 0
  for (let turn = 0; turn < 3 && taken < 40; turn++) {
    await box.grown()
    valueOf(await box.fill())
    const waiting = box.waiting().length
    taken = box.take(waiting).jobs.next
  }
  expect(taken).toBe(40)
  box.close()
  valueOf(await log.close())
  await rm(home, { recursive: true })
}, 20_000)

it('stops where a record is missing, and names it', async () => {
  const log = memoryEventLog()
  await log.append('jobs', [beat, beat, beat])()
  const holed: EventLog = {
    ...log,
    read: (stream, from, recordsMax) => async () =>
      E.map((records: ReadonlyArray<{ position: number }>) => records.filter(({ position }) => position !== 1))(
        await log.read(stream, from, recordsMax)()
      ) as Awaited<ReturnType<ReturnType<EventLog['read']>>>
  }
  const box = inbox(holed, nothingConsumed)
  expect(await box.fill()).toMatchObject({
    left: { code: 'FG_INPUT_MISSING', retriable: false, message: expect.stringContaining('jobs 1') as string }
  })
  box.close()
})
