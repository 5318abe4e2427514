/** Runs and orders as tests give them; apart from the workbench, so that a child process need not load a test framework. */
import type { Run, StartRun } from '../../domain/ports/runner.ts'

export const NODE = 'n1'
export const LEDGER = 'a-ledger'

export const run = (job: number, attempt = 1, member = 0): Run => ({ job, attempt, member })

export const order = (of: Run, command: ReadonlyArray<string>, more: Partial<StartRun> = {}): StartRun => ({
  ...of,
  node: NODE,
  token: 7,
  command,
  cwd: '/',
  env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
  ...more
})
