/** kill -9 of the agent, and of its launcher, at every moment: no run ever starts two processes, and its true end is told if anybody knows it. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { LAUNCHERS } from '../../infra/runners/launcher.ts'
import { NODE, order, run } from './orders.ts'
import { folder, gone, kill, readIfThere, workbench, type Workbench } from './workbench.ts'

const open: Array<Workbench> = []
afterEach(async () => {
  for (const bench of open.splice(0)) await bench.close()
})

describe.each(LAUNCHERS)('after kill -9 with the %s launcher', (kind) => {
  /** An agent that died, and the runner of the next one. */
  const after = async (
    moment: string,
    more: { delayMs?: number; script?: string; alsoLauncher?: boolean } = {}
  ): Promise<Workbench & { readonly mark: string }> => {
    const dir = folder()
    const mark = join(dir, 'mark')
    const script = `echo "started $$" >> ${mark}; ${more.script ?? 'sleep 0.2; exit 7'}`
    const file = fileURLToPath(new URL('agentChild.ts', import.meta.url))
    const child = spawn(process.execPath, [file, dir, kind, moment, String(more.delayMs ?? 0), script], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    let launcher = ''
    child.stdout.on('data', (bytes: Buffer) => (launcher += bytes.toString()))
    await new Promise((resolve) => child.on('exit', resolve))
    if (more.alsoLauncher === true) kill(Number(launcher))
    const bench = workbench(kind, dir)
    open.push(bench)
    return Object.assign(bench, { mark })
  }
  const startsOf = (mark: string): number => readIfThere(mark).split('\n').length - 1
  const again = order(run(1), ['sh', '-c', 'exit 99'])

  it('before the order was given, the next agent starts the run', async () => {
    const bench = await after('opened')
    expect(await bench.end(order(run(1), ['sh', '-c', `echo started >> ${bench.mark}; exit 8`]))).toMatchObject({ exit: 'exited', code: 8 })
    expect(startsOf(bench.mark)).toBe(1)
  })

  it.each(kind === 'perl' ? [0, 1, 2, 3, 5] : [0, 4])(
    '%i ms after the order was given, one of the two agents starts it, and never both',
    async (delayMs) => {
      const bench = await after('ordered', { delayMs })
      const end = await bench.end(order(run(1), ['sh', '-c', `echo "started $$" >> ${bench.mark}; exit 7`]))
      expect(end).toMatchObject({ exit: 'exited', code: 7 })
      expect(startsOf(bench.mark)).toBe(1)
    }
  )

  it('while the run lives, the next agent takes it up and hears its true end', async () => {
    const bench = await after('started', { script: 'sleep 1; exit 7' })
    expect(await bench.runner.find()).toEqual([{ ...run(1), node: NODE, token: 7, state: 'live' }])
    expect(await bench.end(again)).toMatchObject({ exit: 'exited', code: 7 })
    expect(startsOf(bench.mark)).toBe(1)
  })

  it('while the run lives, the next agent can stop it', async () => {
    const bench = await after('started', { script: 'sleep 1000' })
    bench.runner.adopt(run(1), NODE)
    bench.runner.stop(run(1), 60_000)
    expect(await bench.finished(run(1))).toMatchObject({ exit: 'signalled', code: 15 })
  })

  it('and after the run ended unheard, the next agent learns its true end and times', async () => {
    const bench = await after('started', { script: 'exit 7' })
    await expect.poll(() => readIfThere(join(bench.dir, '1.1.0', 'claim')), { timeout: 20_000 }).toContain('exit ')
    bench.runner.adopt(run(1), NODE)
    const end = await bench.finished(run(1))
    expect(end).toMatchObject({ exit: 'exited', code: 7 })
    const started = await bench.until('Started', run(1))
    if (started.type === 'Started') expect(started.startedMs).toBeLessThanOrEqual(end.endedMs)
    expect(await bench.runner.find()).toEqual([{ ...run(1), node: NODE, token: 7, state: 'over' }])
  })

  it('after its end was heard and before it was reported, the end is told again', async () => {
    const bench = await after('finished', { script: 'exit 7' })
    expect(await bench.end(again)).toMatchObject({ exit: 'exited', code: 7 })
    expect(startsOf(bench.mark)).toBe(1)
  })

  it.each(kind === 'perl' ? [0, 2, 5] : [0])(
    'of agent and launcher %i ms after the order, it starts at most once, and an end that nobody saw is lost',
    async (delayMs) => {
      const bench = await after('ordered', { delayMs, alsoLauncher: true })
      const end = await bench.end(order(run(1), ['sh', '-c', `echo "started $$" >> ${bench.mark}; exit 7`]))
      expect(['exited 7', 'lost -1']).toContain(`${end.exit} ${end.code}`)
      expect(startsOf(bench.mark)).toBeLessThanOrEqual(1)
      if (end.exit === 'exited') expect(startsOf(bench.mark)).toBe(1)
    }
  )

  it('of everything, the run is lost and nothing of it goes on', async () => {
    const bench = await after('started', { script: 'sleep 1000 & echo "child $!" >> $FASTGPU_RUN_DIR/child; wait', alsoLauncher: true })
    await expect.poll(() => readIfThere(join(bench.dir, '1.1.0', 'child')), { timeout: 20_000 }).toContain('\n')
    const leader = Number(readFileSync(bench.mark, 'utf8').split(' ')[1])
    const child = Number(readFileSync(join(bench.dir, '1.1.0', 'child'), 'utf8').split(' ')[1])
    kill(leader)
    bench.runner.adopt(run(1), NODE)
    expect(await bench.finished(run(1))).toMatchObject({ exit: 'lost', code: -1 })
    await gone(child)
  })

  it('a run that was given up can be started by nobody any more', async () => {
    const bench = await after('opened')
    bench.runner.adopt(run(1), NODE)
    expect(await bench.finished(run(1))).toMatchObject({ exit: 'lost' })
    const later = await bench.again()
    open.push(later)
    expect(await later.end(order(run(1), ['sh', '-c', `echo started >> ${bench.mark}`]))).toMatchObject({ exit: 'lost' })
    expect(startsOf(bench.mark)).toBe(0)
  })
})
