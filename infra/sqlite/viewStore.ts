/**
 * The views of a pool in a SQLite file of their own, blocking: it belongs into the projector's thread. The file is written ahead (WAL)
 * and not synced at each commit: a power cut may lose the last commits, mark and rows together, and the projector then goes on from
 * the older mark. The ledger is the truth and is synced; views can always be built again.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import * as E from 'fp-ts/lib/Either.js'
import { fault, type Fault } from '../../domain/ports/fault.ts'
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

const storeOf = (db: DatabaseSync, file: string): ViewStore => {
  const tables = tablesOf(db)
  const marks = marksOf(db)
  /** What was stored as JSON and is none any more was damaged on the disk. */
  const faultOf = (error: unknown): Fault =>
    error instanceof SyntaxError ? fault('FG_STORE_CORRUPT', `${file}: ${error.message}`) : sqliteFault(error, file)

  /** All of it or nothing. `run` may change its mind and undo it. */
  const transaction = <A>(run: (undo: () => void) => A): E.Either<Fault, A> => {
    try {
      db.exec('BEGIN IMMEDIATE')
      const answer = run(() => db.exec('ROLLBACK'))
      if (db.isTransaction) db.exec('COMMIT')
      return E.right(answer)
    } catch (error) {
      rollBack(db)
      return E.left(faultOf(error))
    }
  }

  const asking = <A>(run: () => A): E.Either<Fault, A> => {
    try {
      return E.right(run())
    } catch (error) {
      return E.left(faultOf(error))
    }
  }

  const opened = (view: ViewSchema, anew: boolean): E.Either<Fault, Mark> =>
    transaction(() => {
      const mark = anew ? undefined : marks.find(view)
      if (mark === undefined) {
        for (const sql of [...marks.tablesStored(view), ...view.tables.map((table) => table.name)].map(dropTable)) db.exec(sql)
        for (const sql of view.tables.flatMap(createTable)) db.exec(sql)
        marks.begin(view)
      }
      tables.know(view)
      return mark ?? BEGINNING
    })

  const commit = (commits: ReadonlyArray<ViewCommit>): E.Either<Fault, Committed> =>
    transaction((undo) => {
      for (const one of commits) {
        if (!marks.move(one)) {
          const stored = marks.stored(one.view)
          undo()
          return { type: 'Refused', view: one.view, stored }
        }
        tables.write(one)
      }
      return { type: 'Committed' }
    })

  return {
    open: (view) => opened(view, false),
    reset: (view) => opened(view, true),
    reading: (run) => asking(() => run(tables.get)),
    commit,
    select: (wanted) => asking(() => tables.select(wanted)),
    close: () => db.close()
  }
}

/** Which views are stored, of which version and tables, and how far they have come. */
const marksOf = (db: DatabaseSync) => {
  const find = db.prepare('SELECT version, tables, round, hash FROM views WHERE name = ?')
  const put = db.prepare('INSERT OR REPLACE INTO views (name, version, tables, round, hash) VALUES (?, ?, ?, ?, ?)')
  const move = db.prepare('UPDATE views SET round = ?, hash = ? WHERE name = ? AND round = ? AND hash = ?')
  const stored = (name: string): Mark | undefined => {
    const row = find.get(name)
    return row === undefined ? undefined : { round: Number(row['round']), hash: String(row['hash']) }
  }
  return {
    stored,
    /** Nothing where the view is not there, or is that of another version or other tables. */
    find: (view: ViewSchema): Mark | undefined => {
      const row = find.get(view.name)
      return row?.['version'] === view.version && row['tables'] === JSON.stringify(view.tables) ? stored(view.name) : undefined
    },
    tablesStored: (view: ViewSchema): ReadonlyArray<string> =>
      (JSON.parse(String(find.get(view.name)?.['tables'] ?? '[]')) as ReadonlyArray<TableSchema>).map((table) => table.name),
    begin: (view: ViewSchema): void => {
      put.run(view.name, view.version, JSON.stringify(view.tables), BEGINNING.round, BEGINNING.hash)
    },
    move: ({ view, from, to }: ViewCommit): boolean => move.run(to.round, to.hash, view, from.round, from.hash).changes === 1
  }
}

interface Kept {
  readonly schema: TableSchema
  readonly get: StatementSync
  readonly put: StatementSync
  readonly remove: StatementSync
  readonly rowOf: ReturnType<typeof fromSql>
}

/** The tables of the views that were opened, with their statements. */
const tablesOf = (db: DatabaseSync) => {
  const tables = new Map<string, Kept>()
  const statements = new Map<string, StatementSync>()

  const kept = (name: string): Kept => {
    const found = tables.get(name)
    if (found === undefined) throw new Error(`no view with a table ${name} was opened`)
    return found
  }

  const statement = (sql: string): StatementSync => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    if (statements.size >= STATEMENTS_MAX) statements.clear()
    const made = db.prepare(sql)
    statements.set(sql, made)
    return made
  }

  return {
    know: (view: ViewSchema): void => {
      statements.clear()
      for (const schema of view.tables) {
        const [get, put, remove] = [db.prepare(getSql(schema)), db.prepare(putSql(schema)), db.prepare(removeSql(schema))]
        tables.set(schema.name, { schema, get, put, remove, rowOf: fromSql(schema) })
      }
    },
    get: (table: string, key: Key): Row | undefined => {
      const { get, rowOf } = kept(table)
      const found = get.get(...key)
      return found === undefined ? undefined : rowOf(found)
    },
    write: ({ changes }: ViewCommit): void => {
      for (const { table, put, remove } of changes) {
        const into = kept(table)
        for (const key of remove) into.remove.run(...key)
        for (const row of put) into.put.run(...toSql(into.schema, row))
      }
    },
    select: (wanted: Select): ReadonlyArray<Row> => {
      const { schema, rowOf } = kept(wanted.table)
      const { sql, values } = selectSql(schema, wanted)
      return statement(sql)
        .all(...values)
        .map(rowOf)
    }
  }
}

const rollBack = (db: DatabaseSync): void => {
  try {
    if (db.isTransaction) db.exec('ROLLBACK')
  } catch {
    // SQLite has rolled back by itself; the fault that made it do so is what is told.
  }
}
