/** Runs bin/fastgpu as a process of its own, in an environment that holds nothing of the machine's. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll } from 'vitest'

export const root = resolve(import.meta.dirname, '../..')

export interface Ran {
  readonly stdout: string
  readonly stderr: string
  readonly code: number | null
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  readonly cwd?: string
  /** Called with the process once it runs. */
  readonly during?: (child: ChildProcess) => void
}

/** A directory of the test file, gone when the file ends. */
export const scratch = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'fastgpu-cli-'))
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** A state directory as a running server leaves it. */
export const stateOf = (url: string, token: string): string => {
  const directory = scratch()
  writeFileSync(join(directory, 'token'), `${token}\n`, { mode: 0o600 })
  writeFileSync(join(directory, 'dev.json'), JSON.stringify({ pid: process.pid, url, startedMs: 0, version: 'test' }))
  return directory
}

const compileCache = join(tmpdir(), 'fastgpu-cli-cache')

export const shell = (line: string, options: RunOptions = {}): Promise<Ran> =>
  new Promise((done, reject) => {
    const env = {
      PATH: `${join(root, 'bin')}:/usr/local/bin:/usr/bin:/bin`,
      XDG_CACHE_HOME: compileCache,
      XDG_STATE_HOME: join(tmpdir(), 'fastgpu-cli-none'),
      FASTGPU_TENANT: 'ann',
      ...options.env
    }
    const child = spawn('/bin/sh', ['-c', line], { env, cwd: options.cwd ?? root })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.on('error', reject)
    child.on('close', (code) => done({ stdout, stderr, code }))
    child.stdin.end(options.input ?? '')
    options.during?.(child)
  })
