/**
 * What the state does not hold of a job: its text, and the position of its last allocation. The views know it at once. Where they
 * cannot answer, such as on a full disk, the ledger is read through: slow, but no job is started without its command for that.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Ledger } from '../../domain/ports/ledger.ts'
import type { Projector } from '../projector/projector.ts'
import { recover } from '../scheduler/recover.ts'
import type { JobText } from './launches.ts'

export interface Found {
  readonly text: JobText
  readonly token: number
}

export const lookUp =
  (ledger: Ledger, projector: Pick<Projector, 'caughtUp' | 'ask'>, headNumber: () => number) =>
  async (number: number): Promise<Found | undefined> => {
    const caughtUp = await projector.caughtUp(headNumber())
    const answer = E.isLeft(caughtUp) ? caughtUp : await projector.ask('job', { job: number })
    if (E.isLeft(answer)) return inLedger(ledger, number)
    if (answer.right === undefined) return undefined
    const { name, body, story } = answer.right
    return { text: { name, body }, token: story.findLast((episode) => episode.type === 'allocated')?.position ?? 0 }
  }

const inLedger = async (ledger: Ledger, number: number): Promise<Found | undefined> => {
  let text: JobText | undefined
  let token = 0
  const read = await recover(ledger, ({ facts, decisions }, { firstPosition }) => {
    for (const fact of facts) if (fact.type === 'JobSubmitted' && fact.job === number) text = { name: fact.name, body: fact.body }
    decisions.forEach((decision, index) => {
      if (decision.type === 'JobAllocated' && decision.job === number) token = firstPosition + facts.length + index
    })
  })
  return E.isLeft(read) || text === undefined ? undefined : { text, token }
}
