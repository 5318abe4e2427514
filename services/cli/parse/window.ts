/** `--since` and `--until`: from when to when. */
import { misused } from '../quit.ts'
import { momentMsOf } from './quantities.ts'

export interface WindowOptions {
  readonly since?: string
  readonly until?: string
}

const DEFAULT_SINCE = '24h'

export const windowOf = (options: WindowOptions, nowMs: number): { readonly sinceMs: number; readonly untilMs: number } => {
  const sinceMs = momentMsOf(options.since ?? DEFAULT_SINCE, '--since', nowMs)
  const untilMs = momentMsOf(options.until ?? 'now', '--until', nowMs)
  if (sinceMs >= untilMs) throw misused('--since is not before --until')
  return { sinceMs, untilMs }
}
