/** What the folders of runs say after a while: claims of processes that are gone, folders of old runs, and whose folder it is. */
import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { afterEach, describe, expect, it } from 'vitest'
import { bootId, startOf } from '../../infra/runners/identity.ts'
import { openProcessRunner } from '../../infra/runners/processRunner.ts'
import { NODE, order, run } from './orders.ts'
import { folder, kill, lives, workbench, type Workbench } from './workbench.ts'

const open: Array<Workbench> = []
const sleepers: Array<number> = []
afterEach(async () => {
  for (const bench of open.splice(0)) await bench.close()
  for (const pid of sleepers.splice(0)) kill(pid)
})

describe('a claim whose process is another one by now', () => {
  const claimed = (line: (pid: number) => string): { readonly bench: Workbench; readonly stranger: number } => {
    const bench = workbench('perl')
    open.push(bench)
    const stranger = spawn('sleep', ['1000'], { stdio: 'ignore', detached: true }).pid!
    sleepers.push(stranger)
    mkdirSync(join(bench.dir, '1.1.0'))
    writeFileSync(join(bench.dir, '1.1.0', 'claim'), line(stranger))
    return { bench, stranger }
  }
  const end = async (bench: Workbench): Promise<string> => {
    bench.runner.adopt(run(1), NODE)
    bench.runner.stop(run(1), 0)
    return (await bench.finished(run(1))).exit
  }

  it.each([
    ['the number was given again', (pid: number) => `claim ${pid} 1 ${bootId()} ${NODE} 7 1000\n`],
    [
      'the machine was started again',
      (pid: number) => `claim ${pid} ${startOf(pid)} 00000000-0000-0000-0000-000000000000 ${NODE} 7 1000\n`
    ],
    ['the claim was never completed', (pid: number) => `claim ${pid} ${startOf(pid)}`],
    ['the claim is empty', () => ''],
    ['the claim is something else', () => '\0\0\0\n\n\n']
  ])('because %s is lost, and the other process is left alone', async (_why, line) => {
    const { bench, stranger } = claimed(line)
    expect(await end(bench)).toBe('lost')
    expect(lives(stranger)).toBe(true)
  })

  it('and an end that was written down only in part does not count', async () => {
    const { bench } = claimed((pid) => `claim ${pid} 1 ${bootId()} ${NODE} 7 1000\nexit exited 0`)
    expect(await end(bench)).toBe('lost')
  })
})

it('runs of many jobs are found, and old ones are removed once there are too many', async () => {
  const bench = workbench('perl', folder(), { runsMax: 10 })
  open.push(bench)
  const ends = Array.from({ length: 1000 }, (_, job) => bench.end(order(run(job), ['true'])))
  await Promise.all(ends)
  await expect.poll(async () => (await bench.runner.find()).length, { timeout: 20_000 }).toBe(10)
  expect((await bench.runner.find()).map((found) => found.job).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 10 }, (_, at) => 990 + at)
  )
})

it('a folder opens again for its own ledger, and is refused for another, or where it cannot be written to', () => {
  const dir = folder()
  try {
    for (let times = 0; times < 2; times++) {
      const opened = openProcessRunner({ dir, ledgerId: 'mine' })
      expect(opened).toMatchObject({ _tag: 'Right' })
      if (E.isRight(opened)) void opened.right.close()
    }
    expect(openProcessRunner({ dir, ledgerId: 'yours' })).toMatchObject({ left: { code: 'FG_RUNS_FOREIGN' } })
    expect(openProcessRunner({ dir: join(dir, 'ledger', 'runs'), ledgerId: 'mine' })).toMatchObject({
      left: { code: 'FG_RUNS_UNWRITABLE' }
    })
  } finally {
    rmSync(dir, { recursive: true })
  }
})
