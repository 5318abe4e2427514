/** `fastgpu bill`: what each tenant's GPU time cost, from the intervals in which GPUs were held, and what stood idle. */
import type { Command } from 'commander'
import type { Bill } from '../../../sdk/typescript/index.ts'
import { example, printing, remote } from '../command.ts'
import { windowOf, type WindowOptions } from '../parse/window.ts'
import { withServer } from '../server.ts'
import { gpuHours, money, percent } from '../show/numbers.ts'
import { bar } from '../show/plot.ts'
import { table } from '../show/table.ts'
import { stamp } from '../show/time.ts'
import { show, terminalOf, type CommonOptions, type Terminal } from '../terminal.ts'

type Options = CommonOptions & WindowOptions

const BAR_CHARACTERS = 24

export const define = (command: Command): void => {
  command.option('--since <time>', '24h, 7d, 2026-03-01 (default: 24h)').option('--until <time>', 'The same (default: now)')
  remote(printing(command))
  example(command, 'fastgpu bill --since 2026-03-01 --until 2026-04-01', 'fastgpu price set H100 2.50')
  command.action(async (options: Options) => {
    const terminal = terminalOf(options)
    const bill = await withServer(options, (client) => client.bill(windowOf(options, Date.now())))
    await show(terminal, { data: bill, table: () => lines(bill, terminal), ids: () => [...new Set(bill.rows.map((row) => row.tenant))] })
  })
}

const lines = (bill: Bill, terminal: Terminal): ReadonlyArray<string> => {
  const most = bill.rows.reduce((max, row) => Math.max(max, row.gpuMs), bill.idleGpuMs)
  const idle = { tenant: '(idle)', model: '', gpuMs: bill.idleGpuMs, costMicro: 0 }
  const total = { tenant: 'total', model: '', gpuMs: bill.capacityGpuMs, costMicro: bill.totalMicro }
  return [
    `${stamp(bill.sinceMs)} to ${stamp(bill.untilMs)}`,
    '',
    ...table(
      [...bill.rows, idle, total],
      [
        { title: 'TENANT', cell: (row) => row.tenant },
        { title: 'MODEL', cell: (row) => row.model || '-' },
        { title: 'GPU-HOURS', cell: (row) => gpuHours(row.gpuMs), right: true },
        { title: 'OF CAPACITY', cell: (row) => percent(row.gpuMs, bill.capacityGpuMs), right: true },
        { title: 'COST', cell: (row) => (row === idle ? '-' : money(row.costMicro)), right: true },
        { title: '', cell: (row) => (row === total ? '' : bar(row.gpuMs, most, BAR_CHARACTERS, terminal.plain)) }
      ]
    ),
    ...(bill.totalMicro === 0 && bill.rows.length > 0 ? ['', 'No price is set. Set one with: fastgpu price set MODEL AMOUNT'] : [])
  ]
}
