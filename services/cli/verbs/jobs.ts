/** `fastgpu jobs`: the jobs of the pool, newest first as the server lists them, page by page. */
import type { Command } from 'commander'
import { JOB_STATES, type Client, type Job, type JobState } from '../../../sdk/typescript/index.ts'
import { example, printing, remote } from '../command.ts'
import { integerOf } from '../parse/quantities.ts'
import { misused } from '../quit.ts'
import { withServer } from '../server.ts'
import { paintState } from '../show/paint.ts'
import { gpusText } from '../show/request.ts'
import { table, type Column } from '../show/table.ts'
import { ago, duration, stamp } from '../show/time.ts'
import { show, terminalOf, type CommonOptions, type Terminal } from '../terminal.ts'

interface Options extends CommonOptions {
  readonly state?: string
  readonly tenant?: string
  readonly name?: string
  readonly limit: string
  readonly after?: string
  readonly all?: boolean
}

const PAGE_JOBS = 200

export const define = (command: Command): void => {
  command
    .option('-s, --state <state>', `Only these: ${JOB_STATES.join(', ')}`)
    .option('--tenant <tenant>', 'Only of this tenant')
    .option('-n, --name <name>', 'Only of this name')
    .option('--limit <n>', 'How many at most', '50')
    .option('--after <job>', 'Go on after this one')
    .option('-a, --all', 'All there are')
  remote(printing(command))
  example(command, 'fastgpu jobs --state pending', 'fastgpu jobs --tenant ann --json')
  command.action(async (options: Options) => {
    const terminal = terminalOf(options)
    const state = stateOf(options.state)
    const limit = options.all === true ? Number.POSITIVE_INFINITY : integerOf(options.limit, 1, 1_000_000, '--limit')
    const { jobs, next } = await withServer(options, (client) => pages(client, options, state, limit))
    await show(terminal, {
      data: { jobs, next },
      table: (wide) => (jobs.length === 0 ? [] : table(jobs, columns(terminal, Date.now()), wide, terminal.screen)),
      ids: () => jobs.map((job) => job.job)
    })
    if (jobs.length === 0 && terminal.format === 'table')
      terminal.say(isNarrowed(options) ? 'There is no such job.' : 'There is no job yet. Try: fastgpu submit --gpus 1 --follow -- echo hi')
    if (next !== null && terminal.attended) terminal.say(`There are more: fastgpu jobs --after ${next}, or --all`)
  })
}

const isNarrowed = ({ state, tenant, name, after }: Options): boolean => [state, tenant, name, after].some((one) => one !== undefined)

const stateOf = (text: string | undefined): JobState | undefined => {
  const state = JOB_STATES.find((one) => one.toLowerCase() === text?.toLowerCase())
  if (text !== undefined && state === undefined) throw misused(`--state "${text}" is not a state`, `States are ${JOB_STATES.join(', ')}.`)
  return state
}

const pages = async (client: Client, options: Options, state: JobState | undefined, limit: number) => {
  const jobs: Array<Job> = []
  let next = options.after ?? null
  do {
    const page = await client.jobs({
      ...(state === undefined ? {} : { state }),
      ...(options.tenant === undefined ? {} : { tenant: options.tenant }),
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(next === null ? {} : { after: next }),
      limit: Math.min(PAGE_JOBS, limit - jobs.length)
    })
    for (const job of page.jobs) jobs.push(job)
    next = page.next
  } while (next !== null && jobs.length < limit)
  return { jobs, next }
}

const columns = (terminal: Terminal, nowMs: number): ReadonlyArray<Column<Job>> => [
  { title: 'JOB', cell: (job) => job.job },
  { title: 'NAME', cell: (job) => (job.name === '' ? '-' : job.name), shrinksTo: 8 },
  { title: 'TENANT', cell: (job) => job.tenant, shrinksTo: 6 },
  { title: 'STATE', cell: (job) => paintState(job.state, terminal), painted: true },
  { title: 'GPUS', cell: (job) => gpusText(job.request), right: true },
  { title: 'NODES', cell: (job) => nodesOf(job), shrinksTo: 8 },
  { title: 'SUBMITTED', cell: (job) => ago(job.submittedMs, nowMs), right: true },
  { title: 'RAN', cell: (job) => (job.startedMs === null ? '-' : duration((job.endedMs ?? nowMs) - job.startedMs)), right: true },
  { title: 'EXIT', cell: exitOf, right: true },
  { title: 'PRIORITY', cell: (job) => String(job.priority), right: true, wide: true },
  { title: 'ATTEMPT', cell: (job) => String(job.attempt), right: true, wide: true },
  { title: 'WAITS FOR', cell: (job) => job.waits.join(',') || '-', wide: true },
  { title: 'SUBMITTED AT', cell: (job) => stamp(job.submittedMs), wide: true }
]

const exitOf = ({ exit, exitCode, endedMs }: Job): string => {
  if (endedMs === null || exit === null) return '-'
  return exit === 'exited' ? String(exitCode ?? '-') : exit === 'signalled' ? `signal ${exitCode ?? '?'}` : exit
}

const NODES_SHOWN_MAX = 2

const nodesOf = ({ nodes }: Job): string => {
  if (nodes.length === 0) return '-'
  const shown = nodes.slice(0, NODES_SHOWN_MAX).join(',')
  return nodes.length > NODES_SHOWN_MAX ? `${shown} +${nodes.length - NODES_SHOWN_MAX}` : shown
}
