/** `fastgpu watch`: the events of the pool, one a line, from any position on; after a lost connection it goes on where it was. */
import type { Command } from 'commander'
import type { Client, WatchedEvent } from '../../../sdk/typescript/index.ts'
import { example, remote } from '../command.ts'
import { connectionOf } from '../follow.ts'
import { jobNumberOf } from '../parse/jobNumber.ts'
import { integerOf } from '../parse/quantities.ts'
import { withServer } from '../server.ts'
import { eventSentence } from '../show/event.ts'
import { terminalOf, type CommonOptions, type Terminal } from '../terminal.ts'

interface Options extends CommonOptions {
  readonly from?: string
  readonly types?: string
  readonly job?: string
  readonly count?: string
  readonly follow: boolean
}

export const define = (command: Command): void => {
  command
    .option('--from <position>', 'Begin there; 0 is the first event (default: what comes from now on)')
    .option('--types <types>', 'Only these, such as JobAllocated,JobEnded')
    .option('--job <job>', 'Only events of this job')
    .option('--count <n>', 'Stop after so many')
    .option('--no-follow', 'Stop at the end of what is there now')
    .option('--json', 'Print one JSON object a line')
  remote(command)
  example(command, 'fastgpu watch', 'fastgpu watch --from 0 --types JobAllocated --json', 'fastgpu watch --job J12 --from 0 --no-follow')
  command.action(async (options: Options) => {
    const terminal = terminalOf(options)
    await withServer(options, (client) => watch(client, options, terminal))
  })
}

const watch = async (client: Client, options: Options, terminal: Terminal): Promise<void> => {
  const status = await client.status()
  const end = options.follow ? Number.POSITIVE_INFINITY : status.head.events
  const from = options.from === undefined ? status.head.events : integerOf(options.from, 0, Number.MAX_SAFE_INTEGER, '--from')
  const count = options.count === undefined ? Number.POSITIVE_INFINITY : integerOf(options.count, 1, Number.MAX_SAFE_INTEGER, '--count')
  const job = options.job === undefined ? undefined : jobNumberOf(options.job)
  const types = options.types?.split(',').map((type) => type.trim()) ?? []
  let next = from
  process.once('SIGINT', () => {
    terminal.say(`\nGo on from here with: fastgpu watch --from ${next}`)
    process.exit(0)
  })
  if (from >= end) return
  let printed = 0
  const connection = connectionOf(terminal)
  // With an end in sight the choice of types is made here, since the last event that is there has to be seen to pass.
  const asked = options.follow ? { types } : {}
  for await (const event of client.watch({ from, ...asked, onDrop: connection.lost })) {
    connection.isThere()
    next = event.position + 1
    const wanted =
      (job === undefined || event.data['job'] === job) && (types.length === 0 || types.includes(event.type.replace('fastgpu.', '')))
    if (wanted) {
      terminal.out(options.json === true ? JSON.stringify(event) : line(event))
      printed++
    }
    if (printed >= count || next >= end) return
  }
}

const line = (event: WatchedEvent): string => `${String(event.position).padStart(7)}  ${event.time}  ${eventSentence(event)}`
