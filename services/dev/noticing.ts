/**
 * What stands in the way of the server's work, whoever met it: the scheduler that appends rounds, or whoever appends inputs. It is over
 * when both get through again. An idle server notices too, since its agents say all the time that they live.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { EventLog } from '../../domain/ports/eventLog.ts'
import type { Fault } from '../../domain/ports/fault.ts'

export interface Noticing {
  /** The same log; what its appends meet is noticed. */
  readonly eventLog: EventLog
  /** For the scheduler. */
  readonly onTrouble: (fault: Fault | undefined) => void
  readonly trouble: () => Fault | undefined
}

/** `tell` hears of each trouble once, however often it is met, and of its end. */
export const noticing = (eventLog: EventLog, tell: (fault: Fault | undefined) => void): Noticing => {
  let ofRounds: Fault | undefined
  let ofInputs: Fault | undefined
  let told: string | undefined
  const trouble = (): Fault | undefined => ofRounds ?? ofInputs
  const notice = (): void => {
    const now = trouble()
    if (now?.code === told) return
    told = now?.code
    tell(now)
  }
  return {
    trouble,
    onTrouble: (fault) => {
      ofRounds = fault
      notice()
    },
    eventLog: {
      ...eventLog,
      append: (stream, records) => async () => {
        const appended = await eventLog.append(stream, records)()
        ofInputs = E.isLeft(appended) && appended.left.retriable ? appended.left : undefined
        notice()
        return appended
      }
    }
  }
}
