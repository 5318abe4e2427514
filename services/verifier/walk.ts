/**
 * Walks a ledger's file from its first round to its last and checks what needs no understanding of events: hashes, the acceptance rule,
 * positions, and the inputs that each round consumed. Whoever understands more is visited with each round that is whole.
 */
import * as E from 'fp-ts/lib/Either.js'
import { STREAMS } from '../../domain/events/inputs.ts'
import { advance, genesis, rejectionOf, type Head, type Round } from '../../domain/events/round.ts'
import type { StoredInput } from '../../domain/ports/eventLog.ts'
import type { StoredRound } from '../../domain/ports/ledger.ts'
import { hashOf } from '../../infra/ledger/hash.ts'
import { decodeRound } from '../../infra/ledger/roundJson.ts'
import type { LogFile } from '../../infra/sqlite/logFile.ts'
import { inputChain, type InputChain } from './inputChain.ts'
import type { Problem, Progress } from './report.ts'

const READ_BYTES = 4 * 1024 * 1024

export interface Walked {
  readonly head: Head
  readonly problem?: Problem
}

/** What a visitor gets of a round. Heartbeats are not read here: they are not chained, and only few want them. */
export interface WholeRound {
  readonly round: Round
  readonly stored: StoredRound
  readonly jobs: ReadonlyArray<StoredInput>
  readonly orders: ReadonlyArray<StoredInput>
}

export type Visitor = (whole: WholeRound) => Problem | undefined

export const walk = (file: LogFile, visit: Visitor, onProgress: (progress: Progress) => void): Walked => {
  const end = file.roundsEnd()
  if (E.isLeft(end)) return { head: genesis, problem: { kind: 'file', message: end.left.message } }
  const chains = { jobs: inputChain(file, 'jobs'), orders: inputChain(file, 'orders') }
  let head = genesis
  while (head.number + 1 < end.right) {
    const some = file.rounds(head.number + 1, READ_BYTES)
    if (E.isLeft(some)) return { head, problem: { kind: 'file', message: some.left.message } }
    for (const stored of some.right) {
      // A server that goes on writing meanwhile is not followed for ever.
      if (stored.number >= end.right) return { head }
      const whole = wholeRound(file, chains, head, stored)
      if (E.isLeft(whole)) return { head, problem: whole.left }
      const problem = visit(whole.right)
      if (problem !== undefined) return { head, problem }
      const { round } = whole.right
      head = advance(round, stored.hash, round.facts.length + round.decisions.length, head)
    }
    onProgress({ rounds: head.number + 1, of: end.right })
  }
  const gap = STREAMS.map((stream) => gapIn(file, stream)).find((found) => found !== undefined)
  return gap === undefined ? { head } : { head, problem: gap }
}

const wholeRound = (
  file: LogFile,
  chains: { readonly jobs: InputChain; readonly orders: InputChain },
  head: Head,
  stored: StoredRound
): E.Either<Problem, WholeRound> => {
  const { number } = stored
  const broken = (kind: Problem['kind'], message: string): E.Either<Problem, never> => E.left({ kind, message, round: number })
  if (number !== head.number + 1)
    return E.left({ kind: 'gap', message: `round ${head.number + 1} is missing: ${number} follows`, round: head.number + 1 })
  if (hashOf(stored.bytes) !== stored.hash) return broken('hash', `round ${number} does not match its hash ${stored.hash.slice(0, 16)}...`)
  const decoded = decodeRound(stored.bytes, `round ${number}`)
  if (E.isLeft(decoded)) return broken('malformed', decoded.left.message)
  const round = decoded.right
  if (round.pool !== file.pool) return broken('pool', `round ${number} is of pool "${round.pool}", the file of "${file.pool}"`)
  const rejection = rejectionOf(head, round)
  if (rejection !== undefined) return broken('chain', `round ${number} does not follow the one before: ${rejection}`)
  if (stored.firstPosition !== head.events)
    return broken('position', `round ${number} has the position ${stored.firstPosition}, and ${head.events} events are before it`)
  const beats = beatsOf(file, head, round)
  if (beats !== undefined) return E.left(beats)
  const jobs = chains.jobs(round)
  if (E.isLeft(jobs)) return jobs
  const orders = chains.orders(round)
  return E.isLeft(orders) ? orders : E.right({ round, stored, jobs: jobs.right, orders: orders.right })
}

/** Heartbeats are kept for days only, so they are counted and not chained. */
const beatsOf = (file: LogFile, head: Head, round: Round): Problem | undefined => {
  const before = head.consumed.heartbeats.next
  const { next } = round.consumed.heartbeats
  if (next === before) return undefined
  const stored = file.inputsEnd('heartbeats')
  if (E.isLeft(stored)) return { kind: 'file', message: stored.left.message }
  if (next > before && next <= stored.right) return undefined
  return {
    kind: 'consumed',
    message: `round ${round.number} consumed heartbeats up to ${next}: ${before} were consumed before, and ${stored.right} are stored`,
    round: round.number,
    stream: 'heartbeats',
    position: next
  }
}

const GAP_PIECE_RECORDS = 4096

/** The first missing record of a stream, behind what retention removed. */
const gapIn = (file: LogFile, stream: (typeof STREAMS)[number]): Problem | undefined => {
  const extent = file.extent(stream)
  if (E.isLeft(extent)) return { kind: 'file', message: extent.left.message }
  const { count, first, end } = extent.right
  if (count === 0 || count === end - first) return undefined
  for (let expected = first; ;) {
    const records = file.inputs(stream, expected, GAP_PIECE_RECORDS)
    if (E.isLeft(records)) return { kind: 'file', message: records.left.message }
    for (const record of records.right) {
      if (record.position !== expected)
        return { kind: 'input', message: `${stream} ${expected} is missing: ${record.position} follows`, stream, position: expected }
      expected += 1
    }
    if (records.right.length === 0) return undefined
  }
}
