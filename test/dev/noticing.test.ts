/** What stands in the way of the server is told once, whoever met it, and its end too. */
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import { memoryEventLog } from '../../infra/memory/memoryEventLog.ts'
import { noticing } from '../../services/dev/noticing.ts'

const full = fault('FG_STORE_FULL', 'the disk is full')
const closed = fault('FG_STORE_CLOSED', 'it was closed')

const given = () => {
  const told: Array<string> = []
  let next: Fault | undefined
  const log = memoryEventLog()
  const noticed = noticing(
    { ...log, append: (stream, records) => (next === undefined ? log.append(stream, records) : () => Promise.resolve(E.left(next!))) },
    (found) => told.push(found?.code ?? 'over')
  )
  const append = async (meets?: Fault): Promise<void> => {
    next = meets
    await noticed.eventLog.append('jobs', [])()
  }
  return { told, noticed, append }
}

it('an append of inputs that meets a full disk is noticed once, until one gets through', async () => {
  const { told, noticed, append } = given()
  await append(full)
  await append(full)
  expect([told, noticed.trouble()]).toEqual([['FG_STORE_FULL'], full])
  await append()
  expect([told, noticed.trouble()]).toEqual([['FG_STORE_FULL', 'over'], undefined])
})

it('it is over only when rounds and inputs both get through', async () => {
  const { told, noticed, append } = given()
  noticed.onTrouble(full)
  await append(full)
  noticed.onTrouble(undefined)
  expect(told).toEqual(['FG_STORE_FULL'])
  await append()
  expect(told).toEqual(['FG_STORE_FULL', 'over'])
})

it('what will not pass by itself is the answer to who asked, and no trouble that lasts', async () => {
  const { told, append } = given()
  await append(closed)
  expect(told).toEqual([])
})
