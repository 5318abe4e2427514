/** Traces and fleets in words, read into jobs and nodes; what is malformed is named by its line. */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { parseFleet, parseNodeTable } from '../../infra/traces/fleet.ts'
import { readTrace, type TraceFormat } from '../../infra/traces/trace.ts'

const fleet = { gpusPerNode: 8 }
const read = (format: TraceFormat, ...lines: ReadonlyArray<string>) => {
  const jobs = readTrace(format, lines.join('\n'), fleet)
  return E.isLeft(jobs) ? jobs.left.message : jobs.right
}

const PODS = 'name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time'

describe('a trace', () => {
  it('of ITP gives jobs, and gangs of whole nodes where a job is wider than one', () => {
    expect(read('itp', 'job_id,submission_time,duration,num_gpu', 'b,20,5,16', 'a,10,60,2')).toEqual([
      { id: 'a', tenant: 'itp', submitMs: 10_000, durationMs: 60_000, cancelAtMs: undefined, request: { gpus: 2 } },
      { id: 'b', tenant: 'itp', submitMs: 20_000, durationMs: 5_000, cancelAtMs: undefined, request: { gpus: 8, nodes: 2 } }
    ])
  })
  it('of Philly has a tenant for each virtual cluster', () => {
    expect(read('philly', 'submit_time,duration_s,num_gpus,vc', '2017-10-03 00:00:01,5.5,12,abc')).toEqual([
      {
        id: 'philly-2',
        tenant: 'vc-abc',
        submitMs: 1_506_988_801_000,
        durationMs: 5_500,
        cancelAtMs: undefined,
        request: { gpus: 8, nodes: 2 }
      }
    ])
  })
  it('of openb has shares, models that are equally good, and owners who gave up', () => {
    expect(
      read(
        'openb',
        PODS,
        'p,1000,2048,1,460,T4|V100|V100,LS,Running,5,90,30',
        'q,1,2,0,0,,BE,Pending,7,9,',
        'r,1,2,2,4000,,BE,Running,8,9,8'
      )
    ).toEqual([
      {
        id: 'p',
        tenant: 'openb',
        submitMs: 5_000,
        durationMs: 60_000,
        cancelAtMs: undefined,
        request: { gpus: 1, gpuMilli: 460, cpuMilli: 1000, memoryMib: 2048, gpuModels: [['T4', 'V100']] }
      },
      {
        id: 'q',
        tenant: 'openb',
        submitMs: 7_000,
        durationMs: undefined,
        cancelAtMs: 9_000,
        request: { gpus: 0, cpuMilli: 1, memoryMib: 2 }
      },
      {
        id: 'r',
        tenant: 'openb',
        submitMs: 8_000,
        durationMs: 1_000,
        cancelAtMs: undefined,
        request: { gpus: 2, gpuMilli: 1000, cpuMilli: 1, memoryMib: 2 }
      }
    ])
  })
  it('that is not in its format says which column or line is wrong', () => {
    expect(read('itp', 'job_id,submit,duration,num_gpu', 'a,1,2,3')).toContain('submission_time')
    expect(read('itp', 'job_id,submission_time,duration,num_gpu', 'a,1,2,3', 'b,x,2,3')).toContain('line 3')
    expect(read('itp', 'job_id,submission_time,duration,num_gpu')).toContain('no jobs')
  })
})

describe('a fleet', () => {
  it('is written as nodes x model : GPUs, several by comma', () => {
    const nodes = parseFleet('2xV100:8,1xA100:4')
    expect(E.isRight(nodes) && nodes.right.map((node) => [node.node, node.gpus.length, node.gpus[0]?.model])).toEqual([
      ['V100-0000', 8, 'V100'],
      ['V100-0001', 8, 'V100'],
      ['A100-0002', 4, 'A100']
    ])
  })
  it('may be a node table of openb', () => {
    const nodes = parseNodeTable('sn,cpu_milli,memory_mib,gpu,model\nn0,64000,262144,2,P100\n')
    expect(E.isRight(nodes) && nodes.right[0]).toMatchObject({
      node: 'n0',
      cpuMilli: 64_000,
      memoryMib: 262_144,
      gpus: [{ model: 'P100' }, { model: 'P100' }]
    })
  })
  it.each(['', '64', '0x:1', '1xV100:99', '999999xV100:8', 'xV100:8'])('"%s" is none', (spec) => {
    expect(E.isLeft(parseFleet(spec))).toBe(true)
  })
})
