/** What submissions and cancels mean. */
import { describe, expect, it } from 'vitest'
import type { Event } from '../../../domain/events/event.ts'
import type { SubmitJob } from '../../../domain/events/inputs.ts'
import { jobNo, nodeNo, shapeNo, tenantNo } from '../../../domain/kernel/ids.ts'
import { SKEW_MS_MAX } from '../../../domain/intake/intake.ts'
import { at, given, inputOf } from './given.ts'

const submit = (data: Partial<SubmitJob> = {}) => ({
  type: 'fastgpu.job.submit' as const,
  data: { tenant: 'ann', request: { gpus: 1 }, body: '{}', ...data }
})
const cancel = (job: number) => ({ type: 'fastgpu.job.cancel' as const, data: { job, reason: 'no need' } })

const submitted: ReadonlyArray<Event> = given().when(submit(), 'first').facts
const ended: ReadonlyArray<Event> = [...submitted, { type: 'JobEnded', job: jobNo(0), outcome: 'succeeded' }]

describe('a submission', () => {
  it('gets a number, and names that are new get theirs', () => {
    given()
      .when(submit({ name: 'train', priority: 5 }))
      .then(
        { type: 'TenantNamed', tenant: tenantNo(0), name: 'ann' },
        { type: 'ShapeDefined', shape: shapeNo(0) },
        { type: 'JobSubmitted', job: jobNo(0), name: 'train', priority: 5, tenant: tenantNo(0), shape: shapeNo(0) }
      )
  })
  it('uses the names that are known', () => {
    given(...submitted)
      .when(submit())
      .then({ type: 'JobSubmitted', job: jobNo(1), tenant: tenantNo(0), shape: shapeNo(0) })
  })
  it('shares a shape with a request that says the same in other words', () => {
    const labels = given().when(submit({ request: { gpus: 1, labels: { b: '2', a: '1' }, gpuModels: [['H100', 'A100']] } }), 'first').facts
    given(...labels)
      .when(submit({ request: { gpus: 1, nodes: 1, gpuMilli: 1000, labels: { a: '1', b: '2' }, gpuModels: [['A100', 'H100']] } }))
      .then({ type: 'JobSubmitted', job: jobNo(1), shape: shapeNo(0) })
  })
  it('keeps the order of preferred models apart from equally good ones', () => {
    const either = given().when(submit({ request: { gpus: 1, gpuModels: [['H100', 'A100']] } }), 'first').facts
    given(...either)
      .when(submit({ request: { gpus: 1, gpuModels: [['A100'], ['H100']] } }))
      .then({ type: 'ShapeDefined', shape: shapeNo(1) }, { type: 'JobSubmitted', shape: shapeNo(1) })
  })
  it('is refused with all reasons at once, and gets no number', () => {
    given()
      .when(submit({ request: { gpus: 0, gpuMilli: 500, gpuModels: [['H100'], ['H100']] } }))
      .thenRefused('FG_FRACTION_WITHOUT_GPU', 'FG_GPU_DETAIL_WITHOUT_GPU', 'FG_MODEL_TWICE')
    given()
      .when(submit({ request: { gpus: 32, nodes: 600 } }))
      .thenRefused('FG_GANG_TOO_LARGE')
  })
  it('that comes again under its id records nothing, also after it was refused', () => {
    const refused = given().when(submit({ request: { gpus: 32, nodes: 600 } })).facts
    expect(given(...refused).when(submit({ request: { gpus: 32, nodes: 600 } })).facts).toEqual([])
  })
  it('is refused under an id that other content has used', () => {
    given(...submitted)
      .when(submit({ priority: 9 }), 'first')
      .thenRefused('FG_ID_REUSED')
  })
  it('is refused when its sender lives in another time', () => {
    given()
      .when(submit(), 'a', at + SKEW_MS_MAX + 1)
      .thenRefused('FG_TIME_AHEAD')
    given()
      .when(submit(), 'a', at - 7 * 86_400_000)
      .thenRefused('FG_TIME_BEFORE_WINDOW')
  })
  it('that was sent to the wrong stream is refused there', () => {
    const input = inputOf(submit())
    expect(input.stream).toBe('jobs')
    given()
      .when({ type: 'fastgpu.node.cordon', data: { node: 'n1', reason: '' } })
      .thenRefused('FG_NODE_UNKNOWN')
  })
})

describe('a cancel', () => {
  it('asks for the end of a pending job', () => {
    given(...submitted)
      .when(cancel(0))
      .then({ type: 'CancelRequested', job: jobNo(0), reason: 'no need' })
  })
  it('of a live job is taken too', () => {
    const node: Event = {
      type: 'NodeRegistered',
      node: nodeNo(0),
      name: 'n0',
      boot: 'b',
      cpuMilli: 0,
      memoryMib: 0,
      labels: [],
      firstGpu: 0 as never,
      gpus: []
    }
    const live: ReadonlyArray<Event> = [
      ...submitted,
      node,
      { type: 'JobAllocated', job: jobNo(0), attempt: 1, tasks: [{ node: nodeNo(0), gpus: [] }] }
    ]
    given(...live)
      .when(cancel(0))
      .then({ type: 'CancelRequested', job: jobNo(0) })
  })
  it('of a job that is being cancelled finds nothing left to change', () => {
    const asked = given(...submitted).when(cancel(0), 'c1').facts
    given(...submitted, ...asked)
      .when(cancel(0), 'c2')
      .then({ type: 'InputNoted' })
  })
  it('of an ended or unknown job is refused', () => {
    given(...ended)
      .when(cancel(0))
      .thenRefused('FG_JOB_ENDED')
    given().when(cancel(3)).thenRefused('FG_JOB_UNKNOWN')
  })
})
