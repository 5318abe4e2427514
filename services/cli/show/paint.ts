/** Colours that carry a meaning, which the word beside them says too. */
import type { Terminal } from '../terminal.ts'

const COLORS: Readonly<Record<string, 'green' | 'red' | 'yellow' | 'cyan' | 'gray'>> = {
  running: 'green',
  allocated: 'green',
  ready: 'green',
  pending: 'yellow',
  draining: 'yellow',
  cordoned: 'yellow',
  failed: 'red',
  timedOut: 'red',
  retired: 'gray',
  cancelled: 'gray',
  succeeded: 'cyan'
}

export const paintState = (state: string, { paint }: Terminal): string => {
  const color = Object.hasOwn(COLORS, state) ? COLORS[state] : undefined
  return color === undefined ? state : paint[color](state)
}
