/** The loop of a pool, on the memory adapters: what it writes, what it survives, and when it stops. */
import { createHash } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { Said } from '../../domain/events/inputs.ts'
import { fault } from '../../domain/ports/fault.ts'
import type { Ledger } from '../../domain/ports/ledger.ts'
import { memoryLedger } from '../../infra/memory/memoryLedger.ts'
import { recover } from '../../services/scheduler/recover.ts'
import { losingAnswers } from '../contract/faults.ts'
import { BEGIN_MS, has, pool, recordOf } from './pool.ts'

const node: Said = {
  type: 'fastgpu.node.register',
  data: {
    node: 'n0',
    boot: 'b',
    cpuMilli: 8000,
    memoryMib: 1024,
    labels: {},
    gpus: [0, 1].map((index) => ({ uuid: `g${index}`, model: 'H100', memoryMib: 80_000 }))
  }
}
const submit = (gpus: number, more: Partial<Extract<Said, { type: 'fastgpu.job.submit' }>['data']> = {}): Said => ({
  type: 'fastgpu.job.submit',
  data: { tenant: 'ann', request: { gpus }, body: '{}', ...more }
})
const run = { node: 'n0', boot: 'b', attempt: 1, member: 0 }

describe('the scheduler', () => {
  it('claims an empty ledger with a round of epoch 1, and then is idle', async () => {
    const given = pool()
    const scheduler = await given.start()
    await given.until((rounds) => rounds.length === 1)
    expect(given.accepted[0]?.round).toMatchObject({ number: 0, epoch: 1, facts: [], decisions: [] })
    await given.say({ type: 'fastgpu.node.heartbeat', data: { node: 'n0', boot: 'b', seq: 1 } })
    await new Promise((resolve) => setTimeout(resolve, 20))
    await scheduler.stop()
    expect(given.accepted).toHaveLength(1)
  })

  it('takes a job from its submission to its end, each input exactly once', async () => {
    const given = pool()
    const scheduler = await given.start()
    await given.say(node, submit(1))
    await given.until(has('JobAllocated'))
    await given.say(
      { type: 'fastgpu.run.started', data: { ...run, job: 0, startedMs: BEGIN_MS } },
      { type: 'fastgpu.run.finished', data: { ...run, job: 0, exit: 'exited', code: 0, endedMs: BEGIN_MS } }
    )
    await given.until(has('JobEnded'))
    await scheduler.stop()
    expect(await scheduler.ended).toBeUndefined()
    expect(given.facts().filter((type) => !type.endsWith('Named') && type !== 'ShapeDefined')).toEqual([
      'NodeRegistered',
      'JobSubmitted',
      'RunStarted',
      'RunFinished'
    ])
    expect(given.accepted.at(-1)?.round.consumed).toMatchObject({ jobs: { next: 1 }, heartbeats: { next: 3 } })
  })

  it('goes on where it stopped, in the next epoch, with the same state', async () => {
    const given = pool()
    const first = await given.start()
    await given.say(node, submit(2), submit(2))
    await given.until(has('JobSubmitted', 2))
    await first.stop()
    const second = await given.start()
    await given.until((rounds) => rounds.at(-1)?.epoch === 2)
    expect(second.read((state) => [state.submitted, state.pending, state.live])).toEqual([2, 1, 1])
    await given.say({ type: 'fastgpu.run.finished', data: { ...run, job: 0, exit: 'exited', code: 0, endedMs: BEGIN_MS } })
    await given.until(has('JobAllocated', 2))
    await second.stop()
  })

  it('records poison with its reason and its hash, and goes on', async () => {
    const given = pool()
    const scheduler = await given.start()
    await given.send({ ...recordOf(submit(1)), data: new TextEncoder().encode('{"tenant":') })
    await given.send({ ...recordOf(submit(1)), type: 'somebody.elses' })
    await given.send({ ...recordOf(submit(1)), time: 'tomorrow' })
    await given.send(recordOf({ type: 'fastgpu.job.submit', data: { tenant: 'no good', request: { gpus: 1 }, body: '' } }))
    await given.say(submit(1))
    await given.until(has('JobSubmitted'))
    await scheduler.stop()
    const poison = given.accepted.flatMap(({ round }) => round.facts).filter((fact) => fact.type === 'InputQuarantined')
    expect(poison.map((fact) => [fact.stream, fact.position])).toEqual([
      ['jobs', 0],
      ['jobs', 1],
      ['jobs', 2],
      ['jobs', 3]
    ])
    expect(poison[1]?.reason).toContain('somebody.elses')
    expect(poison[3]?.reason).toContain('tenant')
    const lengths = (text: string): Buffer => Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)])
    expect(poison[0]?.sha256).toBe(createHash('sha256').update(lengths('fastgpu.job.submit')).update(lengths('{"tenant":')).digest('hex'))
  })

  it('loses nothing to lost answers of the ledger, and writes no round twice', async () => {
    const ledger = memoryLedger('default')
    const given = pool(losingAnswers(ledger, (append) => append % 2 === 1))
    const scheduler = await given.start()
    await given.say(node, submit(1), submit(1), submit(1))
    await given.until(has('JobAllocated', 2))
    await scheduler.stop()
    const rounds = await ledger.read(0, 1e9)()
    expect(E.isRight(rounds) && rounds.right.map((round) => round.number)).toEqual(given.accepted.map(({ round }) => round.number))
    expect(given.troubles.some((trouble) => trouble?.code === 'FG_STORE_IO')).toBe(true)
    expect(given.troubles.at(-1)).toBeUndefined()
  })

  it('waits out a full disk, and says so while it lasts', async () => {
    const ledger = memoryLedger('default')
    let full = false
    const flaky: Ledger = {
      ...ledger,
      append: (bytes) => (full ? () => Promise.resolve(E.left(fault('FG_STORE_FULL', 'no space'))) : ledger.append(bytes))
    }
    const given = pool(flaky)
    const scheduler = await given.start()
    await given.until((rounds) => rounds.length === 1)
    full = true
    await given.say(submit(1))
    for (let turn = 0; given.troubles.length === 0 && turn < 1_000; turn++) await new Promise((resolve) => setTimeout(resolve, 2))
    expect(given.troubles[0]?.code).toBe('FG_STORE_FULL')
    full = false
    await given.until(has('JobSubmitted'))
    await scheduler.stop()
  })

  it('stops and says so when another scheduler took the ledger over', async () => {
    const given = pool()
    const zombie = await given.start()
    await given.until((rounds) => rounds.length === 1)
    const rival = await given.start()
    await given.until((rounds) => rounds.length === 2)
    await given.say(submit(1))
    expect((await zombie.ended)?.code).toBe('FG_LEDGER_LOST')
    await given.until(has('JobSubmitted'))
    await rival.stop()
    const all = await recover(given.ledger)
    expect(E.isRight(all) && all.right.state.submitted).toBe(1)
  })

  it('says when the clock stepped', async () => {
    const given = pool()
    const scheduler = await given.start()
    await given.until((rounds) => rounds.length === 1)
    given.clock.stepTo({ fromMs: BEGIN_MS, toMs: BEGIN_MS + 3_600_000 })
    await given.say(submit(1))
    await given.until(has('ClockStepped'))
    expect(given.accepted.at(-1)?.round.at).toBe(BEGIN_MS + 3_600_000)
    await scheduler.stop()
  })

  it('cuts a flood of large inputs into rounds that stay within their bound', async () => {
    const given = pool()
    const scheduler = await given.start()
    const body = '\u0001'.repeat(16_000)
    await given.say(...Array.from({ length: 12 }, () => submit(1, { body })))
    await given.until(has('JobSubmitted', 12))
    await scheduler.stop()
    const rounds = await given.ledger.read(0, 1e9)()
    expect(E.isRight(rounds) && rounds.right.every((round) => round.bytes.length <= 512 * 1024)).toBe(true)
    expect(given.accepted.length).toBeGreaterThan(6)
  })
})
