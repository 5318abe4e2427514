/** What cordon, uncordon and drain have in common: one order to one node, and a line that says what it means. */
import { withServer } from './server.ts'
import { show, terminalOf, type CommonOptions } from './terminal.ts'

export interface NodeOrderOptions extends CommonOptions {
  readonly reason?: string
  readonly dryRun?: boolean
}

export interface NodeOrder {
  readonly verb: 'cordon' | 'uncordon' | 'drain'
  readonly node: string
  readonly reason: string
  readonly stopAtMs?: number
}

export const nodeOrder = async (options: NodeOrderOptions, order: NodeOrder, meaning: string): Promise<void> => {
  const terminal = terminalOf(options)
  const { verb, node, reason, stopAtMs } = order
  if (options.dryRun === true) return show(terminal, { data: order, table: () => [JSON.stringify(order)], ids: () => [node] })
  const answer = await withServer(options, (client) => client[verb](node, reason, stopAtMs === undefined ? {} : { stopAtMs }))
  const line =
    answer.outcome === 'durable'
      ? `${node}: the order is recorded and not yet carried out`
      : answer.changed
        ? meaning
        : `${node} is as it was: there was nothing to change`
  await show(terminal, { data: answer, table: () => [line], ids: () => [node] })
}
