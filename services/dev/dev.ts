/**
 * `fastgpu dev`: all services of a pool in one process on the embedded backend. It composes and starts them in the order in which they
 * need each other, and stops them in the other; running jobs go on without it and are found again by the next start.
 */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import type { Logger } from 'pino'
import type { Head } from '../../domain/events/round.ts'
import type { Devices, Machine } from '../../domain/ports/devices.ts'
import type { Fault } from '../../domain/ports/fault.ts'
import { printRun, type Run, type Runner } from '../../domain/ports/runner.ts'
import { systemClock } from '../../infra/clock/systemClock.ts'
import { nvidiaSmi } from '../../infra/devices/nvidiaSmi.ts'
import { openProcessRunner } from '../../infra/runners/processRunner.ts'
import { openSqlite, type SqliteLog } from '../../infra/sqlite/openSqlite.ts'
import { startGateway } from '../gateway/gateway.ts'
import { canListen } from '../gateway/port.ts'
import { startProjector, type Projector } from '../projector/projector.ts'
import { recover } from '../scheduler/recover.ts'
import { startScheduler, type AcceptedRound, type RoundPhase, type Scheduler } from '../scheduler/scheduler.ts'
import { backend } from './backend.ts'
import { fleet } from './fleet.ts'
import { lookUp } from './lookUp.ts'
import { machinesOf } from './machines.ts'
import { noticing, type Noticing } from './noticing.ts'
import { serverLog } from './serverLog.ts'
import { openStateDirectory, type StateDirectory } from './stateDirectory.ts'

export const POOL = 'default'

export interface DevOptions {
  readonly stateDirectory: string
  /** 0: any free one. */
  readonly port: number
  readonly version: string
  /** Made-up nodes, such as 2xH100:4, in place of the GPUs of this machine. */
  readonly simulate?: string
  /** Who asks over HTTP, as events say it. */
  readonly by: string
  /** Where real GPUs are looked for; the driver of this machine where it is left out. */
  readonly devices?: Devices
  /** A bug that the scheduler found in itself. */
  readonly onAlarm: (message: string) => void
  /** What stands in the way of work, and undefined once it has passed. */
  readonly onTrouble: (fault: Fault | undefined) => void
  readonly onPhase?: (phase: RoundPhase) => void
}

export interface Dev {
  readonly url: string
  readonly token: string
  readonly machines: ReadonlyArray<Machine>
  readonly simulated: boolean
  /** True the first time that this is asked of the state directory. */
  readonly isFirst: StateDirectory['isFirst']
  /** Jobs that hold something now. */
  readonly live: () => number
  /** Resolves with the fault that ended it by itself. */
  readonly failed: Promise<Fault>
  readonly close: () => Promise<void>
}

/** What was started so far, to be stopped in reverse. */
type Closers = Array<() => unknown>

export const startDev = async (options: DevOptions): Promise<E.Either<Fault, Dev>> => {
  const closers: Closers = []
  const close = async (): Promise<void> => {
    for (const stop of closers.splice(0).reverse()) await stop()
  }
  const started = await startAll(options, closers)
  if (E.isLeft(started)) await close()
  return E.map((dev: Omit<Dev, 'close'>): Dev => ({ ...dev, close }))(started)
}

const startAll = async (options: DevOptions, closers: Closers): Promise<E.Either<Fault, Omit<Dev, 'close'>>> => {
  const opened = openStateDirectory(options.stateDirectory)
  if (E.isLeft(opened)) return opened
  const directory = opened.right
  closers.push(directory.release)
  const machines = await machinesOf(options.devices ?? nvidiaSmi(), options.simulate)
  if (E.isLeft(machines)) return machines
  const port = await canListen('127.0.0.1', options.port)
  if (E.isLeft(port)) return port
  const own = serverLog(directory.serverLogFile)
  const log = await openSqlite({ file: directory.logFile, pool: POOL })()
  if (E.isLeft(log)) return log
  closers.push(log.right.close)
  const projector = await startProjector({ ledger: log.right.ledger, file: directory.viewsFile })
  if (E.isLeft(projector)) return projector
  closers.push(projector.right.close)
  const noticed = noticing(log.right.eventLog, (fault) => {
    own.warn(fault ?? {}, fault === undefined ? 'work goes on' : 'work is held up')
    options.onTrouble(fault)
  })
  const onAlarm = (message: string): void => {
    own.error(message)
    options.onAlarm(message)
  }
  const core = await startCore({ ...options, onAlarm }, log.right, noticed)
  if (E.isLeft(core)) return core
  closers.push(core.right.scheduler.stop)
  const simulated = machines.right.every((machine) => machine.simulated)
  const served = await serve(
    options,
    { directory, machines: machines.right, log: log.right, projector: projector.right, core: core.right, noticed, own, simulated },
    closers
  )
  if (E.isLeft(served)) return served
  own.info({ url: served.right, version: options.version, head: core.right.head().number }, 'started')
  closers.push(() => own.info('stopped'))
  const { scheduler } = core.right
  return E.right({
    url: served.right,
    token: directory.token,
    machines: machines.right,
    simulated,
    isFirst: directory.isFirst,
    live: () => scheduler.read((state) => state.live),
    failed: new Promise((resolve) => void scheduler.ended.then((fault) => fault !== undefined && resolve(fault)))
  })
}

