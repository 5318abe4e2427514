/** What the SQLite adapter says when the world broke, and that it works again when the world does. */
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, writeSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, test, type TestContext } from 'vitest'
import { genesis } from '../../domain/events/round.ts'
import type { Fault } from '../../domain/ports/fault.ts'
import { openSqlite, type SqliteOptions } from '../../infra/sqlite/openSqlite.ts'
import { verifyLedger } from '../../services/verifier/verify.ts'
import { bytesAfter, largeRoundAfter, POOL } from '../ledger/rounds.ts'
import { inputOf } from './inputs.ts'
import { readChain } from './chain.ts'
import { valueOf } from './place.ts'
import { sqlitePlace, type SqlitePlace } from './sqlitePlace.ts'

const faultOf = (result: E.Either<Fault, unknown>): Fault => {
  if (E.isRight(result)) throw new Error('no fault')
  return result.left
}

describe("a log's file", () => {
  let place: SqlitePlace
  beforeEach(async () => {
    place = await sqlitePlace()
  })
  afterEach(() => place.remove())

  const refusedWith = async (code: string, said: RegExp, options: Partial<SqliteOptions> = {}): Promise<void> => {
    const fault = faultOf(await openSqlite({ file: place.file, pool: POOL, busyMs: 50, ...options })())
    expect([fault.code, fault.message]).toEqual([code, expect.stringMatching(said)])
    expect(fault.message).toContain(options.file ?? place.file)
  }

  const written = async (rounds: number): Promise<void> => {
    const log = await place.open()
    let head = genesis
    for (let number = 0; number < rounds; number++) head = valueOf(await log.ledger.append(largeRoundAfter(head, 20_000))()).head
    await log.eventLog.append('jobs', [inputOf('a')])()
    valueOf(await log.close())
  }

  const change = (sql: string): void => {
    const db = new DatabaseSync(place.file)
    db.exec(sql)
    db.close()
  }

  test('is readable by its owner alone', async () => {
    const log = await place.open()
    await log.ledger.append(bytesAfter(genesis))()
    for (const end of ['', '-wal', '-shm']) expect((await stat(place.file + end)).mode & 0o777).toBe(0o600)
  })

  test('that is no database is corrupt', async () => {
    await writeFile(place.file, 'no database at all, but long enough to have a header. '.repeat(400))
    await refusedWith('FG_STORE_CORRUPT', /not a database/)
  })

  test('of another kind or version is left alone', async () => {
    change('CREATE TABLE cats (name TEXT)')
    await refusedWith('FG_STORE_VERSION', /another kind/)
    await rm(place.file)
    await written(1)
    change('PRAGMA user_version = 7')
    await refusedWith('FG_STORE_VERSION', /version 7.*reads version 1/)
  })

  test('of another pool is left alone', async () => {
    await written(1)
    await refusedWith('FG_LEDGER_FOREIGN', /pool "default", not of "other"/, { pool: 'other' })
  })

  test('that cannot be opened says which', async () => {
    await refusedWith('FG_STORE_OPEN', /ENOENT/, { file: join(place.file, '..', 'missing', 'log.db') })
    await mkdir(join(place.file, '..', 'log.dir'))
    await refusedWith('FG_STORE_OPEN', /unable to open/, { file: join(place.file, '..', 'log.dir') })
  })

  test('with damaged pages is corrupt, and named', async () => {
    await written(40)
    const db = new DatabaseSync(place.file)
    const page = Number(db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'rounds'").get()?.['rootpage'])
    db.close()
    const file = await import('node:fs/promises').then((fs) => fs.open(place.file, 'r+'))
    await file.write(Buffer.alloc(4000, 0xa5), 0, 4000, (page - 1) * 16_384)
    await file.close()
    const opened = await openSqlite({ file: place.file, pool: POOL })()
    const fault = E.isLeft(opened) ? opened.left : faultOf(await opened.right.ledger.read(0, 1_000_000)())
    if (E.isRight(opened)) await opened.right.close()
    expect([fault.code, fault.message]).toEqual(['FG_STORE_CORRUPT', expect.stringContaining(place.file)])
    expect(fault.retriable).toBe(false)
  })

  test('with a flipped byte in a round does not answer that round', async () => {
    await written(3)
    change(`UPDATE rounds SET bytes = CAST(replace(CAST(bytes AS TEXT), '"core":1', '"core":2') AS BLOB) WHERE number = 1`)
    const log = await place.open()
    const fault = faultOf(await log.ledger.read(0, 1_000_000)())
    expect([fault.code, fault.message]).toEqual(['FG_LEDGER_CORRUPT', expect.stringContaining('round 1 ')])
    expect(valueOf(await log.ledger.read(2, 1_000_000)()).length).toBe(1)
  })

  test('that another process holds locked is waited for, and works afterwards', async () => {
    const log = await place.openWith({ busyMs: 20 })
    const other = new DatabaseSync(place.file)
    other.exec('BEGIN IMMEDIATE')
    const fault = faultOf(await log.ledger.append(bytesAfter(genesis))())
    expect([fault.code, fault.retriable]).toEqual(['FG_STORE_LOCKED', true])
    other.exec('ROLLBACK')
    other.close()
    expect(valueOf(await log.ledger.append(bytesAfter(genesis))()).type).toBe('Accepted')
  })

  test('that is moved away acknowledges nothing until it is back', async () => {
    const log = await place.open()
    const head = valueOf(await log.ledger.append(bytesAfter(genesis))()).head
    await rename(place.file, `${place.file}.moved`)
    expect(faultOf(await log.ledger.append(bytesAfter(head))())).toMatchObject({ code: 'FG_STORE_IO', retriable: true })
    expect(faultOf(await log.eventLog.append('jobs', [inputOf('a')])()).message).toContain('was moved, removed or replaced')
    await rename(`${place.file}.moved`, place.file)
    expect(valueOf(await log.ledger.append(bytesAfter(head))()).type).toBe('Accepted')
  })

  test('answers no more once it is closed', async () => {
    const log = await place.open()
    const onTheWay = log.ledger.append(bytesAfter(genesis))()
    const closed = log.close()
    expect(valueOf(await onTheWay).type).toBe('Accepted')
    valueOf(await closed)
    expect(faultOf(await log.ledger.head()()).code).toBe('FG_STORE_CLOSED')
    expect(faultOf(await log.eventLog.append('jobs', [inputOf('a')])()).code).toBe('FG_STORE_CLOSED')
  })

  test('counts what it rejected, and who sent it', async () => {
    const log = await place.open()
    const head = valueOf(await log.ledger.append(bytesAfter(genesis))()).head
    for (const leader of ['b', 'c']) await log.ledger.append(bytesAfter(head, { leader }))()
    valueOf(await log.close())
    const db = new DatabaseSync(place.file)
    expect({ ...db.prepare('SELECT * FROM rejections').get() }).toEqual({ reason: 'NotTheLeader', count: 2, number: 1, leader: 'c' })
    db.close()
  })
})

interface SmallDisk {
  readonly directory: string
  readonly resize: (mib: number) => void
  /** Writes a file for as long as there is space. */
  readonly fill: (file: string) => void
  readonly remove: () => Promise<void>
}

/** A small file system of its own; undefined where this process may not make one. */
const mountSmall = async (mib: number): Promise<SmallDisk | undefined> => {
  const directory = await mkdtemp(join(tmpdir(), 'fastgpu-full-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', directory], { stdio: 'pipe' })
  } catch {
    await rm(directory, { recursive: true })
    return undefined
  }
  await chmod(directory, 0o700)
  return {
    directory,
    resize: (size) => void execFileSync('mount', ['-o', `remount,size=${size}m`, directory], { stdio: 'pipe' }),
    fill: (file) => {
      const descriptor = openSync(file, 'w')
      try {
        for (;;) writeSync(descriptor, Buffer.alloc(4096))
      } catch {
        // Full, as it should be.
      }
      closeSync(descriptor)
    },
    remove: async () => {
      execFileSync('umount', ['-l', directory], { stdio: 'pipe' })
      await rm(directory, { recursive: true })
    }
  }
}

