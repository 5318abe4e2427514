/**
 * What the server says about itself, one JSON object a line, in a file of the state directory: its starts, what stood in its way, and
 * its own mistakes. No request, body or token is ever written there. Two files of a bounded size are kept.
 */
import { appendFileSync, renameSync, statSync } from 'node:fs'
import { pino, type Logger } from 'pino'

export const FILE_BYTES_MAX = 4 * 1024 * 1024
/** One line more than this helps nobody. */
const LINE_CHARS_MAX = 16 * 1024

export const serverLog = (file: string): Logger =>
  pino({ base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, { write: (line: string) => append(file, line) })

/** A log that cannot be written, such as on a full disk, must not end what it tells of. */
const append = (file: string, line: string): void => {
  try {
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) >= FILE_BYTES_MAX) renameSync(file, `${file}.1`)
    appendFileSync(file, line.length <= LINE_CHARS_MAX ? line : cut(line), { mode: 0o600 })
  } catch {
    // The next line is tried again.
  }
}

const cut = (line: string): string => `${JSON.stringify({ cut: line.slice(0, LINE_CHARS_MAX) })}\n`
