/** The runs that a runner knows of and that have not ended: who listens to their news, and who is to be stopped. */
import { join } from 'node:path'
import { printRun, type Run, type RunNews } from '../../domain/ports/runner.ts'
import { readClaim, type End } from './claim.ts'
import { startOf, type Identity } from './identity.ts'
import { stopping } from './stopping.ts'

export interface Tracked {
  readonly run: Run
  readonly node: string
  readonly dir: string
  /** The number of the process as its launcher told it; -1 where no launcher of this runner did. */
  pid: number
  started: boolean
  stopGraceMs: number | undefined
}

export interface Tracking {
  /** Undefined where the run is tracked already. */
  readonly track: (run: Run, node: string) => Tracked | undefined
  readonly has: (run: Run) => boolean
  readonly started: (run: Tracked, startedMs: number) => void
  readonly ended: (run: Tracked, end: End) => void
  readonly stop: (run: Run, graceMs: number) => void
  readonly listen: (node: string, told: (news: RunNews) => void) => () => void
  readonly close: () => void
}

export const tracking = (dir: string, boot: string, nowMs: () => number): Tracking => {
  const runs = new Map<string, Tracked>()
  const listeners = new Map<string, Set<(news: RunNews) => void>>()
  const stops = stopping(boot, nowMs)
  const tell = (run: Tracked, news: RunNews): void => {
    for (const told of [...(listeners.get(run.node) ?? [])]) told(news)
  }
  const stopNow = (run: Tracked, graceMs: number): void => stops.stop(run.dir, graceMs, () => processOf(run, boot))
  return {
    track: (run, node) => {
      const key = printRun(run)
      if (runs.has(key)) return undefined
      const { job, attempt, member } = run
      const tracked = { run: { job, attempt, member }, node, dir: join(dir, key), pid: -1, started: false, stopGraceMs: undefined }
      runs.set(key, tracked)
      return tracked
    },
    has: (run) => runs.has(printRun(run)),
    started: (run, startedMs) => {
      if (!run.started) tell(run, { type: 'Started', run: run.run, startedMs })
      run.started = true
      if (run.stopGraceMs !== undefined) stopNow(run, run.stopGraceMs)
    },
    ended: (run, end) => {
      stops.ended(run.dir)
      runs.delete(printRun(run.run))
      tell(run, { type: 'Finished', run: run.run, ...end })
    },
    stop: (run, graceMs) => {
      const tracked = runs.get(printRun(run))
      if (tracked === undefined) return
      tracked.stopGraceMs = Math.min(graceMs, tracked.stopGraceMs ?? graceMs)
      // A run that has not started yet is stopped as soon as it has.
      if (tracked.started) stopNow(tracked, tracked.stopGraceMs)
    },
    listen: (node, told) => {
      const own = listeners.get(node) ?? new Set()
      listeners.set(node, own.add(told))
      return () => void own.delete(told)
    },
    close: stops.close
  }
}

/** Whom to stop: its claim names it for certain; a launcher's word serves where somebody removed the folder. */
const processOf = (run: Tracked, boot: string): Identity | undefined => {
  const claim = readClaim(run.dir)
  const start = claim === undefined && run.pid > 0 ? startOf(run.pid) : undefined
  return claim?.process ?? (start === undefined ? undefined : { pid: run.pid, start, boot })
}
