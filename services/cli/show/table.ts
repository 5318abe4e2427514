/** Tables of aligned columns, without rules and frames, so that `awk` reads them as well as people do. */
import { clean } from './clean.ts'

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => string
  /** Numbers stand to the right. */
  readonly right?: boolean
  /** Only with `-o wide`. */
  readonly wide?: boolean
  /** Down to how many characters it is cut where the screen is too narrow for all. */
  readonly shrinksTo?: number
  /** Cells carry colours of ours. Those of all other columns are cleaned, whoever wrote what is in them. */
  readonly painted?: boolean
}

/** `screen` is the width that the lines should fit into, where there is one. */
export const table = <Row>(
  rows: ReadonlyArray<Row>,
  columns: ReadonlyArray<Column<Row>>,
  wide = false,
  screen = Number.POSITIVE_INFINITY
): ReadonlyArray<string> => {
  const shown = columns.filter((column) => wide || column.wide !== true)
  const lines = [
    shown.map((column) => column.title),
    ...rows.map((row) => shown.map((column) => (column.painted === true ? column.cell(row) : clean(column.cell(row)))))
  ]
  const widths = fitting(
    shown.map((_, index) => lines.reduce((most, line) => Math.max(most, widthOf(line[index] ?? '')), 0)),
    shown,
    wide ? Number.POSITIVE_INFINITY : screen
  )
  return lines.map((line) =>
    line
      .map((cell, index) => pad(cut(cell, widths[index] ?? 0), widths[index] ?? 0, shown[index]?.right === true, index === line.length - 1))
      .join('  ')
      .trimEnd()
  )
}

/** Takes what is too much from the widest of the columns that may shrink, one character after the other. */
const fitting = (natural: ReadonlyArray<number>, columns: ReadonlyArray<Column<never>>, screen: number): ReadonlyArray<number> => {
  const widths = [...natural]
  let tooMuch = widths.reduce((sum, width) => sum + width + 2, -2) - screen
  for (; tooMuch > 0; tooMuch--) {
    let widest = -1
    columns.forEach(({ shrinksTo }, index) => {
      if (shrinksTo !== undefined && widths[index]! > shrinksTo && (widest < 0 || widths[index]! > widths[widest]!)) widest = index
    })
    if (widest < 0) break
    widths[widest]! -= 1
  }
  return widths
}

/** Only columns that shrink have cells that are too wide, and those carry no colours. */
const cut = (cell: string, width: number): string => {
  if (widthOf(cell) <= width) return cell
  let text = ''
  for (const character of cell) {
    if (widthOf(text + character) > width - 1) break
    text += character
  }
  return `${text}~`
}

/** Name and value below each other, the values in one column; one that is painted is clean already. */
export const pairs = (entries: ReadonlyArray<readonly [name: string, value: string, painted?: 'painted']>): ReadonlyArray<string> => {
  const width = entries.reduce((most, [name]) => Math.max(most, name.length), 0)
  return entries.map(([name, value, painted]) => `${name.padEnd(width)}  ${painted === undefined ? clean(value) : value}`.trimEnd())
}

const pad = (cell: string, width: number, right: boolean, last: boolean): string => {
  const space = ' '.repeat(Math.max(0, width - widthOf(cell)))
  if (right) return space + cell
  return last ? cell : cell + space
}

/** Colours and what combines with the letter before take no room on the screen, and East Asian letters and pictures that of two. */
const widthOf = (cell: string): number => {
  let width = 0
  for (const character of cell.replace(COLORS, '').replace(COMBINING, '')) width += WIDE.test(character) ? 2 : 1
  return width
}
const COLORS = /\u001b\[[0-9;]*m/g
const COMBINING = /[\p{Mn}\p{Me}\u200b-\u200f\ufe0f]/gu
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