/** The small file system, or a skipped test: said aloud, and a failure in CI. */
const diskFor = async (context: TestContext, mib: number): Promise<SmallDisk> => {
  const disk = await mountSmall(mib)
  if (disk !== undefined) return disk
  if (process.env['CI'] === 'true') throw new Error('the test of a full disk needs the right to mount a tmpfs, and CI must not skip it')
  console.warn('SKIPPED: a full disk. It needs the right to mount a tmpfs: run it as root.')
  return context.skip()
}

describe('a full disk', () => {
  test('lets nobody open a log, and says why; a closed one can still be verified', async (context) => {
    const disk = await diskFor(context, 2)
    const file = join(disk.directory, 'log.db')
    const open = openSqlite({ file, pool: POOL })
    const filler = join(disk.directory, 'filler')
    disk.fill(filler)
    expect(faultOf(await open()).code).toBe('FG_STORE_FULL')
    await rm(filler)
    const log = valueOf(await open())
    const head = valueOf(await log.ledger.append(bytesAfter(genesis))()).head
    valueOf(await log.close())
    disk.fill(filler)
    expect(faultOf(await open())).toMatchObject({ code: 'FG_STORE_FULL', retriable: true })
    expect(valueOf(await verifyLedger({ file })())).toMatchObject({ ok: true, head: head.hash })
    await rm(filler)
    const again = valueOf(await open())
    expect(valueOf(await again.ledger.append(bytesAfter(head))()).type).toBe('Accepted')
    valueOf(await again.close())
    await disk.remove()
  })

  test('is a fault that acknowledges nothing, and ends when there is space again', async (context) => {
    const disk = await diskFor(context, 3)
    const place = await sqlitePlace(disk.directory)
    const log = await place.open()
    let head = genesis
    let inputs = 0
    let fault: Fault | undefined
    while (fault === undefined) {
      const answer = await log.ledger.append(largeRoundAfter(head, 100_000))()
      if (E.isLeft(answer)) fault = answer.left
      else head = answer.right.head
      const appended = await log.eventLog.append('jobs', [inputOf(`${inputs}`)])()
      if (E.isRight(appended)) inputs += 1
    }
    expect([fault.code, fault.retriable, fault.message]).toEqual(['FG_STORE_FULL', true, expect.stringContaining(place.file)])
    expect(head.number).toBeGreaterThan(3)
    // It goes on being full, and readers go on reading.
    expect(faultOf(await log.ledger.append(largeRoundAfter(head, 400_000))()).code).toBe('FG_STORE_FULL')
    expect(valueOf(await log.ledger.head()())).toEqual(head)
    expect((await readChain(log.ledger)).length).toBe(head.number + 1)

    disk.resize(24)
    for (let more = 0; more < 5; more++) {
      const answer = valueOf(await log.ledger.append(largeRoundAfter(head, 100_000))())
      expect(answer.type).toBe('Accepted')
      head = answer.head
    }
    expect(valueOf(await log.eventLog.end('jobs')())).toBe(inputs)
    valueOf(await log.close())
    const again = await place.open()
    expect((await readChain(again.ledger)).at(-1)?.hash).toBe(head.hash)
    expect(valueOf(await again.eventLog.end('jobs')())).toBe(inputs)
    await place.remove()
    await disk.remove()
  })
})
