/** The views of a pool in memory: for tests, and for who needs them only once. */
import * as E from 'fp-ts/lib/Either.js'
import {
  BEGINNING,
  type Committed,
  type Condition,
  type Json,
  type Key,
  type Mark,
  type Row,
  type Select,
  type TableSchema,
  type ViewCommit,
  type ViewSchema,
  type ViewStore
} from '../../domain/ports/viewStore.ts'

interface Kept {
  readonly schema: TableSchema
  readonly rows: Map<string, Row>
}

export const memoryViewStore = (): ViewStore => {
  const views = new Map<string, { readonly schema: ViewSchema; mark: Mark }>()
  const tables = new Map<string, Kept>()

  const kept = (name: string): Kept => {
    const found = tables.get(name)
    if (found === undefined) throw new Error(`no view with a table ${name} was opened`)
    return found
  }

  const begin = (schema: ViewSchema): Mark => {
    for (const table of views.get(schema.name)?.schema.tables ?? []) tables.delete(table.name)
    for (const table of schema.tables) tables.set(table.name, { schema: table, rows: new Map() })
    views.set(schema.name, { schema, mark: BEGINNING })
    return BEGINNING
  }

  const open = (schema: ViewSchema): E.Either<never, Mark> => {
    const known = views.get(schema.name)
    const same = known?.schema.version === schema.version && JSON.stringify(known.schema.tables) === JSON.stringify(schema.tables)
    return E.right(known !== undefined && same ? known.mark : begin(schema))
  }

  const write = (change: ViewCommit['changes'][number]): void => {
    const { schema, rows } = kept(change.table)
    for (const key of change.remove) rows.delete(tokenOf(key))
    for (const row of change.put) rows.set(tokenOf(keyOf(schema, row)), row)
  }

  const commit = (commits: ReadonlyArray<ViewCommit>): E.Either<never, Committed> => {
    for (const { view, from } of commits) {
      const stored = views.get(view)?.mark
      if (stored?.round !== from.round || stored.hash !== from.hash) return E.right({ type: 'Refused', view, stored })
    }
    for (const { view, to, changes } of commits) {
      changes.forEach(write)
      views.get(view)!.mark = to
    }
    return E.right({ type: 'Committed' })
  }

  const select = (wanted: Select): E.Either<never, ReadonlyArray<Row>> => {
    const { schema, rows } = kept(wanted.table)
    const found = [...rows.values()].filter((row) => fits(row, wanted))
    const { group } = wanted
    const grouped = group === undefined ? found : groups(found, group)
    const ordered = grouped.toSorted(inOrder(group?.by ?? schema.key, wanted))
    return E.right(wanted.limit === undefined ? ordered : ordered.slice(0, wanted.limit))
  }

  const get = (table: string, key: Key): Row | undefined => kept(table).rows.get(tokenOf(key))
  return { open, reset: (schema) => E.right(begin(schema)), reading: (run) => E.right(run(get)), commit, select, close: () => undefined }
}

const tokenOf = (key: Key): string => JSON.stringify(key)
const keyOf = (schema: TableSchema, row: Row): Key => schema.key.map((column) => row[column] as string | number)

/** As SQL has it: nothing that is compared with a null holds. */
const holds = (row: Row, { column, op, value }: Condition): boolean => {
  const found = row[column]
  if (typeof found !== 'string' && typeof found !== 'number') return false
  switch (op) {
    case '=':
      return found === value
    case '!=':
      return found !== value
    case '<':
      return found < value
    case '<=':
      return found <= value
    case '>':
      return found > value
    case '>=':
      return found >= value
    default: {
      const unreachable: never = op
      return unreachable
    }
  }
}

const fits = (row: Row, select: Select): boolean =>
  (select.where ?? []).every((condition) => holds(row, condition)) &&
  (select.among === undefined || select.among.values.some((value) => row[select.among!.column] === value))

const groups = (rows: ReadonlyArray<Row>, group: NonNullable<Select['group']>): ReadonlyArray<Row> => {
  const found = new Map<string, Array<Row>>()
  for (const row of rows) {
    const token = JSON.stringify(group.by.map((column) => row[column]))
    const known = found.get(token)
    if (known === undefined) found.set(token, [row])
    else known.push(row)
  }
  return [...found.values()].map((members) => {
    const one: Record<string, Json> = { count: members.length }
    for (const column of group.by) one[column] = members[0]![column]!
    for (const column of group.sum ?? []) one[column] = members.reduce((sum, row) => sum + Number(row[column]), 0)
    for (const column of group.min ?? []) one[column] = members.map((row) => row[column]!).reduce((a, b) => (compare(a, b) <= 0 ? a : b))
    return one
  })
}

const inOrder = (key: ReadonlyArray<string>, select: Select) => {
  const given = select.order ?? []
  const order = [
    ...given,
    ...key.filter((column) => !given.some((one) => one.column === column)).map((column) => ({ column, descending: false }))
  ]
  return (a: Row, b: Row): number => {
    for (const { column, descending } of order) {
      const by = compare(a[column]!, b[column]!)
      if (by !== 0) return descending === true ? -by : by
    }
    return 0
  }
}

const compare = (a: Json, b: Json): number => (a === b ? 0 : a === null ? -1 : b === null ? 1 : a < b ? -1 : 1)
