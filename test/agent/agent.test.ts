/** An agent with real processes: what it reports, what it does with orders, and what the next one makes of what it left. */
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { afterEach, describe, expect, it } from 'vitest'
import { inputTypes } from '../../domain/events/inputs.ts'
import type { Machine } from '../../domain/ports/devices.ts'
import { printRun, type Launch, type Run } from '../../domain/ports/runner.ts'
import { simulatedMachines } from '../../infra/devices/simulated.ts'
import { startAgent, type Agent, type AgentOptions } from '../../services/agent/agent.ts'
import type { Report } from '../../services/agent/reporter.ts'
import { run } from './orders.ts'
import { readIfThere, workbench, type Workbench } from './workbench.ts'

const machine: Machine = (() => {
  const made = simulatedMachines('1xH100:2')
  if (E.isLeft(made)) throw new Error(made.left.message)
  return made.right[0]!
})()

const launch = (of: Run, script: string, more: Partial<Launch> = {}): Launch => ({
  ...of,
  members: 1,
  token: of.job * 100 + of.attempt,
  node: machine.name,
  gpus: [],
  body: JSON.stringify({ command: ['sh', '-c', script], cwd: '/', env: { PATH: '/usr/bin:/bin' } }),
  masterAddress: '127.0.0.1',
  masterPort: 20_001,
  name: '',
  tenant: 't',
  ...more
})

interface Node {
  readonly agent: Agent
  readonly bench: Workbench
  readonly reports: ReadonlyArray<Report>
  readonly ended: (of: Run) => Promise<string>
  readonly told: (type: Report['type']) => ReadonlyArray<Report>
}

const open: Array<Node> = []
afterEach(async () => {
  for (const { agent, bench } of open.splice(0)) {
    await agent.close()
    await bench.close()
  }
})

const given = async (more: Partial<AgentOptions> = {}, bench = workbench('perl')): Promise<Node> => {
  const reports: Array<Report> = []
  const report = (batch: ReadonlyArray<Report>): Promise<void> => Promise.resolve(void reports.push(...batch))
  const agent = startAgent({ machine, runner: bench.runner, found: await bench.runner.find(), expected: [], report, ...more })
  const told = (type: Report['type']): ReadonlyArray<Report> => reports.filter((each) => each.type === type)
  const ended = async (of: Run): Promise<string> => {
    const find = () => reports.find((each) => each.type === 'fastgpu.run.finished' && printRun(each.data) === printRun(of))
    await expect.poll(find, { timeout: 20_000, interval: 5 }).toBeDefined()
    const found = find()
    return found?.type === 'fastgpu.run.finished' ? `${found.data.exit} ${found.data.code} ${found.data.detail ?? ''}`.trim() : ''
  }
  const node = { agent, bench, reports, ended, told }
  open.push(node)
  return node
}

/** The agent that follows one that was killed: nothing of the old one is left but the folder. */
const next = async (before: Node, more: Partial<AgentOptions> = {}): Promise<Node> => {
  await before.agent.close()
  return given(more, await before.bench.again())
}

it('registers, beats, and reports starts and ends, all in the form that intake reads', async () => {
  const node = await given({ heartbeatMs: 10 })
  node.agent.order({ type: 'Start', launch: launch(run(1), 'exit 3') })
  expect(await node.ended(run(1))).toBe('exited 3')
  await expect.poll(() => node.told('fastgpu.node.heartbeat').length).toBeGreaterThan(2)
  for (const { type, data } of node.reports) expect(inputTypes[type].codec.decode(data), type).toMatchObject({ _tag: 'Right' })
  expect(node.reports[0]).toMatchObject({
    type: 'fastgpu.node.register',
    data: { node: 'sim-1', boot: node.agent.boot, gpus: [{ model: 'H100' }, { model: 'H100' }] }
  })
  const runs = node.reports.filter((report) => report.type.startsWith('fastgpu.run.'))
  expect(runs.map((report) => report.type)).toEqual(['fastgpu.run.started', 'fastgpu.run.finished'])
  const beats = node.told('fastgpu.node.heartbeat').map((beat) => (beat.type === 'fastgpu.node.heartbeat' ? beat.data.seq : -1))
  expect(beats).toEqual(beats.map((_, seq) => seq))
  expect(new Set(node.reports.map((report) => report.id)).size).toBe(node.reports.length)
})

