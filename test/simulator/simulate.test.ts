/** Simulated time: what a schedule of a hand-made trace must be, to the millisecond, and that every real trace runs to its end. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../domain/events/policy.ts'
import { parseFleet } from '../../infra/traces/fleet.ts'
import type { TraceJob } from '../../infra/traces/job.ts'
import type { TraceFormat } from '../../infra/traces/trace.ts'
import { runSimulation } from '../../services/simulator/run.ts'
import { simulate } from '../../services/simulator/simulate.ts'
import { tracesPath, withTraces } from './traces.ts'

const job = (submitS: number, durationS: number, gpus: number, more: Partial<TraceJob> = {}): TraceJob => ({
  id: `j${submitS}`,
  tenant: 'ann',
  submitMs: submitS * 1000,
  durationMs: durationS * 1000,
  cancelAtMs: undefined,
  request: { gpus },
  ...more
})

const run = async (jobs: ReadonlyArray<TraceJob>, fleet = '1xV100:4', order: 'pass' | 'strict' = 'pass') => {
  const nodes = parseFleet(fleet)
  if (E.isLeft(nodes)) throw new Error(nodes.left.message)
  const ran = await simulate({ jobs, nodes: nodes.right, policy: { ...defaultPolicy, order } })
  if (E.isLeft(ran)) throw new Error(ran.left.message)
  return ran.right
}

describe('a simulation', () => {
  it('starts jobs as others end, and counts waits, slowdown and utilization exactly', async () => {
    // 4 GPUs: A holds all for 100 s; B and C (2 each) start then and end at 200 s and 300 s.
    const ran = await run([job(0, 100, 4), job(10, 100, 2), job(20, 200, 2)])
    expect(ran.waitMs).toMatchObject({ mean: (0 + 90_000 + 80_000) / 3, p50: 80_000, p99: 90_000 })
    expect(ran.makespanMs).toBe(300_000)
    expect(ran.utilization).toBeCloseTo((4 * 100 + 2 * 100 + 2 * 200) / (4 * 300), 10)
    expect(ran.boundedSlowdown.p99).toBe(1)
  })
  it('lets a small job pass a blocked one, unless the policy is strict', async () => {
    const jobs = [job(0, 100, 3), job(1, 50, 4), job(2, 10, 1)]
    expect((await run(jobs)).waitMs.p50).toBe(0)
    expect((await run(jobs, '1xV100:4', 'strict')).waitMs.p50).toBe(99_000)
  })
  it('gives up what its owner gave up, running or waiting', async () => {
    const neverStarted = { durationMs: undefined, cancelAtMs: 50_000 }
    const ran = await run([job(0, 100, 4), job(10, 0, 1, neverStarted), job(20, 10, 4)])
    expect([ran.started, ran.neverStarted]).toEqual([2, 1])
    const freed = await run([job(0, 0, 4, neverStarted), job(20, 10, 4)])
    expect(freed.waitMs.p99).toBe(30_000)
  })
  it('is the same twice, to the last hash of the ledger', async () => {
    const jobs = Array.from({ length: 200 }, (_, index) => job(index, 30 + ((index * 37) % 400), 1 + (index % 5), { id: `j${index}` }))
    const [first, second] = [await run(jobs, '3xV100:8'), await run(jobs, '3xV100:8')]
    expect(first).toEqual(second)
  })
  it('overwrites no file, and says when a trace or a fleet cannot be read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fastgpu-simulate-'))
    const options = { format: 'itp' as const, placement: 'bestfit' as const, order: 'pass' as const, seed: 0 }
    const codeOf = async (changes: { trace: string; fleet: string; out?: string }): Promise<string> => {
      const ran = await runSimulation({ ...options, ...changes })
      return E.isLeft(ran) ? ran.left.code : 'ran'
    }
    expect(await codeOf({ trace: join(folder, 'none.csv'), fleet: '1xV100:8' })).toBe('FG_FILE_UNREADABLE')
    expect(await codeOf({ trace: import.meta.filename, fleet: '1xV100:8' })).toBe('FG_TRACE_MALFORMED')
    expect(await codeOf({ trace: import.meta.filename, fleet: 'many' })).toBe('FG_FLEET_MALFORMED')
    rmSync(folder, { recursive: true })
  })
})

describe('every real trace', () => {
  const fleets: Readonly<Record<TraceFormat, string>> = {
    itp: '64xV100:8',
    philly: '64xV100:8',
    openb: join(tracesPath, 'openb/openb_node_list_gpu_node.csv')
  }
  const filesOf = (format: TraceFormat): ReadonlyArray<string> =>
    readdirSync(join(tracesPath, format))
      .filter((file) => format !== 'openb' || (file.startsWith('openb_pod_list_') && !file.includes('multigpu20')))
      .map((file) => join(tracesPath, format, file))
  for (const format of ['itp', 'philly', 'openb'] as const)
    withTraces(`of ${format} runs to its end, every job with an answer`, async () => {
      for (const trace of filesOf(format)) {
        const ran = await runSimulation({ trace, format, fleet: fleets[format], placement: 'bestfit', order: 'pass', seed: 0 })
        if (E.isLeft(ran)) throw new Error(`${trace}: ${ran.left.message}`)
        expect(ran.right.started + ran.right.neverStarted).toBe(ran.right.jobs)
      }
    })
})
