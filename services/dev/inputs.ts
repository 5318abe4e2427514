/** Inputs of the server's own: what its agents report, and what it orders itself. */
import * as E from 'fp-ts/lib/Either.js'
import { inputTypes, type Said } from '../../domain/events/inputs.ts'
import type { EventLog, InputRecord } from '../../domain/ports/eventLog.ts'

const encoder = new TextEncoder()

export const recordOf = (said: Said, source: string, id: string): InputRecord => ({
  id,
  source,
  type: said.type,
  time: new Date().toISOString(),
  data: encoder.encode(JSON.stringify(said.data))
})

/** Resolves when all of them are on disk; rejects where that is not known, and whoever reports tells them again. */
export const append = async (eventLog: EventLog, said: ReadonlyArray<Said & { readonly id: string }>, source: string): Promise<void> => {
  const streams = new Set(said.map((one) => inputTypes[one.type].stream))
  for (const stream of streams) {
    const records = said.filter((one) => inputTypes[one.type].stream === stream).map((one) => recordOf(one, source, one.id))
    const appended = await eventLog.append(stream, records)()
    if (E.isLeft(appended)) throw new Error(appended.left.message)
  }
}
