/** Progress of a long computation: one line that is drawn over on a screen, and nothing at all elsewhere. */
import type { Terminal } from '../terminal.ts'
import { bar } from './plot.ts'

export interface Progress {
  readonly tell: (text: string, share: number) => void
  /** Takes the line away. */
  readonly end: () => void
}

const REDRAW_MS = 100
const BAR_CHARACTERS = 20

export const progressOn = (terminal: Terminal): Progress => {
  if (!terminal.attended || process.env['TERM'] === 'dumb') return { tell: () => undefined, end: () => undefined }
  let drawnMs = 0
  return {
    tell: (text, share) => {
      const nowMs = performance.now()
      if (nowMs - drawnMs < REDRAW_MS) return
      drawnMs = nowMs
      process.stderr.write(`\r\u001b[K${bar(share, 1, BAR_CHARACTERS, terminal.plain).padEnd(BAR_CHARACTERS)}  ${text}`)
    },
    end: () => void process.stderr.write('\r\u001b[K')
  }
}
