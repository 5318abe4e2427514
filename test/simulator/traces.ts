/** Where the real traces are. A test that needs them says loudly that it skips; in CI their absence is a failure. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'

export const tracesPath = resolve(process.env['FASTGPU_TRACES'] ?? join(import.meta.dirname, '../../../shared/traces'))

const there = existsSync(tracesPath)
if (!there) console.warn(`SKIPPED: no traces at ${tracesPath}; name their folder in FASTGPU_TRACES`)

export const withTraces = (name: string, run: () => Promise<void>, timeoutMs = 240_000): void => {
  if (there) it(name, run, timeoutMs)
  else if (process.env['CI'] === 'true') it(name, () => expect.fail(`no traces at ${tracesPath}`))
  else it.skip(`${name} (no traces)`, run)
}
