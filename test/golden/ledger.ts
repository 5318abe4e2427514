/**
 * The golden ledgers: one for each core that ever decided, as it wrote it. Run as a program, this writes the one of today's core. It
 * never changes a ledger: where today's code decides otherwise than the one of its core says, the core needs a new number. With
 * --digests it pins the states anew, for when the state itself has got another column.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isLeft } from 'fp-ts/lib/Either.js'
import { fold } from '../../domain/cluster/fold.ts'
import { initial, keep, type State } from '../../domain/cluster/state.ts'
import { CORE_VERSION, genesis, type Head, type Round } from '../../domain/events/round.ts'
import { planner } from '../../domain/policies/planner.ts'
import { judge } from '../../infra/ledger/judge.ts'
import { decodeRound, encodeEvents } from '../../infra/ledger/roundJson.ts'
import { rowsOf } from '../domain/reference/rowsOf.ts'
import { writeStory } from './story.ts'

const folder = join(import.meta.dirname, 'ledger')
const digestsFile = join(folder, 'digests.json')

export const nameOf = (core: number): string => `story.core${core}`
export const storedNames = (): ReadonlyArray<string> =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith('.jsonl'))
        .map((file) => file.slice(0, -'.jsonl'.length))
        .sort()
    : []
export const storedDigests = (): Readonly<Record<string, string>> =>
  existsSync(digestsFile) ? JSON.parse(readFileSync(digestsFile, 'utf8')) : {}
export const storedRounds = (name: string): ReadonlyArray<Uint8Array> =>
  readFileSync(join(folder, `${name}.jsonl`), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Buffer.from(line))

/** Reads rounds as any reader does; a round that is not accepted is an error. */
export const accepted = (stored: ReadonlyArray<Uint8Array>): ReadonlyArray<Round> => {
  let head: Head = genesis
  return stored.map((bytes) => {
    const judged = judge(head, bytes, 'golden')
    if (isLeft(judged)) throw new Error(judged.left.message)
    if (judged.right.type === 'Rejected') throw new Error(`round ${head.number + 1}: ${judged.right.rejection}`)
    head = judged.right.head
    const round = decodeRound(bytes)
    if (isLeft(round)) throw new Error(round.left.message)
    return round.right
  })
}

export const stateAfter = (rounds: ReadonlyArray<Round>): State =>
  rounds.reduce((state, round) => fold(fold(state, round.facts, round.at), round.decisions, round.at), initial())

export const digestOf = (state: State): string =>
  createHash('sha256')
    .update(JSON.stringify(rowsOf(state)))
    .digest('hex')

/** The number of the first round in which today's plan decides otherwise, by a planner that learned all along; -1: in none. */
export const firstDifference = (rounds: ReadonlyArray<Round>): number => {
  let state = initial()
  const learning = planner(keep(state))
  for (const { number, facts, decisions, at } of rounds) {
    state = fold(state, facts, at)
    learning.learn(state, facts)
    const planned = learning.plan(state, at).decisions
    if (!Buffer.from(encodeEvents(planned)).equals(encodeEvents(decisions))) return number
    state = fold(state, decisions, at)
  }
  return -1
}

const pin = (): void => {
  const digests = storedNames().map((name) => [name, digestOf(stateAfter(accepted(storedRounds(name))))])
  writeFileSync(digestsFile, `${JSON.stringify(Object.fromEntries(digests), null, 2)}\n`)
}

if (import.meta.main) {
  const name = nameOf(CORE_VERSION)
  if (process.argv.includes('--digests')) pin()
  else if (storedNames().includes(name)) {
    const number = firstDifference(accepted(storedRounds(name)))
    if (number < 0) console.log(`${name} is current`)
    else {
      console.error(`round ${number} is decided otherwise: raise CORE_VERSION in domain/events/round.ts, and run this again`)
      process.exitCode = 1
    }
  } else {
    const written = writeStory()
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `${name}.jsonl`), written.map((bytes) => `${Buffer.from(bytes).toString('utf8')}\n`).join(''))
    pin()
    console.log(`wrote ${name}: ${written.length} rounds`)
  }
}
