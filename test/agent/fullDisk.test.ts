/** A full disk: nothing starts, and says why; what runs goes on, and its end is still written down. */
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { LAUNCHERS } from '../../infra/runners/launcher.ts'
import { smallDisk } from '../smallDisk.ts'
import { NODE, order, run } from './orders.ts'
import { workbench } from './workbench.ts'

it.each(LAUNCHERS)('the %s launcher says that it cannot start, and starts again once there is space', async (kind) => {
  const dir = mkdtempSync(join(tmpdir(), 'fastgpu-full-'))
  const disk = smallDisk(dir, 1)
  if (disk === undefined) return rmSync(dir, { recursive: true })
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
    rmSync(dir, { recursive: true, force: true })
  }
})