it('gives the process its GPUs, its rank and its place', async () => {
  const node = await given()
  const script =
    'echo $CUDA_VISIBLE_DEVICES $RANK/$WORLD_SIZE $MASTER_ADDR:$MASTER_PORT $FASTGPU_JOB.$FASTGPU_ATTEMPT.$FASTGPU_MEMBER $FASTGPU_NODE'
  const gpus = [{ index: 1, uuid: 'SIM-sim-1-1', milli: 1000, memoryMib: 81_559 }]
  node.agent.order({ type: 'Start', launch: launch(run(4, 2, 1), script, { members: 2, gpus }) })
  await node.ended(run(4, 2, 1))
  expect(await node.bench.log(run(4, 2, 1))).toBe('1 1/2 127.0.0.1:20001 4.2.1 sim-1\n')
})

it('does each order once, however often it comes', async () => {
  const node = await given()
  const mark = join(node.bench.dir, 'mark')
  const order = { type: 'Start', launch: launch(run(1), `echo started >> ${mark}`) } as const
  for (let times = 0; times < 5; times++) node.agent.order(order)
  await node.ended(run(1))
  const ends = node.told('fastgpu.run.finished').length
  node.agent.order(order)
  await expect.poll(() => node.told('fastgpu.run.finished').length).toBe(ends + 1)
  expect(readIfThere(mark)).toBe('started\n')
})

it('a newer attempt waits until the older one is gone', async () => {
  const node = await given()
  const mark = join(node.bench.dir, 'mark')
  node.agent.order({
    type: 'Start',
    launch: launch(run(1, 1), `trap "echo one ends >> ${mark}; exit 1" TERM; while :; do sleep 0.01; done`)
  })
  await expect.poll(() => node.told('fastgpu.run.started').length).toBe(1)
  node.agent.order({ type: 'Start', launch: launch(run(1, 2), `echo two starts >> ${mark}`) })
  node.agent.order({ type: 'Start', launch: launch(run(1, 1), 'true') })
  expect(await node.ended(run(1, 2))).toBe('exited 0')
  expect(readIfThere(mark)).toBe('one ends\ntwo starts\n')
  expect(await node.ended(run(1, 1))).toBe('exited 1 stopped: superseded')
})

it('an order to stop says why in the report, and one for a run that is not here makes it impossible', async () => {
  const node = await given()
  node.agent.order({ type: 'Start', launch: launch(run(1), 'sleep 1000') })
  node.agent.order({ type: 'Stop', run: run(1), reason: 'maxRuntime', graceMs: 60_000 })
  expect(await node.ended(run(1))).toBe('signalled 15 stopped: maxRuntime')
  node.agent.order({ type: 'Stop', run: run(2), reason: 'cancelled', graceMs: 0 })
  expect(await node.ended(run(2))).toMatch(/^lost -1 .*stopped: cancelled$/)
  const mark = join(node.bench.dir, 'mark')
  const later = await next(node, { expected: [{ launch: launch(run(2), `echo started >> ${mark}`), running: false }] })
  expect(await later.ended(run(2))).toMatch(/^lost/)
  expect(readIfThere(mark)).toBe('')
})

it.each([
  ['not JSON', '{', 'not JSON'],
  ['not a body', '{"command":[]}', 'command'],
  ['a program that is not there', JSON.stringify({ command: ['no-such-program'], cwd: '/', env: {} }), 'no-such-program'],
  ['a NUL', JSON.stringify({ command: ['a\0b'], cwd: '/', env: {} }), 'NUL']
])('a body that is %s ends as a failed launch that says why', async (_what, body, words) => {
  const node = await given()
  node.agent.order({ type: 'Start', launch: launch(run(1), '', { body }) })
  const end = await node.ended(run(1))
  expect(end).toMatch(/^launchFailed/)
  expect(end).toContain(words)
})

