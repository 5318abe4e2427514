/** `fastgpu cancel`: ends jobs, by number or all of a tenant's. */
import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import type { Client } from '../../../sdk/typescript/index.ts'
import { example, printing, remote } from '../command.ts'
import { jobNumberOf } from '../parse/jobNumber.ts'
import { EXIT, misused, Quit } from '../quit.ts'
import { withServer } from '../server.ts'
import { plural } from '../show/numbers.ts'
import { show, terminalOf, type CommonOptions } from '../terminal.ts'
import { userName } from '../user.ts'

interface Options extends CommonOptions {
  readonly reason?: string
  readonly all?: boolean
  readonly tenant?: string
  readonly yes?: boolean
  readonly dryRun?: boolean
}

interface Cancelled {
  readonly job: string
  /** False where it had ended already, or was being cancelled. */
  readonly changed: boolean
}

export const define = (command: Command): void => {
  command
    .argument('[jobs...]', 'Such as J12 J13')
    .option('-r, --reason <text>', 'Why (default: cancelled by you)')
    .option('-a, --all', 'All jobs that have not ended (with --tenant: of that tenant)')
    .option('--tenant <tenant>', 'With --all: only of this tenant')
    .option('-y, --yes', 'Do not ask')
    .option('--dry-run', 'Say which jobs would be cancelled, and cancel none')
  remote(printing(command))
  example(command, 'fastgpu cancel J12 --reason "wrong data set"', 'fastgpu cancel --all --tenant ann -y')
  command.action(async (words: ReadonlyArray<string>, options: Options) => {
    if ((words.length === 0) === (options.all !== true)) throw misused('name the jobs to cancel, or --all of them, but not both')
    const terminal = terminalOf(options)
    const reason = options.reason ?? `cancelled by ${userName()}`
    const cancelled = await withServer(options, async (client) => {
      const numbers = options.all === true ? await unended(client, options.tenant) : words.map(jobNumberOf)
      if (options.dryRun === true) return numbers.map((number) => ({ job: `J${number}`, changed: false }))
      if (options.all === true) await confirmed(numbers.length, options)
      return cancelAll(client, numbers, reason)
    })
    if (cancelled.length === 0) terminal.say('There is no job to cancel.')
    await show(terminal, {
      data: cancelled,
      table: () => cancelled.map((one) => sentence(one, options.dryRun === true)),
      ids: () => cancelled.map((one) => one.job)
    })
  })
}

const sentence = ({ job, changed }: Cancelled, dry: boolean): string =>
  dry ? `${job} would be cancelled` : changed ? `${job} is cancelled` : `${job} was being cancelled already`

const cancelAll = async (client: Client, numbers: ReadonlyArray<number>, reason: string): Promise<ReadonlyArray<Cancelled>> => {
  const cancelled: Array<Cancelled> = []
  for (const number of numbers) {
    const answer = await client.cancel(number, reason)
    cancelled.push({ job: `J${number}`, changed: answer.outcome === 'accepted' && answer.changed })
  }
  return cancelled
}

const unended = async (client: Client, tenant: string | undefined): Promise<ReadonlyArray<number>> => {
  const numbers: Array<number> = []
  for (const state of ['running', 'allocated', 'pending'] as const) {
    let next: string | null = null
    do {
      const page: Awaited<ReturnType<Client['jobs']>> = await client.jobs({
        state,
        limit: 200,
        ...(tenant === undefined ? {} : { tenant }),
        ...(next === null ? {} : { after: next })
      })
      numbers.push(...page.jobs.map((job) => job.number))
      next = page.next
    } while (next !== null)
  }
  return numbers
}

const confirmed = async (count: number, options: Options): Promise<void> => {
  if (options.yes === true || count === 0) return
  if (!process.stdin.isTTY) throw misused(`this would cancel ${plural(count, 'job')}, and nobody can be asked`, 'Say --yes.')
  const questions = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await questions.question(`Cancel ${plural(count, 'job')}? [y/N] `)
  questions.close()
  if (!/^y(es)?$/i.test(answer.trim())) throw new Quit(EXIT.failed, 'nothing was cancelled')
}
