/** `fastgpu cordon`: a node takes no new jobs; those that run there run on. */
import type { Command } from 'commander'
import { nodeOrder, type NodeOrderOptions } from '../nodeOrder.ts'
import { example, printing, remote } from '../command.ts'

export const define = (command: Command): void => {
  command
    .argument('<node>', 'Its name')
    .requiredOption('-r, --reason <text>', 'Why; everybody whose job waits for the node sees it')
    .option('--dry-run', 'Print the order, and send nothing')
  remote(printing(command))
  example(command, 'fastgpu cordon node-7 --reason "replacing a fan"')
  command.action((node: string, options: NodeOrderOptions & { readonly reason: string }) =>
    nodeOrder(options, { verb: 'cordon', node, reason: options.reason }, `${node} takes no new jobs`)
  )
}
