/** The projector: views that follow a ledger, in their own thread and file, over restarts and whatever happens to the files. */
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fault } from '../../domain/ports/fault.ts'
import type { Ledger, StoredRound } from '../../domain/ports/ledger.ts'
import { memoryViewStore } from '../../infra/memory/viewStore.ts'
import { sqliteViewStore } from '../../infra/sqlite/viewStore.ts'
import { hashOf } from '../../infra/ledger/hash.ts'
import { views } from '../../projections/index.ts'
import { engineOf } from '../../services/projector/engine.ts'
import { hostHere } from '../../services/projector/host.ts'
import { projectorOn, startProjector, type Projector, type ProjectorOptions } from '../../services/projector/projector.ts'
import { until, valueOf } from '../contract/place.ts'
import { roundsOf } from '../projections/rounds.ts'
import { after, allocated, ended, finished, start, started, submitted } from '../projections/story.ts'

type Source = Pick<Ledger, 'read' | 'watch'> & { readonly grow: (rounds: ReadonlyArray<StoredRound>) => void }

/** A ledger that holds what it is told to. */
const ledgerOf = (...first: ReadonlyArray<StoredRound>): Source => {
  const rounds = [...first]
  const watching = new Set<() => void>()
  return {
    read: (from) => TE.right(rounds.slice(from, from + 2)),
    watch: (grown) => {
      watching.add(grown)
      return () => watching.delete(grown)
    },
    grow: (more) => {
      rounds.push(...more)
      for (const grown of watching) grown()
    }
  }
}

const life = [start, after(1, submitted(0)), after(2, allocated(0, 1, [0, 0])), after(3, started(0)), after(9, finished(0), ended(0))]
const rounds = roundsOf(life)
/** Another ledger, of the same length. */
const others = roundsOf([
  start,
  after(1, submitted(0)),
  after(1, submitted(1)),
  after(2, submitted(2)),
  after(2, submitted(3)),
  after(9, submitted(4))
])

