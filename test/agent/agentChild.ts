/**
 * A process with a runner that kills itself, as kill -9 would, at a named moment of a run: what it leaves behind is what a test of
 * adoption starts from. Prints the number of its launcher first.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { LauncherKind } from '../../infra/runners/launcher.ts'
import { openProcessRunner } from '../../infra/runners/processRunner.ts'
import { LEDGER, NODE, order, run } from './orders.ts'

const [dir = '', kind = 'perl', moment = 'ordered', delayMs = '0', script = 'true'] = process.argv.slice(2)
const die = (): void => void setTimeout(() => process.kill(process.pid, 'SIGKILL'), Number(delayMs))

const opened = openProcessRunner({ dir, ledgerId: LEDGER, launchers: [kind as LauncherKind] })
if (E.isLeft(opened)) throw new Error(opened.left.message)
const runner = opened.right
runner.listen(NODE, (news) => {
  if (moment === 'started' && news.type === 'Started') die()
  if (moment === 'finished' && news.type === 'Finished') die()
})
process.stdout.write(`${runner.launcherPid()}\n`)
// A launcher that is still waking up would make every delay mean the same.
await new Promise((resolve) => setTimeout(resolve, 100))
if (moment === 'opened') die()
else runner.start(order(run(1), ['sh', '-c', script]))
if (moment === 'ordered') die()
