/** `fastgpu verify`: the chain, the positions, the consumed inputs and the invariants of a whole ledger, without a server. */
import type { Command } from 'commander'
import * as E from 'fp-ts/lib/Either.js'
import { verifyLedger } from '../../verifier/verify.ts'
import type { Progress as Checked } from '../../verifier/report.ts'
import { common, example, printing } from '../command.ts'
import { faulted } from '../faulted.ts'
import { EXIT } from '../quit.ts'
import { plural } from '../show/numbers.ts'
import { progressOn, type Progress } from '../show/progress.ts'
import { problemLines } from '../show/problem.ts'
import { logFileOf, stateDirectoryOf } from '../stateDirectory.ts'
import { show, terminalOf, type CommonOptions } from '../terminal.ts'

export const define = (command: Command): void => {
  command
    .argument('[file]', 'A ledger (default: that of the state directory, also while a server runs on it)')
    .option('--state-dir <dir>', 'The state directory (default: FASTGPU_STATE, or ~/.local/state/fastgpu)')
  common(printing(command))
  example(command, 'fastgpu verify', 'fastgpu verify copy-of-log.db --json')
  command.action(async (given: string | undefined, options: CommonOptions) => {
    const terminal = terminalOf(options)
    const file = given ?? logFileOf(stateDirectoryOf(options.stateDir))
    const progress = progressOn(terminal)
    const verified = await verifyLedger({ file, onProgress: told(progress) })()
    progress.end()
    if (E.isLeft(verified)) throw faulted(verified.left)
    const report = verified.right
    const good = `${plural(report.rounds, 'round')} with ${plural(report.events, 'event')} of pool ${report.pool}: every hash, position, consumed input and invariant holds`
    await show(terminal, {
      data: report,
      table: () => (report.firstProblem === undefined ? [good, `head ${report.head}`] : problemLines(file, report, report.firstProblem)),
      ids: () => [report.head]
    })
    if (!report.ok) process.exitCode = EXIT.failed
  })
}

export const told =
  (progress: Progress) =>
  ({ rounds, of }: Checked): void =>
    progress.tell(`${rounds} of ${plural(of, 'round')}`, rounds / Math.max(1, of))
