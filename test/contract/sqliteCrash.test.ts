/** What was acknowledged is on disk: after a reopening, after a torn write-ahead log, and after kill -9. */
import { spawn } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { genesis } from '../../domain/events/round.ts'
import { openSqlite } from '../../infra/sqlite/openSqlite.ts'
import { bytesAfter, POOL } from '../ledger/rounds.ts'
import { readAll } from './eventLogContract.ts'
import { inputOf } from './inputs.ts'
import { readChain } from './chain.ts'
import { until, valueOf } from './place.ts'
import { sqlitePlace, type SqlitePlace } from './sqlitePlace.ts'

/** Hashes of the rounds and ids of the inputs that a file holds, when it is opened anew. */
const contentOf = async (file: string): Promise<{ readonly rounds: ReadonlyArray<string>; readonly inputs: ReadonlyArray<string> }> => {
  const log = valueOf(await openSqlite({ file, pool: POOL })())
  const rounds = (await readChain(log.ledger)).map((round) => round.hash)
  const inputs = (await readAll(log.eventLog, 'jobs')).map((input) => input.id)
  valueOf(await log.close())
  return { rounds, inputs }
}

describe("a log's file", () => {
  for (const durability of ['everyCommit', 'atClose'] as const)
    test(`has everything when it is opened again (${durability})`, async () => {
      const place = await sqlitePlace()
      const rounds: Array<string> = []
      const inputs: Array<string> = []
      for (let life = 0; life < 3; life++) {
        const log = await place.openWith({ durability })
        let head = valueOf(await log.ledger.head()())
        for (let count = 0; count < 10; count++) {
          const answer = valueOf(await log.ledger.append(bytesAfter(head))())
          head = answer.head
          rounds.push(head.hash)
          inputs.push(`${life}-${count}`)
          expect(valueOf(await log.eventLog.append('jobs', [inputOf(`${life}-${count}`)])())).toEqual([inputs.length - 1])
        }
        valueOf(await log.close())
      }
      expect(await contentOf(place.file)).toEqual({ rounds, inputs })
      await place.remove()
    })
})

describe('a write-ahead log that a crash tore', () => {
  let place: SqlitePlace
  let home: string
  /** Bytes of the write-ahead log when each round had been acknowledged. */
  const acknowledgedAt: Array<number> = []
  const hashes: Array<string> = []

  beforeAll(async () => {
    place = await sqlitePlace()
    home = await mkdtemp(join(tmpdir(), 'fastgpu-torn-'))
    const log = await place.open()
    let head = genesis
    for (let number = 0; number < 20; number++) {
      head = valueOf(await log.ledger.append(bytesAfter(head))()).head
      hashes.push(head.hash)
      acknowledgedAt.push((await stat(`${place.file}-wal`)).size)
    }
    // As the disk would be found after a power cut: the files as they are, and no process that closes them.
    await copyFile(place.file, join(home, 'log.db'))
    await copyFile(`${place.file}-wal`, join(home, 'wal'))
  })
  afterAll(async () => {
    await place.remove()
    await rm(home, { recursive: true })
  })

  const reopen = async (damage: (wal: string) => Promise<void>): Promise<ReadonlyArray<string>> => {
    const file = join(home, 'torn.db')
    await Promise.all(['', '-wal', '-shm'].map((end) => rm(file + end, { force: true })))
    await copyFile(join(home, 'log.db'), file)
    await copyFile(join(home, 'wal'), `${file}-wal`)
    await damage(`${file}-wal`)
    return (await contentOf(file)).rounds
  }

  const check = (rounds: ReadonlyArray<string>, goodBytes: number): void => {
    const acknowledged = acknowledgedAt.filter((bytes) => bytes <= goodBytes).length
    expect(rounds.length).toBeGreaterThanOrEqual(acknowledged)
    expect(rounds).toEqual(hashes.slice(0, rounds.length))
  }

  const offsets = () => fc.integer({ min: acknowledgedAt[0]!, max: acknowledgedAt.at(-1)! })

  test('keeps every round that was acknowledged before the cut', async () => {
    expect(new Set(acknowledgedAt).size).toBe(20)
    await fc.assert(
      fc.asyncProperty(offsets(), async (cut) => check(await reopen((wal) => truncate(wal, cut)), cut)),
      { numRuns: 15 }
    )
  })

  test('keeps every round that was acknowledged before the garbage', async () => {
    await fc.assert(
      fc.asyncProperty(offsets(), fc.uint8Array({ minLength: 1, maxLength: 5000 }), async (from, garbage) => {
        const rounds = await reopen(async (wal) => {
          const bytes = await readFile(wal)
          // Exclusive or, so that each byte of the garbage but zero is another byte than before.
          garbage.forEach((byte, index) => {
            if (from + index < bytes.length) bytes[from + index]! ^= byte
          })
          await writeFile(wal, bytes)
        })
        check(rounds, from)
      }),
      { numRuns: 15 }
    )
  })
})

describe('kill -9 of two rival writers', () => {
  test('loses nothing that was acknowledged, and leaves one chain', async () => {
    const place = await sqlitePlace()
    const lines: Array<string> = []
    for (let kill = 0; kill < 4; kill++) {
      const printed: Array<string> = ['', '']
      const writers = printed.map((_, index) => {
        const child = spawn(process.execPath, [
          fileURLToPath(new URL('./writerChild.ts', import.meta.url)),
          place.file,
          `w${kill}.${index}`
        ])
        child.stdout.on('data', (chunk: Buffer) => (printed[index] += chunk.toString()))
        return { child, ended: new Promise((resolve) => child.on('close', resolve)) }
      })
      // Each kill waits for another count of acknowledged lines, so that the kills fall on different moments.
      await until(() => printed.join('').split('\n').length > 20 + kill * 13)
      for (const writer of writers) writer.child.kill('SIGKILL')
      await Promise.all(writers.map((writer) => writer.ended))
      // What was printed in full was acknowledged before.
      for (const text of printed) lines.push(...text.split('\n').slice(0, -1))
    }
    const found = await contentOf(place.file)
    let rounds = 0
    for (const line of lines) {
      const [what, at, name] = line.split(' ')
      if (what === 'round') rounds += 1
      expect((what === 'round' ? found.rounds : found.inputs)[Number(at)], line).toBe(name)
    }
    expect(rounds).toBeGreaterThan(4)
    await place.remove()
  }, 60_000)
})
