/** Who waits for what, since when and why, and what they already have: by tenant and by the model that is liked best. */
import type { WaitCode } from '../../domain/events/decisions.ts'
import { jobs, LIVE_STATES } from '../jobRows.ts'
import { answered, wanting, type Question } from '../question.ts'
import { waits, type WaitRow } from '../queue.ts'

export interface QueueRow {
  readonly tenant: string
  readonly model: string
  readonly pending: number
  readonly live: number
  readonly wantedMilli: number
  /** What its live jobs asked for; a gang counts whole until all its members have ended. */
  readonly heldMilli: number
  readonly gpusWanted: number
  readonly gpusHeld: number
  /** When the job that waits longest was submitted. */
  readonly oldestMs: number | null
  readonly waits: ReadonlyArray<{ readonly code: WaitCode; readonly sinceMs: number; readonly pending: number }>
}

export interface Queue {
  readonly rows: ReadonlyArray<QueueRow>
  readonly pending: number
  readonly live: number
}

type Pending = {
  readonly tenant: string
  readonly model: string
  readonly shape: number
  readonly count: number
  readonly wantedMilli: number
  readonly submittedMs: number
}
type Live = Omit<Pending, 'shape' | 'submittedMs'>

const pendingJobs = jobs.group<Pending>({
  where: [{ column: 'state', op: '=', value: 'pending' }],
  group: { by: ['tenant', 'model', 'shape'], sum: ['wantedMilli'], min: ['submittedMs'] }
})
const liveJobs = jobs.group<Live>({
  among: { column: 'state', values: LIVE_STATES },
  group: { by: ['tenant', 'model'], sum: ['wantedMilli'] }
})

export const askQueue = (): Question<Queue> =>
  wanting([pendingJobs, liveJobs], (pending, live) => {
    const shapes = [...new Set(pending.map((row) => row.shape))]
    return wanting([waits.select({ among: { column: 'shape', values: shapes } })], (why) => answered(queueOf(pending, live, why)))
  })

const queueOf = (pending: ReadonlyArray<Pending>, live: ReadonlyArray<Live>, why: ReadonlyArray<WaitRow>): Queue => {
  const keys = [...new Map([...pending, ...live].map(({ tenant, model }) => [`${tenant}\n${model}`, { tenant, model }])).values()]
  const rows = keys
    .map((key): QueueRow => {
      const waiting = pending.filter((row) => row.tenant === key.tenant && row.model === key.model)
      const holding = live.filter((row) => row.tenant === key.tenant && row.model === key.model)
      const wantedMilli = waiting.reduce((sum, row) => sum + row.wantedMilli, 0)
      const heldMilli = holding.reduce((sum, row) => sum + row.wantedMilli, 0)
      return {
        ...key,
        pending: waiting.reduce((sum, row) => sum + row.count, 0),
        live: holding.reduce((sum, row) => sum + row.count, 0),
        wantedMilli,
        heldMilli,
        gpusWanted: wantedMilli / 1000,
        gpusHeld: heldMilli / 1000,
        oldestMs: waiting.length === 0 ? null : waiting.reduce((least, row) => Math.min(least, row.submittedMs), Infinity),
        waits: waitsOf(waiting, why)
      }
    })
    .sort((a, b) => order(a.tenant, b.tenant) || order(a.model, b.model))
  return {
    rows,
    pending: rows.reduce((sum, row) => sum + row.pending, 0),
    live: rows.reduce((sum, row) => sum + row.live, 0)
  }
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Each code once, since when any shape here has it, and how many jobs wait under it; the most first. */
const waitsOf = (waiting: ReadonlyArray<Pending>, why: ReadonlyArray<WaitRow>): QueueRow['waits'] => {
  const codes = new Map<WaitCode, { readonly code: WaitCode; sinceMs: number; pending: number }>()
  for (const row of waiting) {
    const wait = why.find((one) => one.shape === row.shape)
    for (const code of wait?.codes ?? []) {
      const known = codes.get(code) ?? { code, sinceMs: Infinity, pending: 0 }
      known.sinceMs = Math.min(known.sinceMs, wait?.sinceMs ?? Infinity)
      known.pending += row.count
      codes.set(code, known)
    }
  }
  return [...codes.values()].sort((a, b) => b.pending - a.pending || order(a.code, b.code))
}
