/** `fastgpu job`: what a job asked for, what became of it, and where each step stands in the ledger. */
import type { Command } from 'commander'
import type { Episode, JobDetail } from '../../../sdk/typescript/index.ts'
import { example, printing, remote } from '../command.ts'
import { sayExit } from '../ending.ts'
import { jobNumberOf } from '../parse/jobNumber.ts'
import { withServer } from '../server.ts'
import { commandText } from '../show/command.ts'
import { paintState } from '../show/paint.ts'
import { requestText } from '../show/request.ts'
import { pairs, table } from '../show/table.ts'
import { ago, duration, stamp } from '../show/time.ts'
import { show, terminalOf, type CommonOptions, type Terminal } from '../terminal.ts'

export const define = (command: Command): void => {
  command.argument('<job>', 'Such as J12')
  remote(printing(command))
  example(command, 'fastgpu job J12', 'fastgpu job J12 --json')
  command.action(async (word: string, options: CommonOptions) => {
    const terminal = terminalOf(options)
    const job = await withServer(options, (client) => client.job(jobNumberOf(word)))
    await show(terminal, {
      data: job,
      table: () => [...factsOf(job, terminal, Date.now()), ...membersOf(job), ...storyOf(job)],
      ids: () => [job.job]
    })
  })
}

const factsOf = (job: JobDetail, terminal: Terminal, nowMs: number): ReadonlyArray<string> =>
  pairs([
    ['Job', `${job.job}${job.name === '' ? '' : ` (${job.name})`}`],
    ['State', `${paintState(job.state, terminal)}${exitOf(job)}`, 'painted'],
    ['Tenant', `${job.tenant}${job.by === null ? '' : `, submitted by ${job.by}`}`],
    ['Asks for', requestText(job.request)],
    ['Runs', commandText(job.body)],
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

const exitOf = (job: JobDetail): string => {
  const exit = job.endedMs === null ? '' : sayExit(job.exit, job.exitCode, null)
  return exit === '' ? '' : `, ${exit}`
}

const membersOf = (job: JobDetail): ReadonlyArray<string> =>
  job.members.length === 0
    ? []
    : [
        '',
        ...table(job.members, [
          { title: 'MEMBER', cell: (one) => String(one.member), right: true },
          { title: 'NODE', cell: (one) => one.node },
          { title: 'GPUS', cell: (one) => (one.gpuIndexes.length === 0 ? '-' : one.gpuIndexes.join(',')) },
          { title: 'STARTED', cell: (one) => (one.startedMs === null ? '-' : stamp(one.startedMs)) },
          {
            title: 'RAN',
            cell: (one) => (one.startedMs === null || one.endedMs === null ? '-' : duration(one.endedMs - one.startedMs)),
            right: true
          },
          { title: 'ENDED WITH', cell: (one) => sayExit(one.exit, one.code, one.detail) || '-' }
        ])
      ]

const storyOf = (job: JobDetail): ReadonlyArray<string> => [
  '',
  ...table(job.story, [
    { title: 'POSITION', cell: (episode) => String(episode.position), right: true },
    { title: 'TIME', cell: (episode) => (episode.atMs === null ? '-' : stamp(episode.atMs)) },
    { title: 'WHAT HAPPENED', cell: sentence }
  ])
]

const sentence = ({ type, attempt, detail }: Episode): string => {
  const more = detail === '' ? '' : `: ${detail}`
  switch (type) {
    case 'submitted':
      return detail === '' ? 'submitted' : `submitted by ${detail}`
    case 'allocated':
      return `attempt ${attempt ?? '?'} got what it asked for${more}`
    case 'started':
      return `attempt ${attempt ?? '?'} started`
    case 'cancelRequested':
      return `is to be cancelled${more}`
    case 'stopOrdered':
      return `attempt ${attempt ?? '?'} is to stop${more}`
    case 'requeued':
      return `attempt ${attempt ?? '?'} is over, and it waits again${more}`
    case 'ended':
      return `ended${more}`
    default:
      return `${String(type)}${more}`
  }
}
