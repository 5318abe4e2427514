/** `fastgpu logs`: what the processes of a job wrote. */
import type { Command } from 'commander'
import type { Client } from '../../../sdk/typescript/index.ts'
import { example, remote } from '../command.ts'
import { detachOnInterrupt } from '../follow.ts'
import { jobNumberOf } from '../parse/jobNumber.ts'
import { integerOf } from '../parse/quantities.ts'
import { misused } from '../quit.ts'
import { withServer } from '../server.ts'
import { terminalOf, type CommonOptions, type Terminal } from '../terminal.ts'

interface Options extends CommonOptions {
  readonly follow?: boolean
  readonly member?: string
  readonly attempt?: string
  readonly stream: string
  readonly tail?: string
}

const STREAMS = ['all', 'stdout', 'stderr'] as const

export const define = (command: Command): void => {
  command
    .argument('<job>', 'Such as J12')
    .option('-f, --follow', 'Go on until the process ends; Ctrl-C leaves the job running')
    .option('-m, --member <n>', 'Of this member of a gang (default: 0)')
    .option('--attempt <n>', 'Of this attempt (default: the last)')
    .option('--stream <stream>', STREAMS.join(', '), 'all')
    .option('--tail <n>', 'Only the last lines')
  remote(command)
  example(command, 'fastgpu logs J12', 'fastgpu logs -f J12 --tail 20')
  command.action(async (word: string, options: Options) => {
    const number = jobNumberOf(word)
    const stream = STREAMS.find((one) => one === options.stream)
    if (stream === undefined) throw misused(`--stream "${options.stream}" is not a stream`, `Streams are ${STREAMS.join(', ')}.`)
    const wanted = {
      stream,
      ...(options.member === undefined ? {} : { member: integerOf(options.member, 0, 16_383, '--member') }),
      ...(options.attempt === undefined ? {} : { attempt: integerOf(options.attempt, 1, 2 ** 31 - 1, '--attempt') }),
      ...(options.tail === undefined ? {} : { tail: integerOf(options.tail, 0, 1_000_000, '--tail') }),
      ...(options.follow === true ? { follow: true } : {})
    }
    const terminal = terminalOf(options)
    if (options.follow === true) detachOnInterrupt(number)
    await withServer(options, async (client) => {
      if (options.follow === true && options.attempt === undefined) await untilStarted(client, number, wanted.member ?? 0, terminal)
      for await (const chunk of client.logs(number, wanted))
        if (!process.stdout.write(chunk)) await new Promise((resolve) => process.stdout.once('drain', resolve))
    })
  })
}

/** A job that waits has no output yet: who follows it waits with it. */
const untilStarted = async (client: Client, number: number, member: number, terminal: Terminal): Promise<void> => {
  const job = await client.job(number)
  if (job.attempt > 0 || job.endedMs !== null) return
  terminal.say(`${job.job} waits; its output comes when it starts ("fastgpu explain ${job.job}" says what for)`)
  for await (const { type, data } of client.watch({ from: job.position, types: ['RunStarted', 'JobEnded'] }))
    if (data['job'] === number && (type === 'fastgpu.JobEnded' || data['member'] === member)) return
}
