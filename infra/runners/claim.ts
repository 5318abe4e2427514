/**
 * The file `claim` of a run: who became the run, and how it ended. The process that becomes the run makes it with O_EXCL, so there is
 * never a second one; its launcher appends one line when it has ended. A line without its end never counts. The file's times are
 * those of the run: made when it began, changed last when it ended.
 */
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EXITS, type Exit } from '../../domain/events/inputs.ts'
import type { Run } from '../../domain/ports/runner.ts'
import { readText, type Identity } from './identity.ts'

export interface End {
  readonly exit: Exit
  readonly code: number
  readonly detail: string
  readonly endedMs: number
}

export interface Claim {
  readonly process: Identity
  readonly node: string
  readonly token: number
  readonly startedMs: number
  readonly end: End | undefined
}

/** What a launcher writes behind the number and the start of the process; names of nodes have no blanks. */
export const claimText = (claim: {
  readonly boot: string
  readonly node: string
  readonly token: number
  readonly orderedMs: number
}): string => `${claim.boot} ${claim.node} ${claim.token} ${claim.orderedMs}`

const CLAIM = /^claim (\d{1,10}) (\S+) (\S+) (\S+) (\d{1,16}) (\d{1,16})$/
const END = /^exit (\w+) (-?\d{1,10})(?: (.*))?$/

/** The claim of a run, or undefined where nobody has claimed it, or not completely. */
export const readClaim = (dir: string): Claim | undefined => {
  const text = readText(join(dir, 'claim'))
  const lines = text?.split('\n').slice(0, -1) ?? []
  const [, pid, start, boot, node, token, orderedMs] = CLAIM.exec(lines[0] ?? '') ?? []
  if (pid === undefined || start === undefined || boot === undefined || node === undefined) return undefined
  const times = statSync(join(dir, 'claim'), { throwIfNoEntry: false })
  if (times === undefined) return undefined
  const { birthtimeMs, mtimeMs } = times
  // A file system that keeps no time of birth answers 0 or a later time; the order's own time is close enough then.
  const born = Math.round(birthtimeMs)
  const startedMs = born >= Number(orderedMs) && born <= Math.round(mtimeMs) ? born : Number(orderedMs)
  const end = lines
    .slice(1)
    .map((line) => endOf(line, Math.round(mtimeMs)))
    .find((found) => found !== undefined)
  return { process: { pid: Number(pid), start, boot }, node, token: Number(token), startedMs, end }
}

const endOf = (line: string, endedMs: number): End | undefined => {
  const [, word, code, detail] = END.exec(line) ?? []
  const exit = EXITS.find((known) => known === word)
  return exit === undefined ? undefined : { exit, code: Number(code), detail: detail ?? '', endedMs }
}

/**
 * Makes sure that nobody becomes this run any more: who claims it after this sees the mark and gives up. A claim that is complete
 * when read after this is the run; without one there is none and never will be.
 */
export const voidRun = (dir: string): void => {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  writeFileSync(join(dir, 'void'), '', { mode: 0o600 })
}

const NAME = /^(\d{1,10})\.(\d{1,10})\.(\d{1,10})$/

/** The run that a directory is of: the other way round of `printRun`. */
export const runOf = (name: string): Run | undefined => {
  const [, job, attempt, member] = NAME.exec(name) ?? []
  return job === undefined ? undefined : { job: Number(job), attempt: Number(attempt), member: Number(member) }
}