interface Core {
  readonly scheduler: Scheduler
  readonly nowMs: () => number
  readonly head: () => Head
  /** Names the ledger for ever: the hash of its first round. */
  readonly ledgerId: string
  readonly watchRounds: (seen: (accepted: AcceptedRound) => void) => () => void
}

/** The scheduler, once its claim was accepted. */
const startCore = async (options: DevOptions, log: SqliteLog, noticed: Noticing): Promise<E.Either<Fault, Core>> => {
  const watching = new Set<(accepted: AcceptedRound) => void>()
  let ledgerId = ''
  const from = await recover(log.ledger, (_round, stored) => {
    if (stored.number === 0) ledgerId = stored.hash
  })
  if (E.isLeft(from)) return from
  let { head } = from.right
  const clock = systemClock(head.at)
  const claimed = Promise.withResolvers<void>()
  const scheduler = startScheduler({
    pool: POOL,
    leader: `dev-${randomUUID()}`,
    eventLog: log.eventLog,
    ledger: log.ledger,
    clock,
    from: from.right,
    onAccepted: (accepted) => {
      head = accepted.head
      if (accepted.round.number === 0) ledgerId = accepted.head.hash
      for (const seen of watching) seen(accepted)
      claimed.resolve()
    },
    onTrouble: noticed.onTrouble,
    onAlarm: options.onAlarm,
    ...(options.onPhase === undefined ? {} : { onPhase: options.onPhase })
  })
  const failed = await Promise.race([claimed.promise, scheduler.ended])
  if (failed !== undefined) return E.left(failed)
  return E.right({
    scheduler,
    nowMs: clock.nowMs,
    head: () => head,
    ledgerId,
    watchRounds: (seen) => {
      watching.add(seen)
      return () => watching.delete(seen)
    }
  })
}

interface Parts {
  readonly directory: StateDirectory
  readonly machines: ReadonlyArray<Machine>
  readonly simulated: boolean
  readonly log: SqliteLog
  readonly projector: Projector
  readonly core: Core
  readonly noticed: Noticing
  readonly own: Logger
}

/** Agents and gateway; answers the address. */
const serve = async (options: DevOptions, parts: Parts, closers: Closers): Promise<E.Either<Fault, string>> => {
  const { directory, log, projector, core, noticed } = parts
  const runner = openProcessRunner({ dir: directory.runsPath, ledgerId: core.ledgerId })
  if (E.isLeft(runner)) return runner
  closers.push(runner.right.close)
  const nodes = fleetOf(parts, runner.right)
  closers.push(nodes.close, core.watchRounds(nodes.seen))
  await nodes.start()
  const gateway = await startGateway({
    backend: backend({
      pool: POOL,
      version: options.version,
      stateDirectory: directory.path,
      simulated: parts.simulated,
      eventLog: noticed.eventLog,
      ledger: log.ledger,
      projector,
      runner: runner.right,
      read: core.scheduler.read,
      head: core.head,
      watchRounds: core.watchRounds,
      trouble: noticed.trouble,
      nowMs: core.nowMs,
      hasRun: (run: Run) => existsSync(join(directory.runsPath, printRun(run)))
    }),
    token: directory.token,
    port: options.port,
    by: options.by,
    log: parts.own
  })
  if (E.isLeft(gateway)) return gateway
  closers.push(gateway.right.close)
  const { url } = gateway.right
  return E.map(() => url)(directory.announce({ pid: process.pid, url, startedMs: Date.now(), version: options.version }))
}

const fleetOf = ({ machines, log, core, projector, noticed }: Parts, runner: Runner) =>
  fleet({
    pool: POOL,
    machines,
    runner,
    eventLog: noticed.eventLog,
    read: core.scheduler.read,
    readAccepted: core.scheduler.readAccepted,
    lookUp: lookUp(log.ledger, projector, () => core.head().number)
  })
