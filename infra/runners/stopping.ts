/** Ends runs: politely at once, hard after a grace, and hard again until the process is gone. */
import { isAlive, type Identity } from './identity.ts'
import { signalSessions } from './sessions.ts'

export interface Stopping {
  /** `process` answers whom to stop, as long as the run lives. A second stop may only shorten the grace. */
  readonly stop: (key: string, graceMs: number, process: () => Identity | undefined) => void
  /** The run has ended. */
  readonly ended: (key: string) => void
  readonly close: () => void
}

/** A process that outlives SIGKILL waits for the kernel; it is asked again this often. */
const KILL_AGAIN_MS = 5000

interface Stop {
  readonly process: () => Identity | undefined
  killAtMs: number
  timer: NodeJS.Timeout | undefined
}

export const stopping = (boot: string, nowMs: () => number): Stopping => {
  const stops = new Map<string, Stop>()
  const waiting = { SIGTERM: new Set<number>(), SIGKILL: new Set<number>() }
  let flush: NodeJS.Immediate | undefined

  // One look at all processes serves every run that is stopped in the same turn.
  const signal = (stop: Stop, name: 'SIGTERM' | 'SIGKILL'): void => {
    const found = stop.process()
    if (found === undefined || !isAlive(found, boot)) return
    waiting[name].add(found.pid)
    flush ??= setImmediate(() => {
      flush = undefined
      for (const each of ['SIGTERM', 'SIGKILL'] as const) {
        if (waiting[each].size > 0) signalSessions(waiting[each], each)
        waiting[each].clear()
      }
    })
  }
  const kill = (stop: Stop): void => {
    signal(stop, 'SIGKILL')
    stop.timer = setTimeout(() => kill(stop), KILL_AGAIN_MS)
  }
  const killAfter = (stop: Stop, graceMs: number): void => {
    clearTimeout(stop.timer)
    stop.killAtMs = nowMs() + graceMs
    if (graceMs <= 0) kill(stop)
    else stop.timer = setTimeout(() => kill(stop), graceMs)
  }
  return {
    stop: (key, graceMs, process) => {
      const known = stops.get(key)
      if (known !== undefined) {
        if (nowMs() + graceMs < known.killAtMs) killAfter(known, graceMs)
        return
      }
      const stop: Stop = { process, killAtMs: 0, timer: undefined }
      stops.set(key, stop)
      if (graceMs > 0) signal(stop, 'SIGTERM')
      killAfter(stop, graceMs)
    },
    ended: (key) => {
      clearTimeout(stops.get(key)?.timer)
      stops.delete(key)
    },
    close: () => {
      for (const stop of stops.values()) clearTimeout(stop.timer)
      stops.clear()
    }
  }
}
