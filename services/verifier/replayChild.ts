/**
 * The process in which a ledger is replayed: started by replay.ts with the time zone, locale and compilers that were asked for. It
 * reads the file itself, and prints one JSON object a line: progress, and at last the report or the fault.
 */
import { writeSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import { openLogFile } from '../../infra/sqlite/logFile.ts'
import { noCounts, replayJudge } from './recompute.ts'
import type { ReplayAsked, ReplaySaid } from './replay.ts'
import { verifyReportOf } from './verify.ts'
import { walk } from './walk.ts'

const STDOUT = 1

const say = (said: ReplaySaid): void => {
  // Blocking, so that the last line is out before the process ends.
  for (let rest = Buffer.from(`${JSON.stringify(said)}\n`); rest.length > 0;) rest = rest.subarray(writeSync(STDOUT, rest))
}

const replay = (asked: ReplayAsked): void => {
  const opened = openLogFile(asked.file)
  if (E.isLeft(opened)) return say({ type: 'Fault', fault: opened.left })
  const counts = noCounts()
  const walked = walk(opened.right, replayJudge(opened.right, asked, counts), (progress) => say({ type: 'Progress', progress }))
  const { timeZone, locale } = Intl.DateTimeFormat().resolvedOptions()
  say({
    type: 'Report',
    report: {
      ...verifyReportOf(opened.right.pool, walked, walked.problem),
      ...counts,
      environment: { timeZone, locale, flags: process.execArgv }
    }
  })
  opened.right.close()
}

replay(JSON.parse(process.argv[2] ?? '') as ReplayAsked)
