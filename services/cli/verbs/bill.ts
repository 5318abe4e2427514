/** `fastgpu bill`: what each tenant's GPU time cost, from the intervals in which GPUs were held, and what stood idle. */
import type { Command } from 'commander'
import { BILL_KEYS, type Bill } from '../../../sdk/typescript/index.ts'
import { example, printing, remote } from '../command.ts'
import { windowOf, type WindowOptions } from '../parse/window.ts'
import { misused } from '../quit.ts'
import { withServer } from '../server.ts'
import { gpuHoursOf, money, percent } from '../show/numbers.ts'
import { bar } from '../show/plot.ts'
import { table, type Column } from '../show/table.ts'
import { stamp } from '../show/time.ts'
import { show, terminalOf, type CommonOptions, type Terminal } from '../terminal.ts'

interface Options extends CommonOptions, WindowOptions {
  readonly by: string
  readonly hourly?: boolean
}

const BAR_CHARACTERS = 24
const POSITIONS_SHOWN_MAX = 12

export const define = (command: Command): void => {
  command
    .option('--by <key>', `A line for each ${BILL_KEYS.join(', or ')}`, 'tenant')
    .option('--hourly', 'Split further at each full hour')
    .option('--since <time>', '24h, 7d, 2026-03-01 (default: 24h)')
    .option('--until <time>', 'The same (default: now)')
  remote(printing(command))
  example(command, 'fastgpu bill --since 2026-03-01 --until 2026-04-01', 'fastgpu price set H100 2.50')
  command.action(async (options: Options) => {
    const by = BILL_KEYS.find((key) => key === options.by)
    if (by === undefined) throw misused(`--by "${options.by}" is not possible`, `A bill is by ${BILL_KEYS.join(' or ')}.`)
    const terminal = terminalOf(options)
    const bill = await withServer(options, (client) =>
      client.bill({ by, ...(options.hourly === true ? { hourly: true } : {}), ...windowOf(options, Date.now()) })
    )
    await show(terminal, {
      data: bill,
      table: (wide) => lines(bill, wide, terminal),
      ids: () => [...new Set(bill.rows.map((row) => row.tenant))]
    })
  })
}

interface Line {
  readonly tenant: string
  readonly job?: number | null
  readonly model: string
  readonly hourMs?: number | null
  readonly microPerGpuHour?: number
  readonly gpuMs: number
  readonly costMicro?: number
  readonly positions?: ReadonlyArray<number>
}

const lines = (bill: Bill, wide: boolean, terminal: Terminal): ReadonlyArray<string> => {
  const gpuHours = gpuHoursOf(bill.capacityGpuMs)
  const digits = bill.totalMicro >= 10_000_000 ? 2 : 4
  const idle: ReadonlyArray<Line> = bill.idle.map(({ model, gpuMs }) => ({ tenant: '(idle)', model, gpuMs }))
  const total: Line = { tenant: 'total', model: '', gpuMs: bill.capacityGpuMs, costMicro: bill.totalMicro }
  const rows: ReadonlyArray<Line> = [...bill.rows, ...idle]
  const most = rows.reduce((max, row) => Math.max(max, row.gpuMs), 0)
  const columns: ReadonlyArray<Column<Line> | undefined> = [
    { title: 'TENANT', cell: (row) => row.tenant },
    some(bill, (row) => row.job) && { title: 'JOB', cell: (row) => (typeof row.job === 'number' ? `J${row.job}` : '-') },
    { title: 'MODEL', cell: (row) => row.model || '-' },
    some(bill, (row) => row.hourMs) && { title: 'HOUR', cell: (row) => (typeof row.hourMs === 'number' ? stamp(row.hourMs) : '-') },
    { title: 'GPU-HOURS', cell: (row) => gpuHours(row.gpuMs), right: true },
    { title: 'OF CAPACITY', cell: (row) => percent(row.gpuMs, bill.capacityGpuMs), right: true },
    { title: 'PRICE', cell: (row) => (row.microPerGpuHour === undefined ? '-' : money(row.microPerGpuHour)), right: true },
    { title: 'COST', cell: (row) => (row.costMicro === undefined ? '-' : money(row.costMicro, digits)), right: true },
    { title: '', cell: (row) => (row === total ? '' : bar(row.gpuMs, most, BAR_CHARACTERS, terminal.plain)) },
    { title: 'LEDGER POSITIONS', cell: (row) => row.positions?.slice(0, POSITIONS_SHOWN_MAX).join(',') ?? '-', wide: true }
  ]
  return [
    `${stamp(bill.sinceMs)} to ${stamp(bill.untilMs)}`,
    '',
    ...table(
      [...rows, total],
      columns.filter((column) => column !== undefined),
      wide
    ),
    ...(bill.totalMicro === 0 && bill.rows.length > 0 ? ['', 'No price was in force. Set one with: fastgpu price set MODEL AMOUNT'] : [])
  ]
}

/** A column that only some bills have. */
const some = (bill: Bill, of: (row: Bill['rows'][number]) => number | null): true | undefined =>
  bill.rows.some((row) => of(row) !== null) || undefined
