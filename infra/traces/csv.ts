/** Tables as text: a header line, then one row a line, fields parted by commas (the traces quote nothing). */
import * as E from 'fp-ts/lib/Either.js'
import { fault, type Fault } from '../../domain/ports/fault.ts'

/** One row: its fields by the name of their column, and where it stands. */
export interface CsvRow {
  readonly line: number
  readonly text: (column: string) => string
  /** The field as a number; NaN where it is empty or no number. */
  readonly number: (column: string) => number
}

export const readCsv = <A>(
  text: string,
  columns: ReadonlyArray<string>,
  row: (row: CsvRow) => A | string
): E.Either<Fault, ReadonlyArray<A>> => {
  const lines = text.split(/\r?\n/)
  const header = lines[0]?.split(',') ?? []
  const missing = columns.filter((column) => !header.includes(column))
  if (missing.length > 0)
    return E.left(
      fault('FG_TRACE_MALFORMED', `the file has no column ${missing.join(', ')}; its first line is "${(lines[0] ?? '').slice(0, 120)}"`)
    )
  const at = new Map(header.map((name, index) => [name, index]))
  const rows: Array<A> = []
  for (let index = 1; index < lines.length; index++) {
    const line = lines[index] ?? ''
    if (line === '') continue
    const fields = line.split(',')
    const field = (column: string): string => fields[at.get(column) ?? -1] ?? ''
    const read = row({ line: index + 1, text: field, number: (column) => (field(column) === '' ? NaN : Number(field(column))) })
    if (typeof read === 'string') return E.left(fault('FG_TRACE_MALFORMED', `line ${index + 1}: ${read}`))
    rows.push(read)
  }
  return E.right(rows)
}

/** Whether all the numbers are there and not negative. */
export const isCounts = (...values: ReadonlyArray<number>): boolean => values.every((value) => Number.isFinite(value) && value >= 0)
