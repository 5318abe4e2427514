/** The agent's side of a launcher: frames out, lines in. A launcher outlives the agent and ends when its last run has. */
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { invariant } from '../../domain/kernel/invariant.ts'
import type { Exit } from '../../domain/events/inputs.ts'

/** In the order of preference: launcher.pl costs a third of launcherNode.ts, which is there for machines without Perl. */
export const LAUNCHERS = ['perl', 'node'] as const
export type LauncherKind = (typeof LAUNCHERS)[number]

export interface LaunchFrame {
  readonly id: number
  /** The directory of the run, made by the process that becomes it. */
  readonly dir: string
  /** What follows number and start of the process in the claim. */
  readonly claim: string
  readonly cwd: string
  readonly command: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string>>
}

export type LauncherNews =
  | { readonly type: 'Started'; readonly id: number; readonly pid: number }
  | { readonly type: 'Ended'; readonly id: number; readonly exit: Exit; readonly code: number }
  | { readonly type: 'Failed'; readonly id: number; readonly code: number; readonly detail: string }
  | { readonly type: 'Claimed'; readonly id: number }

export interface Launcher {
  readonly kind: LauncherKind
  readonly pid: number | undefined
  readonly send: (frame: LaunchFrame) => void
  /** It launches nothing more, and ends when its runs have. */
  readonly close: () => void
}

export interface LauncherEvents {
  readonly told: (news: LauncherNews) => void
  /** It is gone; `ready` says whether it ever worked. */
  readonly died: (ready: boolean, why: string) => void
}

const WORDS_CHARS_MAX = 2000
const files: Readonly<Record<LauncherKind, string>> = { perl: 'launcher.pl', node: 'launcherNode.ts' }

export const openLauncher = (kind: LauncherKind, events: LauncherEvents): Launcher => {
  const file = fileURLToPath(new URL(files[kind], import.meta.url))
  // A session of its own: neither Ctrl-C nor the end of the terminal reaches it. Its environment is not that of the jobs.
  const child = spawn(kind === 'perl' ? 'perl' : process.execPath, [file], {
    detached: true,
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' },
    stdio: ['pipe', 'pipe', 'pipe']
  })
  listen(child, events)
  child.unref()
  return {
    kind,
    pid: child.pid,
    send: (frame) => void child.stdin.write(encodeFrame(frame)),
    close: () => {
      child.stdin.end()
      for (const pipe of [child.stdin, child.stdout, child.stderr]) (pipe as { unref?: () => void }).unref?.()
    }
  }
}

/** A 4-byte length, and fields with NUL between them: no argument, variable or path can hold one. */
export const encodeFrame = (frame: LaunchFrame): Buffer => {
  const variables = Object.entries(frame.env).map(([key, value]) => `${key}=${value}`)
  const fields = [String(frame.id), frame.dir, frame.claim, frame.cwd, String(frame.command.length), ...frame.command, ...variables]
  invariant(
    fields.every((field) => !field.includes('\0')),
    'a field of a launch holds the character that ends it'
  )
  const payload = Buffer.from(fields.join('\0'))
  const frameBytes = Buffer.allocUnsafe(4 + payload.length)
  frameBytes.writeUInt32BE(payload.length, 0)
  payload.copy(frameBytes, 4)
  return frameBytes
}

const listen = (child: ChildProcess, events: LauncherEvents): void => {
  let ready = false
  let dead = false
  let words = ''
  let rest = ''
  const died = (why: string): void => {
    if (dead) return
    dead = true
    events.died(ready, why)
  }
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === 'ready') ready = true
      const news = newsOf(line)
      if (news !== undefined) events.told(news)
    }
  })
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-WORDS_CHARS_MAX)))
  // What could not be sent is launched by the next launcher; `close` tells that this one is gone.
  child.stdin!.on('error', () => undefined)
  child.on('error', (error) => died(error.message))
  child.on('close', (code, signal) => died(`it ended with ${signal ?? code}${words === '' ? '' : `: ${words.trim().slice(0, 200)}`}`))
}

const newsOf = (line: string): LauncherNews | undefined => {
  const [word, id, first, ...others] = line.split(' ')
  const number = Number(id)
  switch (word) {
    case 'S':
      return { type: 'Started', id: number, pid: Number(first) }
    case 'X':
      return { type: 'Ended', id: number, exit: first === 'signalled' ? 'signalled' : 'exited', code: Number(others[0]) }
    case 'F':
      return { type: 'Failed', id: number, code: Number(first), detail: others.join(' ') }
    case 'C':
      return { type: 'Claimed', id: number }
    default:
      return undefined
  }
}
