/** What registrations, heartbeats, run reports and the orders of operators mean. */
import { describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../../domain/events/policy.ts'
import type { Event } from '../../../domain/events/event.ts'
import { fold } from '../../../domain/cluster/fold.ts'
import { initial } from '../../../domain/cluster/state.ts'
import { gpuNo, jobNo, modelNo, nodeNo } from '../../../domain/kernel/ids.ts'
import { lastHeardMs, nothingHeard } from '../../../domain/intake/heard.ts'
import { intake } from '../../../domain/intake/intake.ts'
import { at, given, inputOf } from './given.ts'

const hardware = {
  node: 'n0',
  boot: 'b1',
  cpuMilli: 8000,
  memoryMib: 1024,
  gpus: [{ uuid: 'GPU-0', model: 'H100', memoryMib: 81_559 }],
  labels: { zone: 'a' }
}
const register = (changes: Partial<typeof hardware> = {}) => ({ type: 'fastgpu.node.register' as const, data: { ...hardware, ...changes } })
const registered: ReadonlyArray<Event> = given().when(register()).facts
const submitted = given().when({ type: 'fastgpu.job.submit', data: { tenant: 'ann', request: { gpus: 1 }, body: '' } }, 'job').facts
const running: ReadonlyArray<Event> = [
  ...registered,
  ...submitted,
  { type: 'JobAllocated', job: jobNo(0), attempt: 1, tasks: [{ node: nodeNo(0), gpus: [gpuNo(0)] }] }
]
const run = { node: 'n0', boot: 'b1', job: 0, attempt: 1, member: 0 }
const started = (changes: Partial<typeof run> = {}) => ({
  type: 'fastgpu.run.started' as const,
  data: { ...run, startedMs: at, ...changes }
})
const finished = (changes: Partial<typeof run> = {}) => ({
  type: 'fastgpu.run.finished' as const,
  data: { ...run, exit: 'exited' as const, code: 0, endedMs: at, ...changes }
})

describe('a node', () => {
  it('joins with the names of its models and labels', () => {
    given()
      .when(register())
      .then(
        { type: 'ModelNamed', name: 'H100' },
        { type: 'LabelNamed', key: 'zone', value: 'a' },
        { type: 'NodeRegistered', node: nodeNo(0), name: 'n0', firstGpu: gpuNo(0) }
      )
  })
  it('that starts again as it was is the same node with a new boot', () => {
    given(...registered)
      .when(register({ boot: 'b2' }))
      .then({ type: 'NodeRebooted', node: nodeNo(0), boot: 'b2' })
  })
  it('that comes back with other hardware is another node, and stays cordoned', () => {
    const cordoned = given(...registered).when({ type: 'fastgpu.node.cordon', data: { node: 'n0', reason: 'fan' } }, 'c').facts
    given(...registered, ...cordoned)
      .when(register({ boot: 'b2', memoryMib: 2048 }))
      .then({ type: 'NodeRetired', node: nodeNo(0) }, { type: 'NodeRegistered', node: nodeNo(1), firstGpu: gpuNo(1), cordoned: 'fan' })
  })
  it('is heard by beats of its boot that count on, and by no others', () => {
    const beat = (boot: string, seq: number) => inputOf({ type: 'fastgpu.node.heartbeat', data: { node: 'n0', boot, seq } })
    const state = fold(initial(), registered, at)
    const first = intake(state, nothingHeard(), beat('b1', 1), at)
    let { heard } = first
    expect([first.facts, lastHeardMs(heard, nodeNo(0))]).toEqual([[], at])
    heard = intake(state, heard, beat('b1', 1), at + 5).heard
    heard = intake(state, heard, beat('b0', 9), at + 6).heard
    expect(lastHeardMs(heard, nodeNo(0))).toBe(at)
    expect(lastHeardMs(intake(state, heard, beat('b1', 2), at + 7).heard, nodeNo(0))).toBe(at + 7)
  })
})

describe('a run report', () => {
  it('of the attempt under way becomes a fact once', () => {
    given(...running)
      .when(started())
      .then({ type: 'RunStarted', job: jobNo(0), attempt: 1, member: 0 })
    given(...running)
      .when(finished())
      .then({ type: 'RunFinished', exit: 'exited', code: 0 })
  })
  it('from another node, an earlier boot, another attempt or of another member records nothing', () => {
    const others = [{ node: 'n9' }, { boot: 'b0' }, { attempt: 2 }, { member: 1 }, { job: 7 }]
    for (const changes of others) {
      expect(given(...running).when(started(changes)).facts).toEqual([])
      expect(given(...running).when(finished(changes)).facts).toEqual([])
    }
  })
  it('is still believed when its node seems to be another one now, which it only becomes once the jobs have ended', () => {
    const changed = register({ boot: 'b2', memoryMib: 2048 })
    given(...running)
      .when(changed)
      .then({ type: 'NodeRebooted', node: nodeNo(0), boot: 'b2' }, { type: 'NodeCordoned', node: nodeNo(0) })
    const rebooted = given(...running).when(changed).facts
    const ended = given(...running, ...rebooted).when(finished({ boot: 'b2' })).facts
    expect(ended).toMatchObject([{ type: 'RunFinished', job: jobNo(0) }])
    given(...running, ...rebooted, ...ended)
      .when({ ...changed, data: { ...changed.data, boot: 'b3' } }, 'again')
      .then(
        { type: 'NodeRetired', node: nodeNo(0) },
        { type: 'NodeRegistered', node: nodeNo(1), cordoned: expect.stringContaining('uncordon') as string }
      )
  })
})

describe('an order', () => {
  const cordon = (reason = 'fan') => ({ type: 'fastgpu.node.cordon' as const, data: { node: 'n0', reason } })
  it('cordons once', () => {
    const cordoned = given(...registered).when(cordon(), 'c1').facts
    given(...registered)
      .when(cordon(), 'c1')
      .then({ type: 'NodeCordoned', node: nodeNo(0), reason: 'fan' })
    given(...registered, ...cordoned)
      .when(cordon(), 'c2')
      .then({ type: 'InputNoted' })
  })
  it('that is retried after its opposite does not come true again', () => {
    const cordoned = given(...registered).when(cordon(), 'c1').facts
    const undone = given(...registered, ...cordoned).when({ type: 'fastgpu.node.uncordon', data: { node: 'n0' } }, 'u1').facts
    expect(given(...registered, ...cordoned, ...undone).when(cordon(), 'c1').facts).toEqual([])
  })
  it('drains, until when running jobs may go on', () => {
    given(...registered)
      .when({ type: 'fastgpu.node.drain', data: { node: 'n0', reason: 'rack move', stopAtMs: at + 60_000 } })
      .then({ type: 'NodeDrained', node: nodeNo(0), stopAtMs: at + 60_000 })
  })
  it('sets a price for a model, known or not', () => {
    given(...registered)
      .when({ type: 'fastgpu.price.set', data: { model: 'H100', microPerGpuHour: 2_500_000 } })
      .then({ type: 'PriceSet', model: modelNo(0), microPerGpuHour: 2_500_000 })
  })
  it('sets a policy that is consistent', () => {
    given()
      .when({ type: 'fastgpu.policy.set', data: { policy: { ...defaultPolicy, order: 'strict' } } })
      .then({ type: 'PolicySet' })
    given()
      .when({ type: 'fastgpu.policy.set', data: { policy: { ...defaultPolicy, retryDelayMs: 9, retryDelayMsMax: 1 } } })
      .thenRefused('FG_POLICY_INVALID')
  })
})
