/** Small plots of text: a bar for a share, a line of blocks for a series; in ASCII where the terminal knows no better. */

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']
const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const LEVELS_PLAIN = ['_', '.', ':', '-', '=', '+', '*', '#']

export const bar = (value: number, max: number, width: number, plain: boolean): string => {
  const length = max <= 0 ? 0 : Math.min(1, Math.max(0, value / max)) * width
  if (plain) return '#'.repeat(Math.round(length))
  const whole = Math.floor(length)
  return '█'.repeat(whole) + (EIGHTHS[Math.floor((length - whole) * 8)] ?? '')
}

/** One character a value, from 0 to the largest; an unknown value is a space. */
export const sparkline = (values: ReadonlyArray<number | undefined>, plain: boolean): string => {
  const levels = plain ? LEVELS_PLAIN : LEVELS
  const most = values.reduce<number>((max, value) => Math.max(max, value ?? 0), 0)
  return values
    .map((value) =>
      value === undefined ? ' ' : (levels[most === 0 ? 0 : Math.min(7, Math.ceil((value / most) * 8 - 1e-9) - 1)] ?? levels[0])
    )
    .join('')
}

/** A longer series squeezed into the width, each character the mean of its part. */
export const squeeze = (values: ReadonlyArray<number>, width: number): ReadonlyArray<number> => {
  if (values.length <= width) return values
  return Array.from({ length: width }, (_, index) => {
    const part = values.slice(Math.floor((index * values.length) / width), Math.floor(((index + 1) * values.length) / width))
    return part.reduce((sum, value) => sum + value, 0) / part.length
  })
}
