/** `fastgpu drain`: a node takes no new jobs, and from a moment on its running jobs are stopped and queued again. */
import type { Command } from 'commander'
import { nodeOrder, type NodeOrderOptions } from '../nodeOrder.ts'
import { example, printing, remote } from '../command.ts'
import { deadlineMsOf } from '../parse/quantities.ts'
import { stamp } from '../show/time.ts'

interface Options extends NodeOrderOptions {
  readonly reason: string
  readonly stop?: string
}

export const define = (command: Command): void => {
  command
    .argument('<node>', 'Its name')
    .requiredOption('-r, --reason <text>', 'Why; everybody whose job waits for the node sees it')
    .option('--stop <when>', 'Stop and requeue what still runs then: now, 30m, 2026-03-01T12:00Z (default: let it end)')
    .option('--dry-run', 'Print the order, and send nothing')
  remote(printing(command))
  example(command, 'fastgpu drain node-7 --reason "new driver" --stop 30m')
  command.action((node: string, options: Options) => {
    const stopAtMs = options.stop === undefined ? undefined : deadlineMsOf(options.stop, '--stop', Date.now())
    const then =
      stopAtMs === undefined ? 'what runs there may end by itself' : `what still runs at ${stamp(stopAtMs)} is stopped and queued again`
    return nodeOrder(
      options,
      { verb: 'drain', node, reason: options.reason, ...(stopAtMs === undefined ? {} : { stopAtMs }) },
      `${node} drains: ${then}`
    )
  })
}
