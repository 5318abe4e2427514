/** What a simulation writes is a ledger like any other: it verifies, its decisions come out again, and another language agrees. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, expect } from 'vitest'
import { runSimulation, type RunOptions } from '../../services/simulator/run.ts'
import { replayLedger } from '../../services/verifier/replay.ts'
import { verifyLedger } from '../../services/verifier/verify.ts'
import { tracesPath, withTraces } from './traces.ts'

const folder = mkdtempSync(join(tmpdir(), 'fastgpu-proof-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Proofs of 25,000 rounds on a busy machine. */
const TIMEOUT_MS = 300_000

const CHECKER = join(import.meta.dirname, '../../sdk/python/fastgpu_verify.py')

const prove = async (name: string, options: Omit<RunOptions, 'out' | 'order' | 'seed'>): Promise<void> => {
  const file = join(folder, `${name}.db`)
  const ran = await runSimulation({ ...options, order: 'pass', seed: 7, out: file })
  if (E.isLeft(ran)) throw new Error(ran.left.message)
  const { rounds, events, head } = ran.right
  expect(await verifyLedger({ file })()).toMatchObject({ right: { ok: true, rounds, events, head } })
  const elsewhere = { timeZone: 'Pacific/Chatham', locale: 'tr_TR.UTF-8' }
  expect(await replayLedger({ file, intake: true })()).toMatchObject({ right: { ok: true, replayed: rounds } })
  expect(await replayLedger({ file, ...elsewhere })()).toMatchObject({ right: { ok: true, replayed: rounds } })
  expect(await replayLedger({ file, interpreted: true, from: 0, to: Math.min(rounds - 1, 600) })()).toMatchObject({ right: { ok: true } })
  const checked = spawnSync('python3', [CHECKER, file], { encoding: 'utf8' })
  expect([checked.status, checked.stdout]).toEqual([0, expect.stringContaining(head)])
}

withTraces(
  'the ledger of itp/cluster03 is proved, in this and in another language',
  () => prove('itp', { trace: join(tracesPath, 'itp/cluster03.csv'), format: 'itp', fleet: '64xV100:8', placement: 'bestfit' }),
  TIMEOUT_MS
)

withTraces(
  'the ledger of openb on its own fleet is proved, with FGD and with chance',
  async () => {
    const openb = {
      trace: join(tracesPath, 'openb/openb_pod_list_gpuspec25.csv'),
      format: 'openb',
      fleet: join(tracesPath, 'openb/openb_node_list_gpu_node.csv')
    } as const
    await prove('fgd', { ...openb, placement: 'fgd' })
    await prove('random', { ...openb, placement: 'random' })
  },
  TIMEOUT_MS
)