describe('a projector', () => {
  let home: string
  let file: string
  const running: Array<Projector> = []
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'fastgpu-projector-'))
    file = join(home, 'views.db')
  })
  afterEach(async () => {
    for (const projector of running.splice(0)) await projector.close()
    rmSync(home, { recursive: true, force: true })
  })
  const startOn = async (ledger: ProjectorOptions['ledger'], other: Partial<ProjectorOptions> = {}): Promise<Projector> => {
    const projector = valueOf(await startProjector({ ledger, file, retryMs: 5, ...other }))
    running.push(projector)
    return projector
  }
  const stateOf = async (projector: Projector, job = 0): Promise<string | undefined> => valueOf(await projector.ask('job', { job }))?.state

  test('catches up with the ledger, follows it, and tells when it has a round', async () => {
    const ledger = ledgerOf(...rounds.slice(0, 2))
    const projector = await startOn(ledger)
    valueOf(await projector.caughtUp(1))
    expect(await stateOf(projector)).toBe('pending')
    const whole = projector.caughtUp(rounds.length - 1)
    ledger.grow(rounds.slice(2))
    valueOf(await whole)
    expect(await stateOf(projector)).toBe('succeeded')
    expect(projector.status()).toEqual({ round: rounds.length, skipped: new Map(), trouble: undefined })
  })

  test('goes on after a restart from where its file stands, and reads nothing again', async () => {
    const first = await startOn(ledgerOf(...rounds.slice(0, 3)))
    valueOf(await first.caughtUp(2))
    await first.close()
    const read: Array<number> = []
    const ledger = ledgerOf(...rounds)
    const second = await startOn({ ...ledger, read: (from, bytes) => (read.push(from), ledger.read(from, bytes)) })
    valueOf(await second.caughtUp(rounds.length - 1))
    expect(await stateOf(second)).toBe('succeeded')
    // Round 2 is looked at once more, to see that this is still the same ledger.
    expect(read.slice(0, 2)).toEqual([2, 3])
  })

  test('keeps its file from others, since jobs carry secrets', async () => {
    await startOn(ledgerOf())
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('builds the views again when damage is met while they are asked', async () => {
    const first = await startOn(ledgerOf(...rounds))
    valueOf(await first.caughtUp(rounds.length - 1))
    await first.close()
    const db = new DatabaseSync(file)
    for (const { name, columns } of views.flatMap((view) => view.tables))
      for (const column of Object.keys(columns)) if (columns[column] === 'json') db.exec(`UPDATE "${name}" SET "${column}" = '{'`)
    db.close()
    const second = await startOn(ledgerOf(...rounds))
    valueOf(await second.caughtUp(rounds.length - 1))
    expect(await second.ask('job', { job: 0 })).toMatchObject({ left: { code: 'FG_VIEWS_REBUILT', retriable: true } })
    valueOf(await second.caughtUp(rounds.length - 1))
    expect(await stateOf(second)).toBe('succeeded')
  })

  test('begins again when its file is of another ledger, or of a longer one', async () => {
    const first = await startOn(ledgerOf(...rounds))
    valueOf(await first.caughtUp(rounds.length - 1))
    await first.close()
    const second = await startOn(ledgerOf(...others))
    valueOf(await second.caughtUp(others.length - 1))
    expect(valueOf(await second.ask('jobs', { limit: 9 })).map((job) => job.state)).toEqual(Array.from({ length: 5 }, () => 'pending'))
    await second.close()
    const third = await startOn(ledgerOf(...rounds.slice(0, 2)))
    valueOf(await third.caughtUp(1))
    expect(valueOf(await third.ask('jobs', { limit: 9 }))).toHaveLength(1)
  })

  test('builds the views again when their file is damaged', async () => {
    writeFileSync(file, 'this was a database once, and now it is not '.repeat(400))
    const projector = await startOn(ledgerOf(...rounds))
    valueOf(await projector.caughtUp(rounds.length - 1))
    expect(await stateOf(projector)).toBe('succeeded')
  })

  test('builds a view of another version again, and leaves the others', async () => {
    const first = await startOn(ledgerOf(...rounds))
    valueOf(await first.caughtUp(rounds.length - 1))
    await first.close()
    const store = valueOf(sqliteViewStore(file))
    valueOf(store.open({ ...views[1]!, version: 0 }))
    const mark = valueOf(store.open(views[2]!))
    store.close()
    expect(mark.round).toBe(rounds.length)
    const second = await startOn(ledgerOf(...rounds))
    valueOf(await second.caughtUp(rounds.length - 1))
    expect(await stateOf(second)).toBe('succeeded')
  })

  test('passes over events of types that it does not know, and counts them', async () => {
    const text = new TextDecoder().decode(rounds[1]!.bytes).replace('"facts":[', '"facts":[{"type":"MoonLanded","crew":3},')
    const bytes = new TextEncoder().encode(text)
    const projector = await startOn(ledgerOf(rounds[0]!, { ...rounds[1]!, bytes, hash: hashOf(bytes) }))
    valueOf(await projector.caughtUp(1))
    expect(projector.status().skipped).toEqual(new Map([['MoonLanded', 1]]))
    // The unknown event has a position like any other.
    expect(valueOf(await projector.ask('job', { job: 0 }))).toMatchObject({ state: 'pending', position: rounds[1]!.firstPosition + 1 })
  })

  test('stops at a round that is not what was stored, says so, and still answers', async () => {
    const bytes = Uint8Array.from(rounds[2]!.bytes, (byte, index) => (index === 200 ? byte ^ 1 : byte))
    const projector = await startOn(ledgerOf(...rounds.slice(0, 2), { ...rounds[2]!, bytes }))
    const whole = await projector.caughtUp(2)
    expect(whole).toMatchObject({ _tag: 'Left', left: { code: 'FG_LEDGER_CORRUPT' } })
    expect(projector.status().trouble?.message).toContain('round 2')
    expect(await stateOf(projector)).toBe('pending')
    expect(projector.status().round).toBe(2)
  })

  test('tries again where the ledger could not be read for a while', async () => {
    const ledger = ledgerOf(...rounds)
    let failures = 3
    const projector = await startOn({
      ...ledger,
      read: (from, bytes) => (failures-- > 0 ? TE.left(fault('FG_STORE_IO', 'the disk coughs')) : ledger.read(from, bytes))
    })
    valueOf(await projector.caughtUp(rounds.length - 1))
    expect(projector.status().trouble).toBeUndefined()
  })

  test('does not let anybody wait for ever while its file cannot be written, and goes on by itself when it can', async () => {
    const store = memoryViewStore()
    let full = true
    const filling = {
      ...store,
      commit: (...args: Parameters<typeof store.commit>) => (full ? E.left(fault('FG_STORE_FULL', 'full')) : store.commit(...args))
    }
    const projector = projectorOn(valueOf(hostHere(filling, views)), { ledger: ledgerOf(...rounds), retryMs: 1 })
    running.push(projector)
    expect(await projector.caughtUp(1)).toMatchObject({ _tag: 'Left', left: { code: 'FG_STORE_FULL' } })
    full = false
    await until(() => projector.status().trouble === undefined)
    valueOf(await projector.caughtUp(rounds.length - 1))
  })

  test('answers whoever still waits when it is closed', async () => {
    const projector = await startOn(ledgerOf(...rounds))
    const waiting = projector.caughtUp(1_000)
    await projector.close()
    expect(await waiting).toMatchObject({ _tag: 'Left', left: { code: 'FG_STORE_CLOSED' } })
    expect(await projector.ask('nodes', {})).toMatchObject({ _tag: 'Left', left: { code: 'FG_STORE_CLOSED' } })
  })

  test('says what is wrong where its file cannot be made', async () => {
    const started = await startProjector({ ledger: ledgerOf(), file: join(home, 'missing', 'views.db') })
    expect(started).toMatchObject({ _tag: 'Left', left: { code: 'FG_STORE_OPEN' } })
  })

  test('without a file keeps the views in memory', async () => {
    const projector = valueOf(await startProjector({ ledger: ledgerOf(...rounds) }))
    running.push(projector)
    valueOf(await projector.caughtUp(rounds.length - 1))
    expect(await stateOf(projector)).toBe('succeeded')
    expect(existsSync(file)).toBe(false)
  })

  test('of two on one file goes on where the other left it, and the views have every round once', async () => {
    const [one, other] = [await startOn(ledgerOf(...rounds)), await startOn(ledgerOf(...rounds))]
    for (const projector of [one, other]) valueOf(await projector.caughtUp(rounds.length - 1))
    await until(() => one.status().trouble === undefined && other.status().trouble === undefined)
    for (const projector of [one, other]) {
      expect(await stateOf(projector)).toBe('succeeded')
      expect(valueOf(await projector.ask('forecast', { hours: 1, nowMs: life.at(-1)!.atMs }))).toMatchObject([
        { model: 'any', arrivals: 1 },
        { model: 'H100' }
      ])
    }
  })
})

test('an engine whose store fails changes nothing, and does all of it at the next try', () => {
  const store = memoryViewStore()
  let broken = true
  const failing = {
    ...store,
    commit: (...args: Parameters<typeof store.commit>) => (broken ? E.left(fault('FG_STORE_FULL', 'full')) : store.commit(...args))
  }
  const engine = valueOf(engineOf(failing, views))
  expect(engine.take(rounds)).toMatchObject({ _tag: 'Left', left: { code: 'FG_STORE_FULL' } })
  expect(valueOf(engine.ask('jobs', { limit: 9 }))).toEqual([])
  broken = false
  valueOf(engine.take(rounds))
  expect(valueOf(engine.ask('job', { job: 0 }))).toMatchObject({ state: 'succeeded' })
})