describe('the next agent of the node', () => {
  it('takes up what lives, tells what ended meanwhile, and says what is lost', async () => {
    const before = await given()
    const live = launch(run(1), 'while [ ! -e $FASTGPU_RUN_DIR/go ]; do sleep 0.01; done; exit 4')
    const over = launch(run(2), 'exit 5')
    before.agent.order({ type: 'Start', launch: live })
    before.agent.order({ type: 'Start', launch: over })
    await before.ended(run(2))
    await expect.poll(() => before.told('fastgpu.run.started').length).toBe(2)
    const node = await next(before, {
      expected: [live, over, launch(run(3), 'true')].map((expected) => ({ launch: expected, running: true }))
    })
    expect(await node.ended(run(2))).toBe('exited 5')
    expect(await node.ended(run(3))).toMatch(/^lost -1/)
    node.agent.order({ type: 'Start', launch: launch(run(4), `touch ${join(node.bench.dir, '1.1.0', 'go')}`) })
    expect(await node.ended(run(1))).toBe('exited 4')
    expect(
      node
        .told('fastgpu.run.started')
        .map((report) => ('job' in report.data ? report.data.job : -1))
        .sort()
    ).toEqual([1, 2, 4])
  })

  it('starts what was allocated and may never have been ordered, and goes on stopping what was being stopped', async () => {
    const before = await given()
    const stubborn = launch(run(1), 'trap "" TERM; while :; do sleep 0.01; done')
    before.agent.order({ type: 'Start', launch: stubborn })
    await expect.poll(() => before.told('fastgpu.run.started').length).toBe(1)
    const node = await next(before, {
      expected: [
        { launch: stubborn, running: true, stop: { reason: 'drained', graceMs: 50 } },
        { launch: launch(run(2), 'exit 6'), running: false }
      ]
    })
    expect(await node.ended(run(1))).toBe('signalled 9 stopped: drained')
    expect(await node.ended(run(2))).toBe('exited 6')
  })

  it('ends a process that the ledger does not count, and says nothing of it', async () => {
    const before = await given()
    before.agent.order({ type: 'Start', launch: launch(run(1), 'sleep 1000') })
    await expect.poll(() => before.told('fastgpu.run.started').length).toBe(1)
    const node = await next(before)
    await expect.poll(async () => (await node.bench.runner.find())[0]?.state, { timeout: 20_000 }).toBe('over')
    node.agent.order({ type: 'Start', launch: launch(run(2), 'true') })
    await node.ended(run(2))
    expect(node.reports.some((report) => 'job' in report.data && report.data.job === 1)).toBe(false)
  })
})

it('reports are told again until they are durable, in order, and none is lost', async () => {
  const arrived: Array<Report> = []
  let calls = 0
  const report = (batch: ReadonlyArray<Report>): Promise<void> => {
    calls += 1
    // Fails before, and after, the batch has arrived.
    if (calls % 3 === 1) return Promise.reject(new Error('nothing listens'))
    arrived.push(...batch)
    return calls % 3 === 2 ? Promise.reject(new Error('the answer was lost')) : Promise.resolve()
  }
  const node = await given({ report })
  for (let job = 0; job < 5; job++) node.agent.order({ type: 'Start', launch: launch(run(job), 'true') })
  const ends = (): number => new Set(arrived.filter((each) => each.type === 'fastgpu.run.finished').map((each) => each.id)).size
  await expect.poll(ends, { timeout: 20_000 }).toBe(5)
  expect(arrived[0]?.type).toBe('fastgpu.node.register')
  for (let job = 0; job < 5; job++) {
    const of = arrived.filter((each) => 'job' in each.data && each.data.job === job).map((each) => each.type)
    expect(of.indexOf('fastgpu.run.started')).toBeLessThan(of.indexOf('fastgpu.run.finished'))
  }
})
