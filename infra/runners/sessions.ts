/**
 * All processes of a run: it leads a session of its own, so they are its process group and whatever else is in the session. A program
 * that leaves the session on purpose is not found here; a container would be needed for that.
 */
import { readdirSync } from 'node:fs'
import { fieldsOf, readText } from './identity.ts'

/** Sends a signal to the process group of each leader at once, and to what else is in their sessions. */
export const signalSessions = (leaders: ReadonlySet<number>, signal: 'SIGTERM' | 'SIGKILL'): void => {
  for (const leader of leaders) send(-leader, signal)
  for (const { pid, group, session } of processes()) if (leaders.has(session) && !leaders.has(group)) send(pid, signal)
}

/**
 * Kills what a run left behind whose leader is gone. The leader's number may be another process by now, so each process must also
 * carry the mark that only this run was started with.
 */
export const killLeftovers = (leader: number, mark: string): void => {
  for (const { pid, session } of processes())
    if (session === leader && readText(`/proc/${pid}/environ`)?.split('\0').includes(mark) === true) send(pid, 'SIGKILL')
}

interface Found {
  readonly pid: number
  readonly group: number
  readonly session: number
}

/** Empty on systems without /proc. */
const processes = (): ReadonlyArray<Found> => {
  const found: Array<Found> = []
  for (const name of namesIn('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = readText(`/proc/${name}/stat`)
    if (stat === undefined) continue
    const fields = fieldsOf(stat)
    found.push({ pid: Number(name), group: Number(fields[2]), session: Number(fields[3]) })
  }
  return found
}

const namesIn = (folder: string): ReadonlyArray<string> => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

const send = (pid: number, signal: 'SIGTERM' | 'SIGKILL'): void => {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended by itself in the meantime.
  }
}
