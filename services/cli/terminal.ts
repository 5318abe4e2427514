/**
 * Where a verb writes: data on stdout, messages on stderr, so that a pipe gets data alone. Colours and block characters only where a
 * person looks at them.
 */
import picocolors from 'picocolors'
import { misused } from './quit.ts'

export type Format = 'table' | 'wide' | 'json' | 'yaml' | 'id'
export const FORMATS: ReadonlyArray<Format> = ['table', 'wide', 'json', 'yaml', 'id']

/** The options that every verb has, as commander hands them over. */
export interface CommonOptions {
  readonly json?: boolean
  readonly output?: string
  readonly quiet?: boolean
  readonly color?: boolean
  readonly plain?: boolean
  readonly url?: string
  readonly stateDir?: string
}

export interface Terminal {
  readonly format: Format
  /** A line of data. */
  readonly out: (line: string) => void
  /** A message that -q silences. */
  readonly say: (line: string) => void
  /** A message that nothing silences. */
  readonly warn: (line: string) => void
  readonly paint: ReturnType<typeof picocolors.createColors>
  /** ASCII alone: no block characters in plots. */
  readonly plain: boolean
  /** Somebody reads stderr on a screen. */
  readonly attended: boolean
  readonly columns: number
  /** Into which tables should fit; there is no such width in a file or a pipe. */
  readonly screen: number
}

const COLUMNS_UNKNOWN = 100

export const terminalOf = (options: CommonOptions): Terminal => {
  const dumb = process.env['TERM'] === 'dumb'
  const noColor = options.color === false || options.plain === true || dumb || (process.env['NO_COLOR'] ?? '') !== ''
  const warn = (line: string): void => void process.stderr.write(`${line}\n`)
  return {
    format: formatOf(options),
    out: (line) => void process.stdout.write(`${line}\n`),
    say: options.quiet === true ? () => undefined : warn,
    warn,
    paint: picocolors.createColors(process.stdout.isTTY && !noColor),
    plain: options.plain === true || dumb,
    attended: process.stderr.isTTY && options.quiet !== true,
    columns: process.stdout.isTTY ? process.stdout.columns : COLUMNS_UNKNOWN,
    screen: process.stdout.isTTY && process.stdout.columns > 0 ? process.stdout.columns : Number.POSITIVE_INFINITY
  }
}

const formatOf = (options: CommonOptions): Format => {
  if (options.json === true) return 'json'
  const format = FORMATS.find((one) => one === (options.output ?? 'table'))
  if (format === undefined) throw misused(`--output "${options.output ?? ''}" is not a format`, `Formats are ${FORMATS.join(', ')}.`)
  return format
}

/** The same data in each of the formats: `table` says how people see it, `ids` what a script goes on with. */
export interface Shown<A> {
  readonly data: A
  readonly table: (wide: boolean) => ReadonlyArray<string>
  readonly ids: () => ReadonlyArray<string>
}

export const show = async <A>(terminal: Terminal, shown: Shown<A>): Promise<void> => {
  if (terminal.format === 'json') terminal.out(JSON.stringify(shown.data, undefined, 2))
  else if (terminal.format === 'yaml') terminal.out((await import('yaml')).stringify(shown.data).trimEnd())
  else for (const line of terminal.format === 'id' ? shown.ids() : shown.table(terminal.format === 'wide')) terminal.out(line)
}
