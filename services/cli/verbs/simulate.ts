/** `fastgpu simulate`: a recorded trace through the production scheduler in simulated time, and how well it did. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import * as E from 'fp-ts/lib/Either.js'
import { PLACEMENTS, QUEUE_ORDERS } from '../../../domain/events/policy.ts'
import { TRACE_FORMATS } from '../../../infra/traces/trace.ts'
import type { Report } from '../../simulator/run.ts'
import { common, example, printing } from '../command.ts'
import { faulted } from '../faulted.ts'
import { integerOf } from '../parse/quantities.ts'
import { misused } from '../quit.ts'
import { count, plural } from '../show/numbers.ts'
import { pairs, table } from '../show/table.ts'
import { duration } from '../show/time.ts'
import { progressOn } from '../show/progress.ts'
import { show, terminalOf, type CommonOptions } from '../terminal.ts'

interface Options extends CommonOptions {
  readonly trace: string
  readonly format: string
  readonly fleet: string
  readonly policy: string
  readonly order: string
  readonly seed: string
  readonly out?: string
}

export const define = (command: Command): void => {
  command
    .requiredOption('--trace <file>', 'A job file of a public trace (also looked for in FASTGPU_TRACES)')
    .requiredOption('--format <format>', TRACE_FORMATS.join(', '))
    .requiredOption('--fleet <spec>', 'NODESxMODEL:GPUS, several by comma, such as 64xV100:8; or a node table of openb')
    .option('--policy <placement>', PLACEMENTS.join(', '), 'bestfit')
    .option('--order <order>', 'pass: later jobs may pass a blocked one; strict: none may', 'pass')
    .option('--seed <n>', 'Of the random placement', '0')
    .option('--out <file>', 'Keep the ledger in this new file, for verify, replay and ledger cat')
  common(printing(command))
  example(command, 'fastgpu simulate --trace cluster03.csv --format itp --fleet 64xV100:8 --policy pack')
  command.action(async (options: Options) => {
    const terminal = terminalOf(options)
    const { runSimulation } = await import('../../simulator/run.ts')
    const progress = progressOn(terminal)
    const ran = await runSimulation({
      trace: found(options.trace),
      format: oneOf(TRACE_FORMATS, options.format, '--format'),
      fleet: found(options.fleet),
      placement: oneOf(PLACEMENTS, options.policy, '--policy'),
      order: oneOf(QUEUE_ORDERS, options.order, '--order'),
      seed: integerOf(options.seed, 0, 2 ** 31 - 1, '--seed'),
      ...(options.out === undefined ? {} : { out: options.out }),
      onProgress: (submitted, jobs) => progress.tell(`${submitted} of ${plural(jobs, 'job')} submitted`, submitted / Math.max(1, jobs))
    })
    progress.end()
    if (E.isLeft(ran)) throw faulted(ran.left)
    await show(terminal, { data: ran.right, table: () => lines(ran.right), ids: () => [ran.right.head] })
  })
}

/** A file that is not here may be in the folder of traces that FASTGPU_TRACES names. */
const found = (file: string): string => {
  const inFolder = join(process.env['FASTGPU_TRACES'] ?? '', file)
  return !existsSync(file) && existsSync(inFolder) ? inFolder : file
}

const oneOf = <const Words extends ReadonlyArray<string>>(words: Words, text: string, flag: string): Words[number] => {
  const found = words.find((word) => word === text)
  if (found === undefined) throw misused(`${flag} "${text}" is not known`, `Known are ${words.join(', ')}.`)
  return found
}

const lines = (report: Report): ReadonlyArray<string> => [
  ...pairs([
    ['Fleet', `${plural(report.nodes, 'node')}, ${plural(report.gpus, 'GPU')}`],
    ['Policy', `${report.placement}, ${report.order}`],
    ['Jobs', `${report.jobs}, of which ${report.started} started and ${report.neverStarted} never did`],
    ['Span', duration(report.makespanMs)],
    ['GPU-hours', count(Math.round(report.gpuHours * 100) / 100)],
    ['Utilization', `${(report.utilization * 100).toFixed(1)}%`],
    ['Fragmentation', `${(report.fragmentation * 100).toFixed(1)}% of the idle GPU time was in pieces that the usual jobs could not use`],
    [
      'Ledger',
      `${plural(report.rounds, 'round')}, ${plural(report.events, 'event')}, head ${report.head.slice(0, 16)}...${report.out === undefined ? '' : `, in ${report.out}`}`
    ],
    ['Took', `${duration(report.wallMs)} (${Math.round(report.events / Math.max(0.001, report.wallMs / 1000))} events/s)`]
  ]),
  '',
  ...table(
    [
      { name: 'wait', of: report.waitMs, text: duration },
      { name: 'bounded slowdown', of: report.boundedSlowdown, text: (value: number) => value.toFixed(2) }
    ],
    [
      { title: '', cell: (row) => row.name },
      { title: 'MEAN', cell: (row) => row.text(row.of.mean), right: true },
      { title: 'P50', cell: (row) => row.text(row.of.p50), right: true },
      { title: 'P95', cell: (row) => row.text(row.of.p95), right: true },
      { title: 'P99', cell: (row) => row.text(row.of.p99), right: true }
    ]
  )
]
