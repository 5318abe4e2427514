/** `fastgpu replay --verify`: makes the decisions of recorded rounds again, in another process, and compares them byte for byte. */
import type { Command } from 'commander'
import * as E from 'fp-ts/lib/Either.js'
import { replayLedger } from '../../verifier/replay.ts'
import type { ReplayReport } from '../../verifier/report.ts'
import { common, example, printing } from '../command.ts'
import { faulted } from '../faulted.ts'
import { rangeOf } from '../parse/range.ts'
import { EXIT, misused } from '../quit.ts'
import { plural } from '../show/numbers.ts'
import { problemLines } from '../show/problem.ts'
import { progressOn } from '../show/progress.ts'
import { logFileOf, stateDirectoryOf } from '../stateDirectory.ts'
import { show, terminalOf, type CommonOptions } from '../terminal.ts'
import { told } from './verify.ts'

interface Options extends CommonOptions {
  readonly verify?: boolean
  readonly range?: string
  readonly intake?: boolean
  readonly timeZone?: string
  readonly locale?: string
  readonly interpreted?: boolean
}

export const define = (command: Command): void => {
  command
    .argument('[file]', 'A ledger (default: that of the state directory, also while a server runs on it)')
    .option('--verify', 'Compare with what was decided then')
    .option('--range <from..to>', 'Only these rounds, by number; either end may be left out. Those before are folded')
    .option('--intake', 'Make the facts again too, from the stored inputs')
    .option('--time-zone <name>', 'The TZ of the process that replays, such as Asia/Tokyo')
    .option('--locale <name>', 'Its LANG, such as tr_TR.UTF-8')
    .option('--interpreted', 'Without the optimizing compilers of its engine: much slower, and the same answer')
    .option('--state-dir <dir>', 'The state directory (default: FASTGPU_STATE, or ~/.local/state/fastgpu)')
  common(printing(command))
  example(command, 'fastgpu replay --verify', 'fastgpu replay --verify --range 100..200 --interpreted --time-zone Asia/Tokyo')
  command.action(async (given: string | undefined, options: Options) => {
    if (options.verify !== true) throw misused('say what to do with what is replayed', 'Write: fastgpu replay --verify [FILE]')
    const terminal = terminalOf(options)
    const file = given ?? logFileOf(stateDirectoryOf(options.stateDir))
    const { timeZone, locale, interpreted = false, intake = false } = options
    const progress = progressOn(terminal)
    const replayed = await replayLedger({
      file,
      ...rangeOf(options.range),
      intake,
      interpreted,
      ...(timeZone === undefined ? {} : { timeZone }),
      ...(locale === undefined ? {} : { locale }),
      onProgress: told(progress)
    })()
    progress.end()
    if (E.isLeft(replayed)) throw faulted(replayed.left)
    const report = replayed.right
    await show(terminal, {
      data: report,
      table: () => (report.firstProblem === undefined ? lines(report) : problemLines(file, report, report.firstProblem)),
      ids: () => [report.head]
    })
    if (!report.ok) process.exitCode = EXIT.failed
  })
}

const lines = (report: ReplayReport): ReadonlyArray<string> => {
  const { timeZone, locale, flags } = report.environment
  return [
    `${plural(report.replayed, 'round')} of ${report.rounds} replayed: all ${plural(report.decisions, 'decision')} came out as they are recorded, byte for byte`,
    ...(report.inputs === 0 ? [] : [`${plural(report.inputs, 'input')} taken in again: all facts came out as they are recorded`]),
    ...(report.skippedOtherCore === 0
      ? []
      : [`${plural(report.skippedOtherCore, 'round')} not replayed: another version of the planner decided them`]),
    ...(report.planFailures === 0 ? [] : [`${plural(report.planFailures, 'round')} in which planning had failed, and failed again`]),
    `in another process: time zone ${timeZone}, locale ${locale}, flags ${flags.length === 0 ? 'none' : flags.join(' ')}`
  ]
}
