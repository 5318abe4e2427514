/** `fastgpu usage`: GPU time that was held, by tenant, model or node, beside what there was to hold. */
import type { Command } from 'commander'
import { USAGE_KEYS, type Usage } from '../../../sdk/typescript/index.ts'
import { example, printing, remote } from '../command.ts'
import { windowOf, type WindowOptions } from '../parse/window.ts'
import { misused } from '../quit.ts'
import { withServer } from '../server.ts'
import { gpuHoursOf, percent } from '../show/numbers.ts'
import { bar, sparkline, squeeze } from '../show/plot.ts'
import { table } from '../show/table.ts'
import { stamp } from '../show/time.ts'
import { show, terminalOf, type CommonOptions, type Terminal } from '../terminal.ts'

interface Options extends CommonOptions, WindowOptions {
  readonly by: string
}

const BAR_CHARACTERS = 24

export const define = (command: Command): void => {
  command
    .option('--by <key>', USAGE_KEYS.join(', '), 'tenant')
    .option('--since <time>', '24h, 7d, 2026-03-01 (default: 24h)')
    .option('--until <time>', 'The same (default: now)')
  remote(printing(command))
  example(command, 'fastgpu usage --by model --since 7d')
  command.action(async (options: Options) => {
    const by = USAGE_KEYS.find((key) => key === options.by)
    if (by === undefined) throw misused(`--by "${options.by}" is not possible`, `Usage is by ${USAGE_KEYS.join(', ')}.`)
    const terminal = terminalOf(options)
    const usage = await withServer(options, (client) => client.usage({ by, ...windowOf(options, Date.now()) }))
    await show(terminal, { data: usage, table: () => lines(usage, terminal), ids: () => usage.rows.map((row) => row.key) })
  })
}

/** From the hour on in which the pool had its first GPU: before that there is nothing to see. */
const since = ({ hours }: Usage): Usage['hours'] => {
  const first = hours.findIndex((hour) => hour.capacityGpuMs > 0)
  return first < 0 ? hours : hours.slice(first)
}

const lines = (usage: Usage, terminal: Terminal): ReadonlyArray<string> => {
  const gpuHours = gpuHoursOf(usage.capacityGpuMs)
  const most = usage.rows.reduce((max, row) => Math.max(max, row.gpuMs), 0)
  const hours = since(usage)
  const shares = hours.map((hour) => (hour.capacityGpuMs === 0 ? 0 : hour.allocatedGpuMs / hour.capacityGpuMs))
  const first = hours[0]
  return [
    `${stamp(Math.max(usage.sinceMs, first?.startMs ?? 0))} to ${stamp(usage.untilMs)}: ${gpuHours(usage.allocatedGpuMs)} of ${gpuHours(usage.capacityGpuMs)} GPU-hours held (${percent(usage.allocatedGpuMs, usage.capacityGpuMs)})`,
    '',
    ...table(usage.rows, [
      { title: usage.by.toUpperCase(), cell: (row) => row.key },
      { title: 'JOBS', cell: (row) => String(row.jobs), right: true },
      { title: 'GPU-HOURS', cell: (row) => gpuHours(row.gpuMs), right: true },
      { title: 'SHARE', cell: (row) => percent(row.gpuMs, usage.allocatedGpuMs), right: true },
      { title: '', cell: (row) => bar(row.gpuMs, most, BAR_CHARACTERS, terminal.plain) }
    ]),
    ...(first === undefined
      ? []
      : [
          '',
          `held, hour by hour from ${stamp(first.startMs)}: ${sparkline(squeeze(shares, terminal.columns - 50), terminal.plain)} (highest ${percent(Math.max(...shares), 1)})`
        ])
  ]
}
