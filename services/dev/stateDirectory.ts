/**
 * The state directory: everything that a server keeps between runs. It is its owner's alone. An exclusive transaction on a small
 * database marks that a server runs: the system lets go of that lock even when the server is killed, so no stale lock is ever left.
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import * as E from 'fp-ts/lib/Either.js'
import { fault, type Fault } from '../../domain/ports/fault.ts'

const TOKEN_BYTES = 32

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
  /** One directory a run: logs, claim, exit. */
  readonly runsPath: string
  /** What a client must bear; kept in a file that only the owner can read. */
  readonly token: string
  /** True the first time that this is asked of the directory, and never again. */
  readonly isFirst: (mark: string) => boolean
  readonly announce: (running: Running) => void
  /** Takes the announcement away and lets go of the lock. */
  readonly release: () => void
}

export const openStateDirectory = (path: string): E.Either<Fault, StateDirectory> => {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    chmodSync(path, 0o700)
    const lock = takeLock(join(path, 'lock'))
    if (lock === undefined) return E.left(fault('FG_ALREADY_RUNNING', `a server already runs on ${path}${nameOf(path)}`))
    mkdirSync(join(path, 'runs'), { recursive: true, mode: 0o700 })
    const announcement = join(path, 'dev.json')
    return E.right({
      path,
      logFile: join(path, 'log.db'),
      viewsFile: join(path, 'views.db'),
      runsPath: join(path, 'runs'),
      token: tokenOf(join(path, 'token')),
      isFirst: (mark) => markFirst(join(path, mark)),
      announce: (running) => replaceFile(announcement, `${JSON.stringify(running)}\n`),
      release: () => {
        rmSync(announcement, { force: true })
        lock.close()
      }
    })
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unreadable'
    return E.left(fault('FG_STATE_UNUSABLE', `${path}: ${reason}`))
  }
}

const takeLock = (file: string): DatabaseSync | undefined => {
  writeFileSync(file, '', { flag: 'a', mode: 0o600 })
  const lock = new DatabaseSync(file)
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    return lock
  } catch {
    lock.close()
    return undefined
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

const tokenOf = (file: string): string => {
  if (!existsSync(file)) replaceFile(file, `${randomBytes(TOKEN_BYTES).toString('base64url')}\n`)
  chmodSync(file, 0o600)
  return readFileSync(file, 'utf8').trim()
}

const markFirst = (file: string): boolean => {
  if (existsSync(file)) return false
  writeFileSync(file, '', { mode: 0o600 })
  return true
}

/** A reader sees the old file or the new one, and nothing in between. */
const replaceFile = (file: string, text: string): void => {
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
