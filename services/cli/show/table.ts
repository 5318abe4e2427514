/** Tables of aligned columns, without rules and frames, so that `awk` reads them as well as people do. */

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => string
  /** Numbers stand to the right. */
  readonly right?: boolean
  /** Only with `-o wide`. */
  readonly wide?: boolean
}

export const table = <Row>(rows: ReadonlyArray<Row>, columns: ReadonlyArray<Column<Row>>, wide = false): ReadonlyArray<string> => {
  const shown = columns.filter((column) => wide || column.wide !== true)
  const lines = [shown.map((column) => column.title), ...rows.map((row) => shown.map((column) => oneLine(column.cell(row))))]
  const widths = shown.map((_, index) => lines.reduce((most, line) => Math.max(most, widthOf(line[index] ?? '')), 0))
  return lines.map((line) =>
    line
      .map((cell, index) => pad(cell, widths[index] ?? 0, shown[index]?.right === true, index === line.length - 1))
      .join('  ')
      .trimEnd()
  )
}

/** Name and value below each other, the values in one column. */
export const pairs = (entries: ReadonlyArray<readonly [string, string]>): ReadonlyArray<string> => {
  const width = entries.reduce((most, [name]) => Math.max(most, name.length), 0)
  return entries.map(([name, value]) => `${name.padEnd(width)}  ${oneLine(value)}`.trimEnd())
}

const pad = (cell: string, width: number, right: boolean, last: boolean): string => {
  const space = ' '.repeat(Math.max(0, width - widthOf(cell)))
  if (right) return space + cell
  return last ? cell : cell + space
}

/** Colours take no room on the screen. */
const widthOf = (cell: string): number => [...cell.replace(COLORS, '')].length
const COLORS = /\u001b\[[0-9;]*m/g

/** A name with a line break or an escape sequence in it must not be able to draw on the screen. */
const oneLine = (cell: string): string => cell.replace(CONTROLS, '?')
const CONTROLS = /[\u0000-\u001a\u001c-\u001f\u007f-\u009f]|\u001b(?!\[[0-9;]*m)/g
