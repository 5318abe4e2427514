/** What a check of a ledger found broken. */
import type { Problem, VerifyReport } from '../../verifier/report.ts'
import { clean } from './clean.ts'
import { plural } from './numbers.ts'

export const problemLines = (file: string, report: VerifyReport, problem: Problem): ReadonlyArray<string> => [
  `BROKEN (${problem.kind}): ${clean(problem.message)}`,
  `${file}: ${report.rounds === 0 ? 'no round before that is whole' : `the ${plural(report.rounds, 'round')} before that ${report.rounds === 1 ? 'is' : 'are'} whole, up to head ${report.head}`}; nothing behind it can be trusted`
]
