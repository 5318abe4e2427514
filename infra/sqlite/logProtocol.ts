/** What the adapter and its worker thread say to each other. Many requests travel in one message, and so do their answers. */
import type { Stream } from '../../domain/events/inputs.ts'
import type { Head } from '../../domain/events/round.ts'
import type { Fault } from '../../domain/ports/fault.ts'
import type { Appended, StoredRound } from '../../domain/ports/ledger.ts'
import type { InputRecord, StoredInput } from '../../domain/ports/eventLog.ts'

/** The data of all records as one buffer that is handed over, since each single one costs as much as many bytes. */
export interface PackedInputs {
  readonly attributes: ReadonlyArray<Omit<InputRecord, 'data'>>
  /** Where the data of each record ends in `data`. */
  readonly ends: ReadonlyArray<number>
  readonly data: Uint8Array
}

export type Ask =
  | { readonly type: 'AppendInputs'; readonly stream: Stream; readonly inputs: PackedInputs }
  | { readonly type: 'AppendRound'; readonly bytes: Uint8Array }
  | { readonly type: 'ReadInputs'; readonly stream: Stream; readonly from: number; readonly recordsMax: number }
  | { readonly type: 'ReadRounds'; readonly from: number; readonly bytesMax: number }
  | { readonly type: 'End'; readonly stream: Stream }
  | { readonly type: 'Head' }

export type Request = Ask & { readonly id: number }

export type Reply =
  | { readonly type: 'Fault'; readonly fault: Fault }
  | { readonly type: 'InputsAppended'; readonly first: number }
  | { readonly type: 'RoundAppended'; readonly appended: Appended; readonly stored: Omit<StoredRound, 'bytes'> | undefined }
  | { readonly type: 'Inputs'; readonly inputs: ReadonlyArray<StoredInput> }
  | { readonly type: 'Rounds'; readonly rounds: ReadonlyArray<StoredRound> }
  | { readonly type: 'End'; readonly end: number }
  | { readonly type: 'Head'; readonly head: Head }

export type Answer = Reply & { readonly id: number }

/** What another connection, such as another process, added to. */
export type Grown = Stream | 'ledger'

export type ToWorker = { readonly type: 'Requests'; readonly requests: ReadonlyArray<Request> } | { readonly type: 'Close' }

export type FromWorker =
  | { readonly type: 'Opened' }
  | { readonly type: 'NotOpened'; readonly fault: Fault }
  | { readonly type: 'Answers'; readonly answers: ReadonlyArray<Answer>; readonly grown: ReadonlyArray<Grown> }
  | { readonly type: 'Closed'; readonly fault: Fault | undefined }

export const pack = (records: ReadonlyArray<InputRecord>): PackedInputs => {
  const data = new Uint8Array(records.reduce((sum, record) => sum + record.data.length, 0))
  let end = 0
  const ends = records.map((record) => {
    data.set(record.data, end)
    end += record.data.length
    return end
  })
  return { attributes: records.map(({ id, source, type, time }) => ({ id, source, type, time })), ends, data }
}
