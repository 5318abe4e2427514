/**
 * The agent of a node: registers it, says that it lives, does what the ledger ordered, and reports what became of it. It decides
 * nothing (orders.ts does) and starts nothing itself (its runner does).
 */
import { randomUUID } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import { sayErrors } from '../../domain/events/codec.ts'
import type { Machine } from '../../domain/ports/devices.ts'
import { JobBody, printRun, type FoundRun, type Launch, type Run, type Runner, type RunNews } from '../../domain/ports/runner.ts'
import { environmentOf } from './environment.ts'
import { offeredOf, registrationOf } from './machine.ts'
import { bare, decide, resume, type Action, type ExpectedRun, type Order } from './orders.ts'
import { reporter, type Report, type Reporter, type Tell } from './reporter.ts'
import { knowledge, type Ending, type Finished } from './memory.ts'

export interface AgentOptions {
  readonly machine: Machine
  readonly runner: Runner
  /** What `runner.find()` answered before the first agent started; runs of other nodes may be among them. */
  readonly found: ReadonlyArray<FoundRun>
  /** What the ledger holds as live on this node. */
  readonly expected: ReadonlyArray<ExpectedRun>
  readonly report: Tell
  /** Of this start of the agent; made up where left out. */
  readonly boot?: string
  readonly heartbeatMs?: number
  readonly nowMs?: () => number
}

export interface Agent {
  readonly node: string
  readonly boot: string
  /** Does what an accepted round ordered. The same order again does nothing new. */
  readonly order: (order: Order) => void
  /** Stops listening and reporting; the processes go on, and the next agent of this node takes them up. */
  readonly close: () => Promise<void>
}

export const HEARTBEAT_MS = 5000

export const startAgent = (options: AgentOptions): Agent => {
  const { machine, runner, boot = randomUUID(), nowMs = Date.now } = options
  const node = machine.name
  const reports = reporter(options.report)
  const memory = knowledge()
  const says = sayings(reports, { node, boot })
  const offered = offeredOf(machine)

  const finish = (news: Finished): void => {
    const { ending, freed } = memory.finished(news)
    if (ending !== undefined) says.finished(ending)
    // What waited for this run may start now, or waits for the next.
    for (const launch of freed) order({ type: 'Start', launch })
  }
  const never = (run: Run, detail: string): void =>
    finish({ type: 'Finished', run: bare(run), exit: 'launchFailed', code: -1, endedMs: nowMs(), detail })
  const launch = (wanted: Launch): void => {
    memory.live(wanted)
    const body = bodyOf(wanted.body)
    if (E.isLeft(body)) return never(wanted, body.left)
    const { job, attempt, member, token } = wanted
    const { command, cwd } = body.right
    runner.start({ job, attempt, member, token, node, command, cwd, env: environmentOf(wanted, body.right, offered) })
  }
  const act = (action: Action): void => {
    switch (action.type) {
      case 'Launch':
        return launch(action.launch)
      case 'Hold':
        return memory.hold(action.launch)
      case 'Abandon':
        return never(action.run, `never started: ${action.reason}`)
      case 'Adopt':
        memory.adopted(action.run, action.orphan)
        return runner.adopt(action.run, node)
      case 'Stop':
        memory.stopped(action.run, action.reason)
        return runner.stop(action.run, action.graceMs)
      case 'TellAgain': {
        const ending = memory.over.get(printRun(action.run))
        return ending === undefined ? undefined : says.finished(ending)
      }
      case 'Ignore':
        return undefined
      default: {
        const unreachable: never = action
        return unreachable
      }
    }
  }
  const order = (wanted: Order): void => decide(wanted, memory).forEach(act)
  const stopListening = runner.listen(node, (news) => {
    if (news.type === 'Finished') finish(news)
    else if (memory.living.get(printRun(news.run))?.stage === 'live') says.started(news)
  })

  says.registered(machine)
  const found = options.found.filter((run) => run.node === node)
  for (const run of [...found, ...options.expected.map(({ launch }) => launch)]) memory.see(run, run.token)
  resume(options.expected, found).forEach(act)
  const heart = setInterval(says.alive, options.heartbeatMs ?? HEARTBEAT_MS)
  return {
    node,
    boot,
    order,
    close: async () => {
      clearInterval(heart)
      stopListening()
      await reports.close()
    }
  }
}

interface Sayings {
  readonly registered: (machine: Machine) => void
  readonly alive: () => void
  readonly started: (news: Extract<RunNews, { readonly type: 'Started' }>) => void
  readonly finished: (ending: Ending) => void
}

const DETAIL_CHARS_MAX = 512

const sayings = (reports: Reporter, who: { readonly node: string; readonly boot: string }): Sayings => {
  const { node, boot } = who
  const idOf = (what: string): string => `${boot}.${what}`
  let seq = 0
  return {
    registered: (machine) => reports.say({ id: idOf('register'), type: 'fastgpu.node.register', data: registrationOf(machine, boot) }),
    alive: () => {
      // A beat that could not be told is worth nothing once the next is due.
      if (reports.waits('fastgpu.node.heartbeat')) return
      reports.say({ id: idOf(`beat.${seq}`), type: 'fastgpu.node.heartbeat', data: { node, boot, seq } })
      seq += 1
    },
    started: ({ run, startedMs }) =>
      reports.say({ id: idOf(`started.${printRun(run)}`), type: 'fastgpu.run.started', data: { node, boot, ...run, startedMs } }),
    finished: ({ news: { run, exit, code, endedMs, detail }, stopReason }) => {
      const words = [detail, stopReason === undefined ? '' : `stopped: ${stopReason}`].filter((text) => text !== '').join('; ')
      const data = { node, boot, ...run, exit, code, endedMs, ...(words === '' ? {} : { detail: words.slice(0, DETAIL_CHARS_MAX) }) }
      const report: Report = { id: idOf(`finished.${printRun(run)}`), type: 'fastgpu.run.finished', data }
      reports.say(report)
    }
  }
}

/** A body that cannot be read ends the run before it starts, with what is wrong with it. */
const bodyOf = (text: string): E.Either<string, JobBody> => {
  const parsed = E.tryCatch(
    (): unknown => JSON.parse(text),
    () => 'the body of the job is not JSON'
  )
  if (E.isLeft(parsed)) return parsed
  const body = JobBody.decode(parsed.right)
  return E.isLeft(body) ? E.left(`the body of the job cannot be run: ${sayErrors(body.left).join('; ')}`.slice(0, 400)) : body
}
