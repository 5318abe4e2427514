/**
 * `dev` as it is composed for users, in a process that kills itself with SIGKILL when the loop is at a named phase for the n-th time.
 * Arguments: state directory, phase (or `none`), n. The production code only tells where it is.
 */
import * as E from 'fp-ts/lib/Either.js'
import { startDev } from '../../services/dev/dev.ts'

const [stateDirectory = '', phase = 'none', count = '0'] = process.argv.slice(2)
let left = Number(count)

const passed = (now: string): void => {
  if (now === phase && --left === 0) process.kill(process.pid, 'SIGKILL')
}

const started = await startDev({
  stateDirectory,
  port: 0,
  version: 'chaos',
  by: 'chaos',
  simulate: '4xH100:8',
  onAlarm: (alarm) => process.stderr.write(`ALARM ${alarm}\n`),
  onTrouble: (fault) => process.stderr.write(`TROUBLE ${fault?.code ?? 'over'}\n`),
  onPhase: (now) => {
    passed(now)
    // The append is under way in its thread, and processes are about to be launched, in the turn of the event loop after these.
    if (now === 'appending') setImmediate(() => passed('inFlight'))
    if (now === 'published') setTimeout(() => passed('launching'), 1)
  }
})
if (E.isLeft(started)) {
  process.stderr.write(`${started.left.code}: ${started.left.message}\n`)
  process.exit(1)
}
process.stdout.write(`${JSON.stringify({ url: started.right.url, token: started.right.token })}\n`)
process.once('SIGTERM', () => void started.right.close().then(() => process.exit(0)))
