/** `fastgpu ledger cat`: every round of a ledger, from its file and without a server. */
import type { DatabaseSync } from 'node:sqlite'
import type { Command } from 'commander'
import * as E from 'fp-ts/lib/Either.js'
import type { StoredRound } from '../../../domain/ports/ledger.ts'
import { decodeRound } from '../../../infra/ledger/roundJson.ts'
import { openLogToRead } from '../../../infra/sqlite/logSchema.ts'
import { readRounds } from '../../../infra/sqlite/logReads.ts'
import { common, example } from '../command.ts'
import { faulted } from '../faulted.ts'
import { integerOf } from '../parse/quantities.ts'
import { rangeOf, type Range } from '../parse/range.ts'
import { misused } from '../quit.ts'
import { stamp } from '../show/time.ts'
import { logFileOf, stateDirectoryOf } from '../stateDirectory.ts'
import { terminalOf, type CommonOptions } from '../terminal.ts'

interface Options extends CommonOptions {
  readonly range?: string
  readonly limit?: string
}

const READ_BYTES = 4 * 1024 * 1024

export const define = (command: Command): void => {
  command
    .argument('<action>', 'cat')
    .argument('[file]', 'A ledger (default: that of the state directory, also while a server runs on it)')
    .option('--range <from..to>', 'Only these rounds, by number; either end may be left out')
    .option('--limit <n>', 'At most so many rounds')
    .option('--json', 'Print one JSON object a line: {"hash", "firstPosition", "round"}, the round as it is stored')
    .option('--state-dir <dir>', 'The state directory (default: FASTGPU_STATE, or ~/.local/state/fastgpu)')
  common(command)
  example(command, 'fastgpu ledger cat --range 10..20', "fastgpu ledger cat --json | jq -c '.round.decisions[]'")
  command.action(async (action: string, file: string | undefined, options: Options) => {
    if (action !== 'cat') throw misused(`there is no "ledger ${action}"`, 'Write: fastgpu ledger cat [FILE]')
    const range = rangeOf(options.range)
    const opened = openLogToRead(file ?? logFileOf(stateDirectoryOf(options.stateDir)))
    if (E.isLeft(opened)) throw faulted(opened.left)
    try {
      await cat(opened.right, range, options)
    } finally {
      opened.right.close()
    }
  })
}

const cat = async (db: DatabaseSync, { from, to }: Range, options: Options): Promise<void> => {
  const terminal = terminalOf(options)
  const limit = options.limit === undefined ? Number.POSITIVE_INFINITY : integerOf(options.limit, 0, Number.MAX_SAFE_INTEGER, '--limit')
  const read = readRounds(db)
  let printed = 0
  for (let next = from; ;) {
    const rounds = read(next, READ_BYTES)
    if (E.isLeft(rounds)) throw faulted(rounds.left)
    if (rounds.right.length === 0) return
    for (const round of rounds.right) {
      if (round.number > to || printed >= limit) return
      printed++
      next = round.number + 1
      terminal.out(options.json === true ? jsonLine(round) : textLine(round))
    }
    if (process.stdout.writableNeedDrain) await new Promise((resolve) => process.stdout.once('drain', resolve))
  }
}

/** The stored bytes are JSON already, and are handed on as they are: nothing is lost or reordered. */
const jsonLine = (round: StoredRound): string =>
  `{"hash":"${round.hash}","firstPosition":${round.firstPosition},"round":${Buffer.from(round.bytes).toString('utf8')}}`

const textLine = (stored: StoredRound): string => {
  const round = decodeRound(stored.bytes, `round ${stored.number}`)
  if (E.isLeft(round)) throw faulted(round.left)
  const counts = new Map<string, number>()
  for (const { type } of [...round.right.facts, ...round.right.decisions]) counts.set(type, (counts.get(type) ?? 0) + 1)
  const types = [...counts].map(([type, count]) => (count === 1 ? type : `${count} ${type}`)).join(', ')
  return `${String(stored.number).padStart(7)}  ${stamp(round.right.at)}  from position ${String(stored.firstPosition).padEnd(7)}  ${types}`.trimEnd()
}
