/** What every launcher must do with real processes: one suite, run against each of them. */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { LAUNCHERS } from '../../infra/runners/launcher.ts'
import { order, run } from './orders.ts'
import { folder, gone, lives, workbench, type Workbench } from './workbench.ts'

describe.each(LAUNCHERS)('runs through the %s launcher', (kind) => {
  const open: Array<Workbench> = []
  const given = (): Workbench => {
    const bench = workbench(kind)
    open.push(bench)
    return bench
  }
  afterEach(async () => {
    for (const bench of open.splice(0)) await bench.close()
  })
  const sh = (script: string): ReadonlyArray<string> => ['sh', '-c', script]

  it('end with the exit code of the program', async () => {
    const bench = given()
    for (const code of [0, 1, 3, 125, 126, 127, 143, 255])
      expect(await bench.end(order(run(code), sh(`exit ${code}`)))).toMatchObject({ exit: 'exited', code })
  })

  it('end with the signal that killed the program', async () => {
    const bench = given()
    for (const signal of [9, 15, 11, 6])
      expect(await bench.end(order(run(signal), sh(`kill -${signal} $$`)))).toMatchObject({ exit: 'signalled', code: signal })
  })

  it('are told as started and then as finished, once each', async () => {
    const bench = given()
    await bench.end(order(run(1), ['true']))
    expect(bench.news.map((news) => news.type)).toEqual(['Started', 'Finished'])
    const [started, finished] = bench.news
    if (started?.type === 'Started' && finished?.type === 'Finished') expect(finished.endedMs).toBeGreaterThanOrEqual(started.startedMs)
  })

  it('are started once, however often they are ordered', async () => {
    const bench = given()
    const mark = join(bench.dir, 'mark')
    const wanted = order(run(1), sh(`echo started >> ${mark}; exit 4`))
    for (let times = 0; times < 20; times++) bench.runner.start(wanted)
    await bench.finished(run(1))
    const later = await bench.again()
    open.push(later)
    expect(await later.end(wanted)).toMatchObject({ exit: 'exited', code: 4 })
    expect(readFileSync(mark, 'utf8')).toBe('started\n')
  })

  it('get their arguments and variables as they are, whatever stands in them', async () => {
    const bench = given()
    const texts = fc.sample(
      fc.string({ unit: 'binary', minLength: 0, maxLength: 40 }).filter((text) => !text.includes('\0') && text.isWellFormed()),
      { numRuns: 60, seed: 20261125 }
    )
    const hostile = ['', ' ', '$(touch pwned)', '`id`', "'; echo x; '", '"', '\n', '*', '-n', '%s', '\\', '&&', '한국어', ...texts]
    const program = 'process.stdout.write(JSON.stringify([process.argv.slice(1), process.env.HOSTILE]))'
    const env = { PATH: '/usr/bin:/bin', HOSTILE: hostile.join('|') }
    const end = await bench.end(order(run(1), [process.execPath, '-e', program, '--', ...hostile], { env }))
    expect(end).toMatchObject({ exit: 'exited', code: 0 })
    expect(JSON.parse(await bench.log(run(1)))).toEqual([hostile, hostile.join('|')])
  })

  it('run in the directory and with the variables that were asked for, and no others', async () => {
    const bench = given()
    const cwd = join(bench.dir, 'a b')
    mkdirSync(cwd)
    await bench.end(order(run(1), sh('pwd; env'), { cwd, env: { PATH: '/usr/bin:/bin', WHO: 'me' } }))
    const [first, ...variables] = (await bench.log(run(1))).trim().split('\n')
    expect(first).toBe(cwd)
    const names = variables
      .map((line) => line.split('=')[0])
      .filter((name) => name !== '_' && name !== 'SHLVL' && name !== 'PWD' && name !== 'OLDPWD')
    expect(names.sort()).toEqual(['FASTGPU_RUN_DIR', 'PATH', 'WHO'])
  })

  it('read nothing, and write each stream to a log of its own', async () => {
    const bench = given()
    await bench.end(order(run(1), sh('cat; echo out; echo err >&2')))
    expect(await bench.log(run(1))).toBe('out\n')
    expect(await bench.log(run(1), { stream: 'stderr' })).toBe('err\n')
    expect(await bench.log(run(1), { stream: 'all' })).toBe('out\nerr\n')
  })

  it('lead a session of their own, so that Ctrl-C does not reach them', async () => {
    const bench = given()
    await bench.end(order(run(1), sh('cut -d" " -f1,5,6 /proc/$$/stat')))
    const [pid, group, session] = (await bench.log(run(1))).trim().split(' ')
    expect([group, session]).toEqual([pid, pid])
  })

  it.each([
    ['a program that is not there', ['no-such-program'], '/', 127, 'no-such-program'],
    ['a file that is not there', ['./no-such-file'], '/', 127, 'no-such-file'],
    ['a directory that is not there', ['true'], '/no/such/directory', -1, '/no/such/directory']
  ] as const)('never start with %s, and say so', async (_what, command, cwd, ...[code, words]) => {
    const end = await given().end(order(run(1), command, { cwd }))
    expect(end).toMatchObject({ exit: 'launchFailed', code })
    expect(end.detail).toContain(words)
  })

  it('never start a file that may not be run', async () => {
    const bench = given()
    const file = join(bench.dir, 'program')
    writeFileSync(file, '#!/bin/sh\n')
    chmodSync(file, 0o644)
    expect(await bench.end(order(run(1), [file]))).toMatchObject({ exit: 'launchFailed', code: 126 })
  })

  it('never start where their folder cannot be made, and may be tried again', async () => {
    const bench = given()
    writeFileSync(join(bench.dir, '1.1.0'), 'in the way')
    expect(await bench.end(order(run(1), ['true']))).toMatchObject({ exit: 'launchFailed', code: -1 })
    rmSync(join(bench.dir, '1.1.0'))
    const later = await bench.again()
    open.push(later)
    expect(await later.end(order(run(1), ['true']))).toMatchObject({ exit: 'exited', code: 0 })
  })

  it('are stopped politely, with everything that they started', async () => {
    const bench = given()
    const program = 'trap "echo asked; exit 5" TERM; sleep 1000 & echo $!; wait'
    bench.runner.start(order(run(1), sh(program)))
    await bench.until('Started', run(1))
    const child = await pidIn(bench, run(1))
    bench.runner.stop(run(1), 60_000)
    expect(await bench.finished(run(1))).toMatchObject({ exit: 'exited', code: 5 })
    expect(await bench.log(run(1))).toContain('asked')
    await gone(child)
  })

  it('are killed when they do not end within the grace', async () => {
    const bench = given()
    bench.runner.start(order(run(1), sh('trap "" TERM; sleep 1000 & echo $!; wait; sleep 1000')))
    const child = await pidIn(bench, run(1))
    bench.runner.stop(run(1), 100)
    expect(await bench.finished(run(1))).toMatchObject({ exit: 'signalled', code: 9 })
    await gone(child)
  })

  it('are killed at once without a grace, also with groups that left the first one', async () => {
    const bench = given()
    bench.runner.start(order(run(1), ['bash', '-c', 'set -m; sleep 1000 & echo $!; wait']))
    const child = await pidIn(bench, run(1))
    bench.runner.stop(run(1), 0)
    expect(await bench.finished(run(1))).toMatchObject({ exit: 'signalled', code: 9 })
    await gone(child)
  })

  it('are stopped also when the order to stop comes before they have started', async () => {
    const bench = given()
    bench.runner.start(order(run(1), ['sleep', '1000']))
    bench.runner.stop(run(1), 60_000)
    expect(await bench.finished(run(1))).toMatchObject({ exit: 'signalled', code: 15 })
  })

  it('leave nothing behind in their group when they end', async () => {
    const bench = given()
    await bench.end(order(run(1), sh('sleep 1000 & echo $!')))
    await gone(await pidIn(bench, run(1)))
  })

  it('many at once all end', async () => {
    const bench = given()
    const ends = Array.from({ length: 150 }, (_, job) => bench.end(order(run(job), ['sh', '-c', `exit ${job % 100}`])))
    expect((await Promise.all(ends)).map((end) => end.code)).toEqual(Array.from({ length: 150 }, (_, job) => job % 100))
  })

  it('go on, and lose nothing but their exit code, when their launcher is killed', async () => {
    const bench = given()
    bench.runner.start(order(run(1), ['sleep', '1000']))
    await bench.until('Started', run(1))
    process.kill(bench.runner.launcherPid()!, 'SIGKILL')
    expect(await bench.end(order(run(2), sh('exit 3')))).toMatchObject({ exit: 'exited', code: 3 })
    bench.runner.stop(run(1), 60_000)
    expect(await bench.finished(run(1))).toMatchObject({ exit: 'lost', code: -1 })
  })

  const pidIn = async (bench: Workbench, of: ReturnType<typeof run>): Promise<number> => {
    await expect.poll(() => bench.log(of), { timeout: 20_000, interval: 5 }).toMatch(/^\d+\n/)
    const pid = Number(/^\d+/.exec(await bench.log(of))![0])
    expect(pid).toBeGreaterThan(1)
    return pid
  }
})

it('a launcher that does not work is followed by the next one', async () => {
  const path = process.env['PATH']
  process.env['PATH'] = '/nowhere'
  const bench = workbench('perl', folder(), { launchers: ['perl', 'node'] })
  process.env['PATH'] = path
  try {
    expect(await bench.end(order(run(1), ['sh', '-c', 'exit 6']))).toMatchObject({ exit: 'exited', code: 6 })
  } finally {
    await bench.close()
  }
})

it('where no launcher works, a run says so and does not hang', async () => {
  const path = process.env['PATH']
  process.env['PATH'] = '/nowhere'
  const bench = workbench('perl')
  process.env['PATH'] = path
  try {
    expect(await bench.end(order(run(1), ['true']))).toMatchObject({ exit: 'launchFailed', detail: expect.stringContaining('no launcher') })
  } finally {
    await bench.close()
  }
})

it('a launcher ends by itself once its agent has left and its last run has ended', async () => {
  for (const kind of LAUNCHERS) {
    const bench = workbench(kind)
    await bench.end(order(run(1), ['true']))
    const launcher = bench.runner.launcherPid()!
    expect(lives(launcher)).toBe(true)
    await bench.close()
    await gone(launcher)
  }
})
