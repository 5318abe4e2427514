/** The input streams in memory, for tests and for simulations that keep nothing. */
import * as E from 'fp-ts/lib/Either.js'
import type { Stream } from '../../domain/events/inputs.ts'
import type { EventLog, InputRecord, StoredInput } from '../../domain/ports/eventLog.ts'
import { watchers, type Watchers } from '../ledger/watchers.ts'

interface Records {
  readonly stored: Array<StoredInput>
  readonly listeners: Watchers
}

export const memoryEventLog = (): EventLog => {
  const streams: Readonly<Record<Stream, Records>> = { jobs: emptyRecords(), orders: emptyRecords(), heartbeats: emptyRecords() }

  const append = (stream: Stream, records: ReadonlyArray<InputRecord>): ReadonlyArray<number> => {
    const { stored, listeners } = streams[stream]
    const positions = records.map((record) => {
      const position = stored.length
      stored.push({ ...record, data: record.data.slice(), position })
      return position
    })
    if (positions.length > 0) listeners.call()
    return positions
  }

  return {
    append: (stream, records) => () => Promise.resolve(E.right(append(stream, records))),
    read: (stream, from, recordsMax) => () => {
      const first = Math.max(0, from)
      return Promise.resolve(E.right(streams[stream].stored.slice(first, first + recordsMax)))
    },
    end: (stream) => () => Promise.resolve(E.right(streams[stream].stored.length)),
    watch: (stream, grown) => streams[stream].listeners.add(grown),
    close: () => {
      for (const { listeners } of Object.values(streams)) listeners.clear()
      return Promise.resolve()
    }
  }
}

const emptyRecords = (): Records => ({ stored: [], listeners: watchers() })
