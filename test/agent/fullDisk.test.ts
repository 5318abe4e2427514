/** A full disk: nothing starts, and says why; what runs goes on, and its end is still written down. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { LAUNCHERS } from '../../infra/runners/launcher.ts'
import { NODE, order, run } from './orders.ts'
import { workbench } from './workbench.ts'

interface Disk {
  readonly dir: string
  readonly fill: () => void
  readonly free: () => void
  readonly remove: () => void
}

/** undefined where this process may not make a file system. */
const smallDisk = (): Disk | undefined => {
  const dir = mkdtempSync(join(tmpdir(), 'fastgpu-full-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', dir], { stdio: 'pipe' })
  } catch {
    rmSync(dir, { recursive: true })
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
      rmSync(dir, { recursive: true, force: true })
    }
  }
}

it.each(LAUNCHERS)('the %s launcher says that it cannot start, and starts again once there is space', async (kind) => {
  const disk = smallDisk()
  if (disk === undefined) {
    if (process.env['CI'] === 'true') throw new Error('the test of a full disk needs the right to mount a tmpfs, and CI must not skip it')
    console.warn('SKIPPED: a full disk. It needs the right to mount a tmpfs: run it as root.')
    return
  }
  const bench = workbench(kind, join(disk.dir, 'runs'))
  try {
    bench.runner.start(order(run(1), ['sh', '-c', 'while [ ! -e $FASTGPU_RUN_DIR/../go ]; do sleep 0.01; done; exit 3']))
    await bench.until('Started', run(1))
    disk.fill()
    const failed = await bench.end(order(run(2), ['true']))
    expect(failed).toMatchObject({ exit: 'launchFailed', code: -1 })
    expect(failed.detail.toLowerCase()).toMatch(/no space|claim the run/)

    closeSync(openSync(join(disk.dir, 'runs', 'go'), 'w'))
    expect(await bench.finished(run(1))).toMatchObject({ exit: 'exited', code: 3 })
    const later = await bench.again()
    later.runner.adopt(run(1), NODE)
    expect(await later.finished(run(1))).toMatchObject({ exit: 'exited', code: 3 })

    disk.free()
    expect(await later.end(order(run(2, 2), ['true']))).toMatchObject({ exit: 'exited', code: 0 })
    await later.runner.close()
  } finally {
    await bench.close()
    disk.remove()
  }
})
