/** `fastgpu uncordon`: a cordoned or draining node takes jobs again. */
import type { Command } from 'commander'
import { nodeOrder, type NodeOrderOptions } from '../nodeOrder.ts'
import { example, printing, remote } from '../command.ts'
import { userName } from '../user.ts'

export const define = (command: Command): void => {
  command
    .argument('<node>', 'Its name')
    .option('-r, --reason <text>', 'Why (default: uncordoned by you)')
    .option('--dry-run', 'Print the order, and send nothing')
  remote(printing(command))
  example(command, 'fastgpu uncordon node-7')
  command.action((node: string, options: NodeOrderOptions) =>
    nodeOrder(options, { verb: 'uncordon', node, reason: options.reason ?? `uncordoned by ${userName()}` }, `${node} takes jobs again`)
  )
}
