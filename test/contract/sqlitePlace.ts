/** A directory with a log's file in it, which several may open at once. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlite, type SqliteLog, type SqliteOptions } from '../../infra/sqlite/openSqlite.ts'
import { POOL } from '../ledger/rounds.ts'
import { valueOf, type Place } from './place.ts'

export interface SqlitePlace extends Place<SqliteLog> {
  readonly file: string
  readonly openWith: (options: Partial<SqliteOptions>) => Promise<SqliteLog>
}

export const sqlitePlace = async (directory?: string): Promise<SqlitePlace> => {
  const home = directory ?? (await mkdtemp(join(tmpdir(), 'fastgpu-log-')))
  const file = join(home, 'log.db')
  const opened: Array<SqliteLog> = []
  const openWith = async (options: Partial<SqliteOptions>): Promise<SqliteLog> => {
    const log = valueOf(await openSqlite({ file, pool: POOL, pollMs: 5, ...options })())
    opened.push(log)
    return log
  }
  return {
    file,
    openWith,
    open: () => openWith({}),
    remove: async () => {
      for (const log of opened) await log.close()
      if (directory === undefined) await rm(home, { recursive: true, force: true })
    }
  }
}
