/** `fastgpu simulate`: from file names and words to a simulation, and its report. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import * as E from 'fp-ts/lib/Either.js'
import type { RegisterNode } from '../../domain/events/inputs.ts'
import { defaultPolicy, type Policy } from '../../domain/events/policy.ts'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import { openSqlite } from '../../infra/sqlite/openSqlite.ts'
import { parseFleet, parseNodeTable } from '../../infra/traces/fleet.ts'
import { fleetOf } from '../../infra/traces/job.ts'
import { readTrace, type TraceFormat } from '../../infra/traces/trace.ts'
import { POOL, simulate, type Simulation } from './simulate.ts'

export interface RunOptions {
  /** A job file of a public trace. */
  readonly trace: string
  readonly format: TraceFormat
  /** NODESxMODEL:GPUS, several by comma, or the name of a node table of openb. */
  readonly fleet: string
  readonly placement: Policy['placement']
  readonly order: Policy['order']
  readonly seed: number
  /** A ledger file to be made; left out, nothing is kept. */
  readonly out?: string
  readonly onProgress?: (submitted: number, jobs: number, atMs: number) => void
}

export interface Report extends Simulation {
  readonly trace: string
  readonly fleet: string
  readonly placement: Policy['placement']
  readonly order: Policy['order']
  readonly seed: number
  /** Real time that the simulation took. */
  readonly wallMs: number
  readonly out?: string
}

export const runSimulation = async (options: RunOptions): Promise<E.Either<Fault, Report>> => {
  const begunMs = performance.now()
  const nodes = await readFleet(options.fleet)
  if (E.isLeft(nodes)) return nodes
  const text = await readText(options.trace)
  if (E.isLeft(text)) return text
  const jobs = readTrace(options.format, text.right, fleetOf(nodes.right))
  if (E.isLeft(jobs)) return jobs
  const policy: Policy = { ...defaultPolicy, placement: options.placement, order: options.order, seed: options.seed, leases: false }
  const onProgress = (submitted: number, atMs: number): void => options.onProgress?.(submitted, jobs.right.length, atMs)
  const ran = await withStore(options.out, (store) =>
    simulate({ jobs: jobs.right, nodes: nodes.right, policy, onProgress, ...(store === undefined ? {} : { store }) })
  )
  if (E.isLeft(ran)) return ran
  const { trace, fleet, placement, order, seed, out } = options
  return E.right({
    ...ran.right,
    trace,
    fleet,
    placement,
    order,
    seed,
    wallMs: Math.round(performance.now() - begunMs),
    ...(out === undefined ? {} : { out })
  })
}

type Store = NonNullable<Parameters<typeof simulate>[0]['store']>

const withStore = async <A>(
  out: string | undefined,
  run: (store: Store | undefined) => Promise<E.Either<Fault, A>>
): Promise<E.Either<Fault, A>> => {
  if (out === undefined) return run(undefined)
  if (existsSync(out)) return E.left(fault('FG_FILE_EXISTS', `${out} is there already`))
  const opened = await openSqlite({ file: out, pool: POOL, durability: 'atClose' })()
  if (E.isLeft(opened)) return opened
  const result = await run(opened.right)
  const closed = await opened.right.close()
  return E.isLeft(closed) && E.isRight(result) ? closed : result
}

const readFleet = async (fleet: string): Promise<E.Either<Fault, ReadonlyArray<RegisterNode>>> => {
  if (!existsSync(fleet)) return parseFleet(fleet)
  const text = await readText(fleet)
  return E.isLeft(text) ? text : parseNodeTable(text.right)
}

const readText = async (file: string): Promise<E.Either<Fault, string>> => {
  try {
    return E.right(await readFile(file, 'utf8'))
  } catch (error) {
    return E.left(fault('FG_FILE_UNREADABLE', `${file}: ${error instanceof Error ? error.message : 'unreadable'}`))
  }
}
