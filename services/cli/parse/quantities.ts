/**
 * Amounts as people write them. Memory is in Kubernetes units: 40G is 40 x 10^9 bytes, 40Gi is 40 x 2^30, so that `--gpu-memory 80G`
 * means the card that is sold as one of 80 GB. A number without a unit is refused where two units would be plausible.
 */
import { misused } from '../quit.ts'

const BYTES: Readonly<Record<string, number>> = {
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40
}

/** MiB, rounded up: asking for a little more is never asking for too little. */
export const memoryMibOf = (text: string, flag: string): number => {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]i?)b?$/i.exec(text.trim())
  const unit = BYTES[match?.[2]?.toLowerCase() ?? '']
  if (match === null || unit === undefined)
    throw misused(
      `${flag} "${text}" is not an amount of memory`,
      'Write a number with its unit, such as 40G (10^9 bytes) or 40Gi (2^30 bytes).'
    )
  return inRange(Math.ceil((Number(match[1]) * unit) / 2 ** 20), AMOUNT, flag, text)
}

const MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** ms of `90s`, `1h30m`, `2d`, or `HH:MM:SS` as Slurm has it. */
export const durationMsOf = (text: string, flag: string): number => {
  const clock = /^(?:(\d+)-)?(\d+):(\d{2}):(\d{2})$/.exec(text.trim())
  if (clock !== null) {
    const [days, hours, minutes, seconds] = clock.slice(1).map((part) => Number(part ?? 0))
    return (((days ?? 0) * 24 + (hours ?? 0)) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1000
  }
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)]
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== text.trim())
    throw misused(`${flag} "${text}" is not a duration`, 'Write numbers with units, such as 90s, 2h, 1h30m or 7d.')
  return Math.round(parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (MS[unit ?? ''] ?? 0), 0))
}

/** A moment: `2h` means two hours ago, `now`, or a date and time as ISO 8601 has it (a date alone begins at midnight UTC). */
export const momentMsOf = (text: string, flag: string, nowMs: number): number => {
  if (text === 'now') return nowMs
  if (/^\d{4}-\d{2}/.test(text)) {
    const ms = Date.parse(text)
    if (!Number.isNaN(ms) && ms >= 0) return ms
  } else if (/\d[a-z]/.test(text)) return Math.max(0, nowMs - durationMsOf(text, flag))
  throw misused(
    `${flag} "${text}" is not a time`,
    'Write how long ago (2h, 7d), a date (2026-03-01), or a date and time (2026-03-01T12:00Z).'
  )
}

/** Like momentMsOf, but a bare duration lies ahead: `30m` is in half an hour. */
export const deadlineMsOf = (text: string, flag: string, nowMs: number): number =>
  /^\d{4}-\d{2}/.test(text) || text === 'now' ? momentMsOf(text, flag, nowMs) : nowMs + durationMsOf(text, flag)

/** Thousandths of a CPU: `4`, `0.5` or `500m`. */
export const cpuMilliOf = (text: string, flag: string): number => {
  const match = /^(\d+(?:\.\d+)?)(m?)$/.exec(text.trim())
  if (match === null) throw misused(`${flag} "${text}" is not a number of CPUs`, 'Write 4, 0.5 or 500m.')
  return inRange(Math.ceil(Number(match[1]) * (match[2] === 'm' ? 1 : 1000)), AMOUNT, flag, text)
}

export const integerOf = (text: string, min: number, max: number, flag: string): number => {
  if (!/^-?\d+$/.test(text.trim())) throw misused(`${flag} "${text}" is not a whole number`)
  return inRange(Number(text), { min, max }, flag, text)
}

const AMOUNT = { min: 0, max: 2 ** 30 }

const inRange = (value: number, { min, max }: { readonly min: number; readonly max: number }, flag: string, text: string): number => {
  if (value < min || value > max) throw misused(`${flag} "${text}" is out of range: it takes ${min} to ${max}`)
  return value
}
