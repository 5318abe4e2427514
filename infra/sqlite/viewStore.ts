/**
 * The views of a pool in a SQLite file of their own, blocking: it belongs into the projector's thread. The file is written ahead (WAL)
 * and not synced at each commit: a power cut may lose the last commits, mark and rows together, and the projector then goes on from
 * the older mark. The ledger is the truth and is synced; views can always be built again.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import * as E from 'fp-ts/lib/Either.js'
import type { Fault } from '../../domain/ports/fault.ts'
import {
  BEGINNING,
  type Committed,
  type Key,
  type Mark,
  type Row,
  type Select,
  type TableSchema,
  type ViewCommit,
  type ViewSchema,
  type ViewStore
} from '../../domain/ports/viewStore.ts'
import { sqliteFault } from './sqliteFault.ts'
import { createTable, dropTable, fromSql, getSql, putSql, removeSql, selectSql, toSql } from './viewTables.ts'

/** Of this file's own tables; a file of another one is built again. */
const FORMAT = 1
const BUSY_MS = 5_000
const STATEMENTS_MAX = 200

export const sqliteViewStore = (file: string): E.Either<Fault, ViewStore> => {
  let db: DatabaseSync
  try {
    db = new DatabaseSync(file, { timeout: BUSY_MS })
  } catch (error) {
    return E.left(sqliteFault(error, file))
  }
  try {
    prepare(db)
    return E.right(storeOf(db, file))
  } catch (error) {
    db.close()
    return E.left(sqliteFault(error, file))
  }
}

const prepare = (db: DatabaseSync): void => {
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY')
  db.exec('PRAGMA journal_size_limit = 67108864')
  const format = db.prepare('PRAGMA user_version').get()?.['user_version']
  if (format === FORMAT) return
  db.exec('BEGIN IMMEDIATE')
  for (const { name } of db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all())
    db.exec(dropTable(String(name)))
  db.exec('CREATE TABLE views (name TEXT PRIMARY KEY, version INTEGER, tables TEXT, round INTEGER, hash TEXT) STRICT, WITHOUT ROWID')
  db.exec(`PRAGMA user_version = ${FORMAT}`)
  db.exec('COMMIT')
}

interface Kept {
  readonly schema: TableSchema
  readonly get: StatementSync
  readonly put: StatementSync
  readonly remove: StatementSync
}

const storeOf = (db: DatabaseSync, file: string): ViewStore => {
  const tables = new Map<string, Kept>()
  const statements = new Map<string, StatementSync>()
  const findView = db.prepare('SELECT version, tables, round, hash FROM views WHERE name = ?')
  const putView = db.prepare('INSERT OR REPLACE INTO views (name, version, tables, round, hash) VALUES (?, ?, ?, ?, ?)')
  const moveView = db.prepare('UPDATE views SET round = ?, hash = ? WHERE name = ? AND round = ? AND hash = ?')

  const kept = (name: string): Kept => {
    const found = tables.get(name)
    if (found === undefined) throw new Error(`no view with a table ${name} was opened`)
    return found
  }

  /** All of it or nothing; what SQLite cannot do is a fault, and what else is thrown goes on. */
  const transaction = <A>(run: () => A): E.Either<Fault, A> => {
    try {
      db.exec('BEGIN IMMEDIATE')
      const answer = run()
      db.exec('COMMIT')
      return E.right(answer)
    } catch (error) {
      rollBack(db)
      return E.left(sqliteFault(error, file))
    }
  }

  const begin = (view: ViewSchema): Mark => {
    const old = findView.get(view.name)
    if (old !== undefined)
      for (const table of JSON.parse(String(old['tables'])) as ReadonlyArray<TableSchema>) db.exec(dropTable(table.name))
    for (const table of view.tables) for (const sql of [dropTable(table.name), ...createTable(table)]) db.exec(sql)
    putView.run(view.name, view.version, JSON.stringify(view.tables), BEGINNING.round, BEGINNING.hash)
    return BEGINNING
  }

  const know = (view: ViewSchema): void => {
    for (const schema of view.tables)
      tables.set(schema.name, {
        schema,
        get: db.prepare(getSql(schema)),
        put: db.prepare(putSql(schema)),
        remove: db.prepare(removeSql(schema))
      })
  }

  const opened = (view: ViewSchema, anew: boolean): E.Either<Fault, Mark> =>
    transaction(() => {
      const known = findView.get(view.name)
      const same = !anew && known?.['version'] === view.version && known['tables'] === JSON.stringify(view.tables)
      const mark = same ? markOf(known) : begin(view)
      statements.clear()
      know(view)
      return mark
    })

  const get = (table: string, key: Key): Row | undefined => {
    const { schema, get: find } = kept(table)
    const found = find.get(...key)
    return found === undefined ? undefined : fromSql(schema, found)
  }

  const write = ({ changes }: ViewCommit): void => {
    for (const { table, put, remove } of changes) {
      const into = kept(table)
      for (const key of remove) into.remove.run(...key)
      for (const row of put) into.put.run(...toSql(into.schema, row))
    }
  }

  const commit = (commits: ReadonlyArray<ViewCommit>): E.Either<Fault, Committed> => {
    try {
      db.exec('BEGIN IMMEDIATE')
      for (const one of commits) {
        if (moveView.run(one.to.round, one.to.hash, one.view, one.from.round, one.from.hash).changes !== 1) {
          const stored = findView.get(one.view)
          db.exec('ROLLBACK')
          return E.right({ type: 'Refused', view: one.view, stored: stored === undefined ? undefined : markOf(stored) })
        }
        write(one)
      }
      db.exec('COMMIT')
      return E.right({ type: 'Committed' })
    } catch (error) {
      rollBack(db)
      return E.left(sqliteFault(error, file))
    }
  }

  const statement = (sql: string): StatementSync => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    if (statements.size >= STATEMENTS_MAX) statements.clear()
    const made = db.prepare(sql)
    statements.set(sql, made)
    return made
  }

  const select = (wanted: Select): E.Either<Fault, ReadonlyArray<Row>> => {
    const { schema } = kept(wanted.table)
    const { sql, values } = selectSql(schema, wanted)
    try {
      return E.right(
        statement(sql)
          .all(...values)
          .map((row) => fromSql(schema, row))
      )
    } catch (error) {
      return E.left(sqliteFault(error, file))
    }
  }

  const reading: ViewStore['reading'] = (run) => {
    try {
      return E.right(run(get))
    } catch (error) {
      return E.left(sqliteFault(error, file))
    }
  }

  return { open: (view) => opened(view, false), reset: (view) => opened(view, true), reading, commit, select, close: () => db.close() }
}

const markOf = (row: Readonly<Record<string, unknown>>): Mark => ({ round: Number(row['round']), hash: String(row['hash']) })

const rollBack = (db: DatabaseSync): void => {
  try {
    if (db.isTransaction) db.exec('ROLLBACK')
  } catch {
    // SQLite has rolled back by itself; the fault that made it do so is what is told.
  }
}
