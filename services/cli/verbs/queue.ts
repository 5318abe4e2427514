/** `fastgpu queue`: what waits and what runs, by tenant and GPU model. */
import type { Command } from 'commander'
import type { QueueRow } from '../../../sdk/typescript/index.ts'
import { example, printing, remote } from '../command.ts'
import { withServer } from '../server.ts'
import { count, plural } from '../show/numbers.ts'
import { table } from '../show/table.ts'
import { duration } from '../show/time.ts'
import { show, terminalOf, type CommonOptions } from '../terminal.ts'

export const define = (command: Command): void => {
  remote(printing(command))
  example(command, 'fastgpu queue')
  command.action(async (options: CommonOptions) => {
    const queue = await withServer(options, (client) => client.queue())
    const nowMs = Date.now()
    await show(terminalOf(options), {
      data: queue,
      table: () => [
        `${plural(queue.pending, 'job')} waiting, ${plural(queue.live, 'job')} holding resources`,
        ...(queue.rows.length === 0 ? [] : ['', ...rowsOf(queue.rows, nowMs)])
      ],
      ids: () => queue.rows.map((row) => row.tenant)
    })
  })
}

const rowsOf = (rows: ReadonlyArray<QueueRow>, nowMs: number): ReadonlyArray<string> =>
  table(rows, [
    { title: 'TENANT', cell: (row) => row.tenant },
    { title: 'MODEL', cell: (row) => (row.model === '' ? 'any' : row.model) },
    { title: 'WAITING', cell: (row) => String(row.pending), right: true },
    { title: 'GPUS WANTED', cell: (row) => count(row.gpusWanted), right: true },
    { title: 'LIVE', cell: (row) => String(row.live), right: true },
    { title: 'GPUS HELD', cell: (row) => count(row.gpusHeld), right: true },
    { title: 'OLDEST WAITS', cell: (row) => (row.oldestMs === null ? '-' : duration(Math.max(0, nowMs - row.oldestMs))), right: true },
    { title: 'WAITS FOR', cell: (row) => row.waits.map((wait) => `${wait.code} (${wait.pending})`).join(', ') || '-' }
  ])
