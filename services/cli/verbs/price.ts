/** `fastgpu price`: what a GPU of a model costs for an hour, from now on; what was held before keeps its price. */
import type { Command } from 'commander'
import { example, printing, remote } from '../command.ts'
import { misused } from '../quit.ts'
import { withServer } from '../server.ts'
import { money } from '../show/numbers.ts'
import { show, terminalOf, type CommonOptions } from '../terminal.ts'

interface Options extends CommonOptions {
  readonly dryRun?: boolean
}

export const define = (command: Command): void => {
  command
    .argument('<action>', 'set')
    .argument('<model>', 'Such as H100')
    .argument('<amount>', "For one GPU and one hour, in the pool's currency, to six digits behind the point: 2.50")
    .option('--dry-run', 'Print the order, and send nothing')
  remote(printing(command))
  example(command, 'fastgpu price set H100 2.50')
  command.action(async (action: string, model: string, amount: string, options: Options) => {
    if (action !== 'set') throw misused(`there is no "price ${action}"`, 'Write: fastgpu price set MODEL AMOUNT')
    const order = { model, microPerGpuHour: microOf(amount) }
    const terminal = terminalOf(options)
    if (options.dryRun === true) return show(terminal, { data: order, table: () => [JSON.stringify(order)], ids: () => [model] })
    const answer = await withServer(options, (client) => client.setPrice(model, order.microPerGpuHour))
    const line = `One GPU of ${model} costs ${money(order.microPerGpuHour, order.microPerGpuHour % 10_000 === 0 ? 2 : 6)} an hour from now on`
    return show(terminal, { data: answer, table: () => [line], ids: () => [model] })
  })
}

const MICRO_DIGITS = 6

/** Exactly, without a float: 2.50 is 2,500,000. */
const microOf = (text: string): number => {
  const match = /^(\d{1,6})(?:\.(\d{1,6}))?$/.exec(text)
  if (match === null) throw misused(`"${text}" is not a price`, 'Write it as 2.50, with at most six digits behind the point.')
  return Number(match[1]) * 10 ** MICRO_DIGITS + Number((match[2] ?? '').padEnd(MICRO_DIGITS, '0'))
}
