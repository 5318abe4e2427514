/**
 * The view `demand`: how many GPUs of each model were wanted, hour by hour, whether or not there were so many: what was held, and what
 * jobs waited for. A waiting job wants the model that it likes best, or any; what is held counts for the model that it is.
 */
import { lifeOf, type Turn } from './life.ts'
import { names } from './names.ts'
import { hourOf, seriesOf } from './series.ts'
import { eachEvent, tableOf, type Rows, type View } from './view.ts'

const life = lifeOf('demand')
export const demand = seriesOf('demand')
/** One series a model for all that is wanted of it; the subject is always 0. */
export const WANTED = 'wanted'

export type ArrivalRow = {
  readonly model: number
  readonly hour: number
  /** Jobs submitted, and the thousandths of GPUs that they asked for. */
  readonly arrivals: number
  readonly arrivedMilli: number
  /** Waits that ended with an allocation in this hour. */
  readonly waits: number
  readonly waitedMs: number
  readonly waitMsMax: number
}
export const arrivals = tableOf<ArrivalRow>({
  name: 'arrivals',
  columns: {
    model: 'integer',
    hour: 'integer',
    arrivals: 'integer',
    arrivedMilli: 'integer',
    waits: 'integer',
    waitedMs: 'integer',
    waitMsMax: 'integer'
  },
  key: ['model', 'hour']
})

export const demandView: View = {
  name: 'demand',
  version: 1 + 1000 * names.version,
  tables: [...life.tables, demand.levels.schema, demand.hours.schema, arrivals.schema],
  project: (rows, round, firstPosition) =>
    eachEvent(round, firstPosition, (event) => life.follow(rows, event, round.at, (turn) => take(rows, turn, round.at)))
}

const take = (rows: Rows, turn: Turn, atMs: number): void => {
  switch (turn.type) {
    case 'Waits': {
      const { shape } = turn.waiting
      if (turn.isNew) count(rows, shape.model, atMs, { arrivals: 1, arrivedMilli: shape.wantedMilli })
      return wants(rows, shape.model, atMs, { milli: shape.wantedMilli, parts: 1 })
    }
    case 'StopsWaiting': {
      const { shape, sinceMs } = turn.waiting
      const waitedMs = atMs - sinceMs
      if (turn.allocated) count(rows, shape.model, atMs, { waits: 1, waitedMs, waitMsMax: waitedMs })
      return wants(rows, shape.model, atMs, { milli: -shape.wantedMilli, parts: -1 })
    }
    case 'Takes':
    case 'Frees': {
      const sign = turn.type === 'Takes' ? 1 : -1
      for (const { model, milli } of turn.hold.parts) wants(rows, model, atMs, { milli: sign * milli, parts: sign })
      return
    }
    default: {
      const unreachable: never = turn
      return unreachable
    }
  }
}

const wants = (rows: Rows, model: number, atMs: number, by: { readonly milli: number; readonly parts: number }): void =>
  demand.move(rows, { kind: WANTED, subject: 0, model }, atMs, by)

const count = (rows: Rows, model: number, atMs: number, by: Partial<Omit<ArrivalRow, 'model' | 'hour'>>): void => {
  const hour = hourOf(atMs)
  const known = arrivals.get(rows, model, hour)
  arrivals.put(rows, {
    model,
    hour,
    arrivals: (known?.arrivals ?? 0) + (by.arrivals ?? 0),
    arrivedMilli: (known?.arrivedMilli ?? 0) + (by.arrivedMilli ?? 0),
    waits: (known?.waits ?? 0) + (by.waits ?? 0),
    waitedMs: (known?.waitedMs ?? 0) + (by.waitedMs ?? 0),
    waitMsMax: Math.max(known?.waitMsMax ?? 0, by.waitMsMax ?? 0)
  })
}
