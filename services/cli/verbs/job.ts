/** `fastgpu job`: what a job asked for, what became of it, and where each step stands in the ledger. */
import type { Command } from 'commander'
import type { Client, JobDetail } from '../../../sdk/typescript/index.ts'
import { example, printing, remote } from '../command.ts'
import { sayExit } from '../ending.ts'
import { jobNumberOf } from '../parse/jobNumber.ts'
import { withServer } from '../server.ts'
import { eventSentence } from '../show/event.ts'
import { paintState } from '../show/paint.ts'
import { requestText } from '../show/request.ts'
import { pairs, table } from '../show/table.ts'
import { ago, duration, stamp } from '../show/time.ts'
import { storyOf, type Story } from '../story.ts'
import { show, terminalOf, type CommonOptions, type Terminal } from '../terminal.ts'

interface Options extends CommonOptions {
  readonly story: boolean
}

export const define = (command: Command): void => {
  command.argument('<job>', 'Such as J12').option('--no-story', 'Leave out the events of the job')
  remote(printing(command))
  example(command, 'fastgpu job J12', 'fastgpu job J12 --json')
  command.action(async (word: string, options: Options) => {
    const terminal = terminalOf(options)
    const number = jobNumberOf(word)
    const { job, story } = await withServer(options, async (client) => gathered(client, number, options.story))
    await show(terminal, {
      data: { ...job, ...(story === undefined ? {} : { story: story.events }) },
      table: () => [...factsOf(job, terminal, Date.now()), ...membersOf(job), ...storyLines(story)],
      ids: () => [job.job]
    })
  })
}

const gathered = async (
  client: Client,
  number: number,
  wanted: boolean
): Promise<{ readonly job: JobDetail; readonly story: Story | undefined }> => {
  const job = await client.job(number)
  return { job, story: wanted ? await storyOf(client, job) : undefined }
}

const factsOf = (job: JobDetail, terminal: Terminal, nowMs: number): ReadonlyArray<string> =>
  pairs([
    ['Job', `${job.job}${job.name === '' ? '' : ` (${job.name})`}`],
    ['State', `${paintState(job.state, terminal)}${exitOf(job)}`],
    ['Tenant', `${job.tenant}${job.by === null ? '' : `, submitted by ${job.by}`}`],
    ['Asks for', requestText(job.request)],
    [
      'Limits',
      `${job.maxRuntimeMs === 0 ? 'no time limit' : `at most ${duration(job.maxRuntimeMs)}`}, retries ${job.retries}, priority ${job.priority}`
    ],
    ['Submitted', `${stamp(job.submittedMs)} (${ago(job.submittedMs, nowMs)}), ledger position ${job.position}`],
    ...(job.startedMs === null
      ? []
      : [['Started', `${stamp(job.startedMs)}, after waiting ${duration(job.startedMs - job.submittedMs)}`] as const]),
    ...(job.endedMs === null
      ? []
      : [['Ended', `${stamp(job.endedMs)}${job.startedMs === null ? '' : `, ran ${duration(job.endedMs - job.startedMs)}`}`] as const]),
    ['Attempt', job.attempt === 0 ? 'none yet' : `${job.attempt}`]
  ])

const exitOf = (job: JobDetail): string => (job.endedMs === null || job.exitCode === null ? '' : `, exit code ${job.exitCode}`)

const membersOf = (job: JobDetail): ReadonlyArray<string> =>
  job.members.length === 0
    ? []
    : [
        '',
        ...table(job.members, [
          { title: 'MEMBER', cell: (one) => String(one.member), right: true },
          { title: 'NODE', cell: (one) => one.node },
          { title: 'GPUS', cell: (one) => (one.gpus.length === 0 ? '-' : one.gpus.join(',')) },
          { title: 'STARTED', cell: (one) => (one.startedMs === null ? '-' : stamp(one.startedMs)) },
          {
            title: 'RAN',
            cell: (one) => (one.startedMs === null || one.endedMs === null ? '-' : duration(one.endedMs - one.startedMs)),
            right: true
          },
          { title: 'ENDED WITH', cell: (one) => sayExit(one.exit, one.code, one.detail) || '-' }
        ])
      ]

const storyLines = (story: Story | undefined): ReadonlyArray<string> =>
  story === undefined || story.events.length === 0
    ? []
    : [
        '',
        ...table(story.events, [
          { title: 'POSITION', cell: (event) => String(event.position), right: true },
          { title: 'TIME', cell: (event) => event.time },
          { title: 'WHAT HAPPENED', cell: eventSentence }
        ]),
        ...(story.complete ? [] : [`The ledger goes on for long; see the rest with: fastgpu watch --from ${story.nextPosition}`])
      ]
