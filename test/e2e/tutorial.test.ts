/** docs/tutorial.md, typed as it stands: the commands of the transcript print what it says. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { missing, transcriptOf, type Typed } from './transcript.ts'

const ROOT = join(import.meta.dirname, '../..')
const READY = 'Press Ctrl-C to stop.'
const SERVER_MS_MAX = 120_000
/** The issue's own bound for all of it, once installed, on a machine that does nothing else; this is for one that does. */
const TIMEOUT_MS = 300_000

const folder = mkdtempSync(join(tmpdir(), 'fastgpu-tutorial-'))
const env = { ...process.env, FASTGPU_STATE: join(folder, 'state'), NO_COLOR: '1', NODE_ENV: '' }
let server: ChildProcess | undefined
let said = ''

/** The samples outlive their server by design. */
const endSamples = (): void => {
  const runs = join(folder, 'state', 'runs')
  for (const name of existsSync(runs) ? readdirSync(runs) : []) {
    const claim = join(runs, name, 'claim')
    const pid = Number(/^claim (\d+) /.exec(existsSync(claim) ? readFileSync(claim, 'utf8') : '')?.[1] ?? 0)
    if (pid > 1) killGroup(pid, 'SIGKILL')
  }
}

const killGroup = (pid: number | undefined, signal: NodeJS.Signals): void => {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended already.
  }
}

afterAll(async () => {
  if (server?.exitCode === null) killGroup(server.pid, 'SIGKILL')
  endSamples()
  await new Promise((resolve) => setTimeout(resolve, 200))
  rmSync(folder, { recursive: true, force: true })
})

const until = async (holds: () => boolean): Promise<void> => {
  for (const begun = performance.now(); !holds();) {
    if (performance.now() - begun > SERVER_MS_MAX) throw new Error(`waited in vain for the server, which said:\n${said}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Types a command where the server runs: one that goes on, or Ctrl-C, which the terminal sends to the whole group. */
const atServer = async (command: string): Promise<string> => {
  if (command === '^C') {
    const before = said.length
    killGroup(server?.pid, 'SIGINT')
    await until(() => server?.exitCode !== null || server.signalCode !== null)
    return said.slice(before)
  }
  said = ''
  server = spawn('/bin/sh', ['-c', `exec ${command}`], { cwd: ROOT, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [server.stdout, server.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (said += text))
  await until(() => said.includes(READY) || server?.exitCode !== null)
  // npm's own two lines about what it runs are not of this program.
  return said.replace(/^\n> .*\n> .*\n\n/, '')
}

const atShell = (command: string): string => {
  const ran = spawnSync('/bin/sh', ['-c', `${command} 2>&1`], { cwd: ROOT, env, encoding: 'utf8', timeout: 60_000 })
  return ran.stdout
}

it(
  'the tutorial is true',
  async () => {
    const typed = transcriptOf(readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8'))
    expect(typed.length).toBeGreaterThan(15)
    for (const one of typed) await check(one)
  },
  TIMEOUT_MS
)

const check = async ({ command, prints, line, atServer: there }: Typed): Promise<void> => {
  const printed = there ? await atServer(command) : atShell(command)
  const failed = missing(prints, printed)
  expect(failed, `docs/tutorial.md:${line}: "${command}" printed:\n${printed}\nand not:\n${failed}`).toBeUndefined()
}
