/** Python is not needed to run FastGPU, so tests that need it are skipped where it is missing, aloud; in CI it must be there. */
import { execFile, spawnSync } from 'node:child_process'

export const hasPython = ((): boolean => {
  const there = spawnSync('python3', ['-c', 'import sqlite3, sys; sys.exit(sys.version_info < (3, 9))']).status === 0
  if (!there && process.env['CI'] === 'true')
    throw new Error('python3 of 3.9 or later is missing, and CI must not skip the checker in Python')
  if (!there) console.warn('SKIPPED: what needs python3 of 3.9 or later, which is not here')
  return there
})()

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export const python = (...args: ReadonlyArray<string>): Promise<Ran> =>
  new Promise((resolve) => {
    // -B: a test leaves no compiled files in the repository.
    execFile('python3', ['-B', ...args], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    )
  })
