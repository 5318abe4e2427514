/** One chained stream, read in step with the rounds that consumed it: what is stored must hash to what each round says. */
import * as E from 'fp-ts/lib/Either.js'
import type { Round } from '../../domain/events/round.ts'
import { NO_HASH } from '../../domain/events/round.ts'
import type { StoredInput } from '../../domain/ports/eventLog.ts'
import { chain, contentHash, inputKey } from '../../infra/ledger/inputHash.ts'
import type { LogFile } from '../../infra/sqlite/logFile.ts'
import { inputReader } from './inputReader.ts'
import type { Problem } from './report.ts'

/** Answers the records that the round consumed, or what is wrong with them. */
export type InputChain = (round: Round) => E.Either<Problem, ReadonlyArray<StoredInput>>

const SUSPECTS_MAX = 5

export const inputChain = (file: LogFile, stream: 'jobs' | 'orders'): InputChain => {
  const read = inputReader(file, stream)
  let next = 0
  let hash = NO_HASH

  return (round) => {
    const { next: end, hash: said } = round.consumed[stream]
    const records = read(round.number, next, end)
    if (E.isLeft(records)) return records
    for (const record of records.right) hash = chain(hash, record)
    next = end
    return hash === said ? records : E.left(changed(round, stream, records.right))
  }
}

/**
 * All records before these matched at the round before. Of these, one that no fact of the round names is the likely one; where each of
 * them is named, only their times are left to differ.
 */
const changed = (round: Round, stream: 'jobs' | 'orders', records: ReadonlyArray<StoredInput>): Problem => {
  const named = namedBy(round)
  const strangers = records.filter((record) => !namesOf(record).some((name) => named.has(name)))
  const suspects = (strangers.length > 0 ? strangers : records).map((record) => record.position)
  const end = round.consumed[stream].next
  const which = suspects.length === 0 ? `before ${end}` : suspects.slice(0, SUSPECTS_MAX).join(', ')
  return {
    kind: 'input',
    message: `${stream} ${which}: what is stored is not what round ${round.number} consumed`,
    round: round.number,
    stream,
    position: suspects[0] ?? end
  }
}

/** How a fact would name this input: by its key and digest, or by the hash of its content. */
const namesOf = (record: StoredInput): ReadonlyArray<string> => {
  const content = contentHash(record.type, record.data)
  return [inputKey(record.source, record.id) + content.slice(0, 16), content]
}

const namedBy = (round: Round): ReadonlySet<string> =>
  new Set(
    round.facts.flatMap((fact) =>
      'cause' in fact ? [fact.cause.key + fact.cause.digest] : fact.type === 'InputQuarantined' ? [fact.sha256] : []
    )
  )
