/** The file that holds the streams and the ledger of one pool: how it is opened, created and recognised. docs/ledger-format.md describes it. */
import { closeSync, openSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import * as E from 'fp-ts/lib/Either.js'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import { isBusy, sqliteFault } from './sqliteFault.ts'

/** "FGPU": how `file` and we ourselves know the file. */
const APPLICATION_ID = 0x46475055
export const LOG_VERSION = 1
const PAGE_BYTES = 16_384
/**
 * The write-ahead log is copied back at the latest when it has so many pages (4 MiB), and earlier when there is nothing to do. From then on
 * its file is written over from the start, and a sync of bytes that are there already takes half the time of one that makes a file longer.
 */
const WAL_PAGES_MAX = 256
const OPEN_TRIES_MAX = 100
const OPEN_RETRY_MS = 50

export interface OpenOptions {
  readonly file: string
  readonly pool: string
  /** `everyCommit`: what was acknowledged is on disk. `atClose`: all of it is on disk once the file was closed, and nothing before that is promised. */
  readonly durability: 'everyCommit' | 'atClose'
  readonly busyMs: number
}

const inputTable = (stream: string): string =>
  `CREATE TABLE ${stream} (
    position INTEGER PRIMARY KEY, id TEXT NOT NULL, source TEXT NOT NULL, type TEXT NOT NULL, time TEXT NOT NULL, data BLOB NOT NULL
  );`

const SCHEMA = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE rounds (number INTEGER PRIMARY KEY, first_position INTEGER NOT NULL, hash TEXT NOT NULL, bytes BLOB NOT NULL);
  CREATE TABLE rejections (reason TEXT PRIMARY KEY, count INTEGER NOT NULL, number INTEGER NOT NULL, leader TEXT NOT NULL);
  ${['jobs', 'orders', 'heartbeats'].map(inputTable).join('\n')}
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${LOG_VERSION};
`

/** Opens the file for writing, and makes it where it is missing: readable by its owner alone, since jobs carry secrets. */
export const openLog = (options: OpenOptions): E.Either<Fault, DatabaseSync> => {
  const made = makeFile(options.file)
  if (E.isLeft(made)) return made
  return openWith(options.file, (db) => {
    db.exec(`PRAGMA busy_timeout = ${options.busyMs}; PRAGMA page_size = ${PAGE_BYTES}`)
    const known = recognise(db, options.file, true)
    if (E.isLeft(known)) return known
    db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA locking_mode = NORMAL;
      PRAGMA synchronous = ${options.durability === 'everyCommit' ? 'FULL' : 'OFF'};
      PRAGMA wal_autocheckpoint = ${WAL_PAGES_MAX};
    `)
    return ofPool(db, options)
  })
}

/**
 * SQLite would make the file readable by everybody. One that is there is not touched: closing a descriptor of it would take away the
 * locks that another connection of this process holds.
 */
const makeFile = (file: string): E.Either<Fault, void> => {
  try {
    closeSync(openSync(file, 'wx', 0o600))
    return E.right(undefined)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return E.right(undefined)
    return E.left(fault('FG_STORE_OPEN', `${file}: ${error instanceof Error ? error.message : String(error)}`))
  }
}

/**
 * Opens a file of any pool for reading alone. It is opened as a writer would, since SQLite cleans up only behind such a one; where
 * the directory allows no writing, nobody else writes to it either, and a file that was closed in order is read as it stands.
 */
export const openLogToRead = (file: string): E.Either<Fault, DatabaseSync> => {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return E.left(fault('FG_STORE_OPEN', `${file}: there is no such file`))
  const prepare = (db: DatabaseSync): E.Either<Fault, DatabaseSync> => {
    db.exec('PRAGMA busy_timeout = 5000; PRAGMA query_only = 1')
    return E.map(() => db)(recognise(db, file, false))
  }
  const opened = openWith(file, prepare)
  if (E.isRight(opened) || !NOTHING_CAN_BE_WRITTEN.includes(opened.left.code)) return opened
  // What stands in a write-ahead log would not be seen.
  if ((statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) return opened
  const asItStands = pathToFileURL(file)
  asItStands.searchParams.set('immutable', '1')
  return openWith(file, prepare, asItStands)
}

const NOTHING_CAN_BE_WRITTEN: ReadonlyArray<string> = ['FG_STORE_OPEN', 'FG_STORE_FULL']

/** Puts everything on the disk that was not synced yet. Answers what went wrong; what was acknowledged as durable stays so in any case. */
export const closeLog = (db: DatabaseSync, { file, durability }: OpenOptions): Fault | undefined => {
  try {
    if (durability === 'atClose') db.exec('PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE)')
    db.close()
    return undefined
  } catch (error) {
    return sqliteFault(error, file)
  }
}

const openWith = (
  file: string,
  prepare: (db: DatabaseSync) => E.Either<Fault, DatabaseSync>,
  location: string | URL = file
): E.Either<Fault, DatabaseSync> => {
  for (let tries = 1; ; tries++) {
    let db: DatabaseSync | undefined
    try {
      db = new DatabaseSync(location, location === file ? {} : { readOnly: true })
      const prepared = prepare(db)
      if (E.isLeft(prepared)) db.close()
      return prepared
    } catch (error) {
      if (db?.isOpen === true) db.close()
      // The change to WAL does not wait for a rival that opens the file at the same moment, so we do.
      if (!isBusy(error) || tries >= OPEN_TRIES_MAX) return E.left(sqliteFault(error, file))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, OPEN_RETRY_MS)
    }
  }
}

/** Whether it is a file of this program and version; an empty one becomes it where `create` says so. */
const recognise = (db: DatabaseSync, file: string, create: boolean): E.Either<Fault, void> => {
  const application = numberOf(db, 'application_id')
  const version = numberOf(db, 'user_version')
  if (application === APPLICATION_ID && version === LOG_VERSION) return E.right(undefined)
  if (application === APPLICATION_ID)
    return E.left(
      fault('FG_STORE_VERSION', `${file} has version ${version} of the ledger's tables; this program reads version ${LOG_VERSION}`)
    )
  const tables = db.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.['tables']
  if (!create || tables !== 0) return E.left(fault('FG_STORE_VERSION', `${file} is a database of another kind, not a ledger of fastgpu`))
  db.exec('PRAGMA journal_mode = WAL; BEGIN IMMEDIATE')
  // A rival may have made the tables while this one waited for its turn.
  if (numberOf(db, 'application_id') === 0) db.exec(SCHEMA)
  db.exec('COMMIT')
  return E.right(undefined)
}

const ofPool = (db: DatabaseSync, { file, pool }: OpenOptions): E.Either<Fault, DatabaseSync> => {
  db.prepare("INSERT INTO meta (key, value) VALUES ('pool', ?) ON CONFLICT DO NOTHING").run(pool)
  const stored = poolOf(db)
  return stored === pool ? E.right(db) : E.left(fault('FG_LEDGER_FOREIGN', `${file} is the ledger of pool "${stored}", not of "${pool}"`))
}

export const poolOf = (db: DatabaseSync): string => String(db.prepare("SELECT value FROM meta WHERE key = 'pool'").get()?.['value'] ?? '')

const numberOf = (db: DatabaseSync, pragma: string): number => Number(db.prepare(`PRAGMA ${pragma}`).get()?.[pragma])
