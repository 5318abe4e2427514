/** The SQL of views: their tables, and the statements that read and write rows of them. */
import type { Row, Select, TableSchema } from '../../domain/ports/viewStore.ts'

export type SqlValue = string | number | null

const quoted = (name: string): string => {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error(`${name.slice(0, 64)} is no name of a table or column`)
  return `"${name}"`
}
const list = (names: ReadonlyArray<string>): string => names.map(quoted).join(', ')

export const createTable = (table: TableSchema): ReadonlyArray<string> => {
  const columns = Object.entries(table.columns).map(([name, type]) => {
    const needed = table.key.includes(name) ? ' NOT NULL' : ''
    return `${quoted(name)} ${type === 'integer' ? 'INTEGER' : 'TEXT'}${needed}`
  })
  // A single integer is the row's own number in SQLite; every other key is kept in one tree with its row.
  const isNumber = table.key.length === 1 && table.columns[table.key[0]!] === 'integer'
  const options = isNumber ? 'STRICT' : 'STRICT, WITHOUT ROWID'
  return [
    `CREATE TABLE ${quoted(table.name)} (${columns.join(', ')}, PRIMARY KEY (${list(table.key)})) ${options}`,
    ...(table.indexes ?? []).map(
      (columns) => `CREATE INDEX ${quoted(`${table.name}_by_${columns.join('_')}`)} ON ${quoted(table.name)} (${list(columns)})`
    )
  ]
}

export const dropTable = (name: string): string => `DROP TABLE IF EXISTS ${quoted(name)}`

const byKey = (table: TableSchema): string => table.key.map((column) => `${quoted(column)} = ?`).join(' AND ')

export const getSql = (table: TableSchema): string => `SELECT * FROM ${quoted(table.name)} WHERE ${byKey(table)}`
export const removeSql = (table: TableSchema): string => `DELETE FROM ${quoted(table.name)} WHERE ${byKey(table)}`
export const putSql = (table: TableSchema): string => {
  const columns = Object.keys(table.columns)
  const others = columns.filter((column) => !table.key.includes(column))
  const update = others.map((column) => `${quoted(column)} = excluded.${quoted(column)}`).join(', ')
  return [
    `INSERT INTO ${quoted(table.name)} (${list(columns)}) VALUES (${columns.map(() => '?').join(', ')})`,
    `ON CONFLICT (${list(table.key)}) DO ${others.length === 0 ? 'NOTHING' : `UPDATE SET ${update}`}`
  ].join(' ')
}

export interface Statement {
  readonly sql: string
  readonly values: ReadonlyArray<SqlValue>
}

export const selectSql = (table: TableSchema, select: Select): Statement => {
  const values: Array<SqlValue> = []
  const conditions = (select.where ?? []).map(({ column, op, value }) => {
    values.push(value)
    return `${quoted(column)} ${op} ?`
  })
  if (select.among !== undefined) {
    // One parameter whatever the number of values, so that the statement can be kept.
    values.push(JSON.stringify(select.among.values))
    conditions.push(`${quoted(select.among.column)} IN (SELECT value FROM json_each(?))`)
  }
  const { group } = select
  const wanted =
    group === undefined
      ? '*'
      : [
          ...group.by.map(quoted),
          'count(*) AS "count"',
          ...(group.sum ?? []).map((column) => `sum(${quoted(column)}) AS ${quoted(column)}`),
          ...(group.min ?? []).map((column) => `min(${quoted(column)}) AS ${quoted(column)}`)
        ].join(', ')
  const order = orderOf(table, select)
  const parts = [
    `SELECT ${wanted} FROM ${quoted(table.name)}`,
    ...(conditions.length > 0 ? [`WHERE ${conditions.join(' AND ')}`] : []),
    ...(group === undefined ? [] : [`GROUP BY ${list(group.by)}`]),
    `ORDER BY ${order.join(', ')}`,
    ...(select.limit === undefined ? [] : ['LIMIT ?'])
  ]
  if (select.limit !== undefined) values.push(select.limit)
  return { sql: parts.join(' '), values }
}

const orderOf = (table: TableSchema, select: Select): ReadonlyArray<string> => {
  const given = (select.order ?? []).map(({ column, descending }) => `${quoted(column)}${descending === true ? ' DESC' : ''}`)
  const named = (select.order ?? []).map(({ column }) => column)
  const rest = (select.group?.by ?? table.key).filter((column) => !named.includes(column)).map(quoted)
  return [...given, ...rest]
}

/** The values of a row in the order of the table's columns. */
export const toSql = (table: TableSchema, row: Row): ReadonlyArray<SqlValue> =>
  Object.entries(table.columns).map(([name, type]) => {
    const value = row[name]
    if (value === null || value === undefined) return null
    if (type === 'json') return JSON.stringify(value)
    if (typeof value === 'string' || typeof value === 'number') return value
    throw new Error(`${table.name}.${name} is ${type}, and not ${typeof value}`)
  })

/** As the row was put: texts of json columns become values again, in the row that SQLite made for us. */
export const fromSql = (table: TableSchema): ((found: Record<string, unknown>) => Row) => {
  const texts = Object.keys(table.columns).filter((name) => table.columns[name] === 'json')
  return (found) => {
    for (const name of texts) {
      const value = found[name]
      if (typeof value === 'string') found[name] = JSON.parse(value)
    }
    return found as Row
  }
}
