/** `fastgpu status`: the server and its pool at a glance. */
import type { Command } from 'commander'
import { example, printing, remote } from '../command.ts'
import { withServer } from '../server.ts'
import { plural } from '../show/numbers.ts'
import { pairs } from '../show/table.ts'
import { ago, stamp } from '../show/time.ts'
import { show, terminalOf, type CommonOptions } from '../terminal.ts'

export const define = (command: Command): void => {
  remote(printing(command))
  example(command, 'fastgpu status')
  command.action(async (options: CommonOptions) => {
    const status = await withServer(options, (client) => client.status())
    const { head } = status
    await show(terminalOf(options), {
      data: status,
      table: () =>
        pairs([
          ['Pool', `${status.pool}, ${plural(status.nodes, 'node')}${status.simulated ? ' (simulated)' : ''}`],
          ['Jobs', `${status.pending} waiting, ${status.live} holding resources`],
          ['Ledger', `round ${head.number}, ${plural(head.events, 'event')}, epoch ${head.epoch}`],
          ['Last round', head.number < 0 ? 'none yet' : `${stamp(head.at)} (${ago(head.at, Date.now())})`],
          ['Head hash', head.hash],
          ['State in', status.stateDir],
          ['Version', status.version]
        ]),
      ids: () => [status.pool]
    })
  })
}
