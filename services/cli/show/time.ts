/** Times and durations as people say them. */

const UNITS: ReadonlyArray<readonly [string, number]> = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000]
]

/** The two largest units: `2h 5m`, `41s`, `0.3s`, `120ms`. */
export const duration = (ms: number): string => {
  if (ms < 0) return `-${duration(-ms)}`
  if (ms < 1000) return `${Math.round(ms)}ms`
  if (ms < 10_000) return `${(ms / 1000).toFixed(1).replace(/\.0$/, '')}s`
  const start = UNITS.findIndex(([, unit]) => ms >= unit)
  const parts: Array<string> = []
  let rest = ms
  for (const [name, unit] of UNITS.slice(start, start + 2)) {
    const amount = Math.floor(rest / unit)
    if (amount > 0) parts.push(`${amount}${name}`)
    rest -= amount * unit
  }
  return parts.join(' ')
}

export const ago = (ms: number, nowMs: number): string => {
  const past = nowMs - ms
  if (Math.abs(past) < 1000) return 'now'
  return past > 0 ? `${roughly(past)} ago` : `in ${roughly(-past)}`
}

/** The largest unit alone. */
const roughly = (ms: number): string => duration(ms).split(' ')[0] ?? ''

/** UTC to the second: the same on every machine that reads the same ledger. */
export const stamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}Z`
