/**
 * `npm run quality -- openb [--workloads A,B] [--policies P,Q] [--seeds N] [--json]`: how well the pool's placement policies pack,
 * beside published figures for the same policies. Exits with 1 when a mean of ten seeds or more misses its figure by too much.
 */
import { parseArgs } from 'node:util'
import Table from 'cli-table3'
import { CORE_VERSION } from '../../domain/events/round.ts'
import { PLACEMENTS, type Policy } from '../../domain/events/policy.ts'
import { published, toleranceOf, WORKLOADS } from './published.ts'
import { runAll, type Run } from './runs.ts'
import { tracesFolder } from './workload.ts'

/** Means of fewer seeds say too little to be judged. */
const SEEDS_JUDGED = 10

interface Row {
  readonly workload: string
  readonly policy: string
  readonly seeds: number
  readonly unallocatedAt100: number
  readonly sd: number
  readonly published: number | null
  readonly difference: number | null
  readonly tolerance: number
  readonly ok: boolean | null
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    workloads: { type: 'string', default: 'default' },
    policies: { type: 'string', default: 'random,bestfit,fgd' },
    seeds: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false }
  }
})

const say = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

const misuse = (text: string): never => {
  say(text)
  process.exit(2)
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000

const runsOf = (): ReadonlyArray<Run> => {
  const seeds = Number(values.seeds)
  if (positionals.length !== 1 || positionals[0] !== 'openb') misuse('there is one experiment: openb')
  if (!Number.isSafeInteger(seeds) || seeds < 1) misuse(`--seeds ${values.seeds}: a number from 1 on`)
  const policies = values.policies.split(',').map((name) => PLACEMENTS.find((one) => one === name) ?? misuse(`no policy ${name}`))
  const workloads = values.workloads.split(',').map((name) => WORKLOADS.find((one) => one === name) ?? misuse(`no workload ${name}`))
  return workloads.flatMap((workload) =>
    policies.flatMap((policy: Policy['placement']) => Array.from({ length: seeds }, (_, index) => ({ workload, policy, seed: index + 1 })))
  )
}

const rowOf = (runs: ReadonlyArray<Run>, all: ReadonlyArray<number>): Row => {
  const { workload, policy } = runs[0]!
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length
  const square = all.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const figure = published(workload, policy)
  const difference = figure === undefined ? null : rounded(mean - figure)
  const tolerance = toleranceOf(policy)
  return {
    workload,
    policy,
    seeds: all.length,
    unallocatedAt100: rounded(mean),
    sd: rounded(Math.sqrt(square / Math.max(1, all.length - 1))),
    published: figure ?? null,
    difference,
    tolerance,
    ok: difference === null || all.length < SEEDS_JUDGED ? null : Math.abs(difference) <= tolerance
  }
}

const printTable = (rows: ReadonlyArray<Row>): void => {
  const head = ['workload', 'policy', 'seeds', 'unallocated %', 'sd', 'published', 'difference', 'within', 'ok']
  const table = new Table({ head, style: { head: [], border: [] } })
  for (const row of rows)
    table.push([
      row.workload,
      row.policy,
      row.seeds,
      row.unallocatedAt100.toFixed(2),
      row.sd.toFixed(2),
      row.published?.toFixed(2) ?? '-',
      row.difference?.toFixed(2) ?? '-',
      row.tolerance,
      row.ok === null ? '-' : row.ok ? 'yes' : 'NO'
    ])
  console.log('unallocated GPUs when as many were asked for as there are, in percent of all')
  console.log(table.toString())
}

const runs = runsOf()
if (tracesFolder() === undefined) {
  say('skipped: there are no traces here (FASTGPU_TRACES names their folder)')
} else {
  let count = 0
  const packed = await runAll(runs, (run, answer) => {
    count += 1
    say(`${count}/${runs.length} ${run.workload} ${run.policy} seed ${run.seed}: ${answer.unallocatedAt100.toFixed(2)} %`)
  })
  const rows: Array<Row> = []
  for (let from = 0; from < runs.length;) {
    const alike = runs.slice(from).filter((run) => run.workload === runs[from]!.workload && run.policy === runs[from]!.policy)
    rows.push(
      rowOf(
        alike,
        packed.slice(from, from + alike.length).map((answer) => answer.unallocatedAt100)
      )
    )
    from += alike.length
  }
  if (values.json) console.log(JSON.stringify({ experiment: 'openb', core: CORE_VERSION, rows }))
  else printTable(rows)
  if (rows.some((row) => row.ok === false)) process.exitCode = 1
}
