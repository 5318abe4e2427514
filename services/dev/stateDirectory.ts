/**
 * The state directory: everything that a server keeps between runs. It is its owner's alone. An exclusive transaction on a small
 * database marks that a server runs: the system lets go of that lock even when the server is killed, so no stale lock is ever left.
 */
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import * as E from 'fp-ts/lib/Either.js'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import { isBusy, sqliteFault } from '../../infra/sqlite/sqliteFault.ts'

const TOKEN_BYTES = 32
/** Any secret that fits into a header and cannot be guessed: the one made here, or the owner's. */
const TOKEN = /^[\x21-\x7e]{16,512}$/
/** What shows that a directory is one of ours. */
const OURS = ['log.db', 'lock', 'token']

/** What others find out about the server that runs. */
export interface Running {
  readonly pid: number
  readonly url: string
  readonly startedMs: number
  readonly version: string
}

export interface StateDirectory {
  readonly path: string
  /** Streams and ledger. */
  readonly logFile: string
  readonly viewsFile: string
  /** What the server has to say about its own mistakes. */
  readonly serverLogFile: string
  /** One directory a run: logs, claim, exit. */
  readonly runsPath: string
  /** What a client must bear; kept in a file that only the owner can read. */
  readonly token: string
  /** True the first time that this is asked of the directory, and never again. */
  readonly isFirst: (mark: string) => boolean
  readonly announce: (running: Running) => E.Either<Fault, void>
  /** Takes the announcement away and lets go of the lock. */
  readonly release: () => void
}

export const openStateDirectory = (path: string): E.Either<Fault, StateDirectory> =>
  trying(path, () => {
    const usable = makeOurs(path)
    if (E.isLeft(usable)) return usable
    const lock = takeLock(path)
    if (E.isLeft(lock)) return lock
    const opened = trying(path, () => openLocked(path, lock.right))
    if (E.isLeft(opened)) lock.right.close()
    return opened
  })

const trying = <A>(path: string, act: () => E.Either<Fault, A>): E.Either<Fault, A> => {
  try {
    return act()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    const reason = error instanceof Error ? error.message : 'unreadable'
    return E.left(fault(code === 'ENOSPC' ? 'FG_STORE_FULL' : 'FG_STATE_UNUSABLE', `${path}: ${reason}`))
  }
}

/** Makes the directory, or takes one that is empty or ours: a directory that is somebody else's is not closed to the others who use it. */
const makeOurs = (path: string): E.Either<Fault, void> => {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const names = readdirSync(path)
  if (names.length > 0 && !OURS.some((name) => names.includes(name)))
    return E.left(
      fault('FG_STATE_UNUSABLE', `${path} holds other files (such as ${names.slice(0, 3).join(', ')}) and is no state directory`)
    )
  chmodSync(path, 0o700)
  return E.right(undefined)
}

const openLocked = (path: string, lock: DatabaseSync): E.Either<Fault, StateDirectory> => {
  const logFile = join(path, 'log.db')
  // A new ledger beside the runs of an old one would give its job numbers again, and would stand where the old one is to be put back.
  if (existsSync(join(path, 'runs', 'ledger')) && (statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) === 0)
    return E.left(fault('FG_LEDGER_MISSING', `${logFile} is missing or empty, although jobs were run from ${path} before`))
  const token = tokenOf(join(path, 'token'))
  if (E.isLeft(token)) return token
  const announcement = join(path, 'dev.json')
  let announced = false
  mkdirSync(join(path, 'runs'), { recursive: true, mode: 0o700 })
  return E.right({
    path,
    logFile,
    viewsFile: join(path, 'views.db'),
    serverLogFile: join(path, 'server.log'),
    runsPath: join(path, 'runs'),
    token: token.right,
    isFirst: (mark) => markFirst(join(path, mark)),
    announce: (running) =>
      trying(path, () => {
        replaceFile(announcement, `${JSON.stringify(running)}\n`)
        announced = true
        return E.right(undefined)
      }),
    release: () => {
      if (announced) rmSync(announcement, { force: true })
      lock.close()
    }
  })
}

const takeLock = (path: string): E.Either<Fault, DatabaseSync> => {
  const file = join(path, 'lock')
  writeFileSync(file, '', { flag: 'a', mode: 0o600 })
  const lock = new DatabaseSync(file)
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    return E.right(lock)
  } catch (error) {
    lock.close()
    if (isBusy(error)) return E.left(fault('FG_ALREADY_RUNNING', `a server already runs on ${path}${nameOf(path)}`))
    const why = sqliteFault(error, file)
    return E.left(why.code === 'FG_STORE_CORRUPT' ? { ...why, next: 'Remove this file: it is only there to be locked.' } : why)
  }
}

/** Names the server that holds the lock, as far as it told of itself. */
const nameOf = (path: string): string => {
  try {
    const running = JSON.parse(readFileSync(join(path, 'dev.json'), 'utf8')) as Partial<Running>
    return `: process ${running.pid}, ${running.url}`
  } catch {
    return ''
  }
}

const tokenOf = (file: string): E.Either<Fault, string> => {
  if (!existsSync(file)) replaceFile(file, `${randomBytes(TOKEN_BYTES).toString('base64url')}\n`)
  try {
    chmodSync(file, 0o600)
    const token = readFileSync(file, 'utf8').trim()
    return TOKEN.test(token) ? E.right(token) : E.left(fault('FG_TOKEN_UNUSABLE', `${file} does not hold a token`))
  } catch (error) {
    return E.left(fault('FG_TOKEN_UNUSABLE', `${file}: ${error instanceof Error ? error.message : 'unreadable'}`))
  }
}

/** A mark that cannot be made is none: what is done once is not done over and over on a full disk. */
const markFirst = (file: string): boolean => {
  try {
    closeSync(openSync(file, 'wx', 0o600))
    return true
  } catch {
    return false
  }
}

/** A reader sees the old file or the new one, and nothing in between. */
const replaceFile = (file: string, text: string): void => {
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
