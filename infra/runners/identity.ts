/**
 * Which process a number means. Numbers of processes are given again, so a process is named by its number, the moment it began, and
 * the boot of the machine. The launchers write the same moment into the claim of a run.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

export interface Identity {
  readonly pid: number
  /** Clock ticks since boot, or on systems without /proc the time in words, with _ for spaces. */
  readonly start: string
  readonly boot: string
}

/** Of this boot of the machine; a process of another boot is gone for certain. */
export const bootId = (): string => {
  const text = readText('/proc/sys/kernel/random/boot_id') ?? run('sysctl', ['-n', 'kern.boottime']) ?? 'unknown'
  return /^[0-9a-f-]{36}\s*$/.test(text) ? text.trim() : createHash('sha256').update(text).digest('hex').slice(0, 32)
}

/** When the process of this number began, where there is one; a zombie still counts as one, until its parent has heard of its end. */
export const startOf = (pid: number): string | undefined => {
  const stat = readText(`/proc/${pid}/stat`)
  if (stat !== undefined) return fieldsOf(stat)[19]
  if (process.platform === 'linux') return undefined
  const text = run('ps', ['-o', 'lstart=', '-p', String(pid)])?.trim()
  return text === undefined || text === '' ? undefined : text.replace(/\s+/g, '_')
}

export const isAlive = (process: Identity, boot: string): boolean => process.boot === boot && startOf(process.pid) === process.start

/** The fields of /proc/PID/stat behind the name of the program, which may itself hold blanks and brackets: state, parent, group, session ... */
export const fieldsOf = (stat: string): ReadonlyArray<string> => stat.slice(stat.lastIndexOf(')') + 2).split(' ')

export const readText = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

const run = (file: string, args: ReadonlyArray<string>): string | undefined => {
  try {
    return execFileSync(file, args, { encoding: 'utf8', timeout: 5000, stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return undefined
  }
}
