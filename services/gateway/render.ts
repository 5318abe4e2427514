/** A round as the texts of its public events. */
import * as E from 'fp-ts/lib/Either.js'
import { eventsOf } from '../../domain/events/event.ts'
import type { Round } from '../../domain/events/round.ts'
import type { Fault } from '../../domain/ports/fault.ts'
import type { Backend, Names } from './backend.ts'
import type { JobNames } from './jobNames.ts'
import { numbersIn, publicEvent } from './publicEvent.ts'

export interface Rendered {
  readonly position: number
  /** Without the prefix of the CloudEvents type: JobAllocated. */
  readonly type: string
  /** JSON of the public event. */
  readonly text: string
}

export type Render = (round: Round, firstPosition: number) => Promise<E.Either<Fault, ReadonlyArray<Rendered>>>

export const renderOf =
  (backend: Pick<Backend, 'pool' | 'names'>, newest: JobNames): Render =>
  async (round, firstPosition) => {
    const events = eventsOf(round)
    const names = await namesFor(backend, newest, numbersIn(events))
    if (E.isLeft(names)) return names
    return E.right(
      events.map((event, index) => {
        const position = firstPosition + index
        const text = JSON.stringify(publicEvent(event, names.right, { pool: backend.pool, position, atMs: round.at }))
        return { position, type: event.type, text }
      })
    )
  }

const namesFor = async (
  backend: Pick<Backend, 'names'>,
  newest: JobNames,
  numbers: ReturnType<typeof numbersIn>
): Promise<E.Either<Fault, Names>> => {
  const tenants = new Set(numbers.tenants)
  for (const job of numbers.jobs) {
    const tenant = newest.of(job)?.tenant
    if (tenant !== undefined) tenants.add(tenant)
  }
  const jobs = numbers.jobs.filter((job) => newest.of(job) === undefined)
  const found = await backend.names({ ...numbers, jobs, tenants: [...tenants] })()
  if (E.isLeft(found)) return found
  const names = found.right
  return E.right({
    ...names,
    job: (job) => {
      const own = newest.of(job)
      return own === undefined ? names.job(job) : { name: own.name, tenant: names.tenant(own.tenant) ?? '' }
    }
  })
}
