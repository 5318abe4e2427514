/** A small file system of its own, for tests of a full disk. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'

export interface SmallDisk {
  readonly dir: string
  readonly fill: () => void
  readonly free: () => void
  readonly remove: () => void
}

/** A file system of so many MiB; undefined where this process may not make one, which is said aloud, and is an error in CI. */
export const smallDisk = (dir: string, mib: number): SmallDisk | undefined => {
  mkdirSync(dir, { recursive: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', dir], { stdio: 'pipe' })
  } catch {
    if (process.env['CI'] === 'true') throw new Error('the test of a full disk needs the right to mount a tmpfs, and CI must not skip it')
    console.warn('SKIPPED: a full disk. It needs the right to mount a tmpfs: run it as root.')
    return undefined
  }
  const filler = join(dir, 'filler')
  return {
    dir,
    fill: () => {
      const file = openSync(filler, 'a')
      try {
        for (;;) if (writeSync(file, Buffer.alloc(4096)) === 0) break
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' })
      } finally {
        closeSync(file)
      }
    },
    free: () => rmSync(filler),
    remove: () => {
      execFileSync('umount', ['-l', dir], { stdio: 'pipe' })
    }
  }
}
