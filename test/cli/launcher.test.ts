/** bin/fastgpu itself: links, missing dependencies, and what it must not leave behind. */
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root, scratch, shell } from './fastgpu.ts'

describe('bin/fastgpu', () => {
  it('works from any directory, and through links to it and to its checkout', async () => {
    const directory = scratch()
    mkdirSync(join(directory, 'node_modules/.bin'), { recursive: true })
    symlinkSync(root, join(directory, 'node_modules/fastgpu'))
    symlinkSync('../fastgpu/bin/fastgpu', join(directory, 'node_modules/.bin/fastgpu'))
    symlinkSync('node_modules/.bin/fastgpu', join(directory, 'linked'))
    for (const line of ['./linked --version', 'node_modules/.bin/fastgpu --version', 'cd node_modules/fastgpu/bin && sh fastgpu --version'])
      expect(await shell(line, { cwd: directory })).toMatchObject({ stdout: '0.1.0\n', code: 0 })
  })
  it('says what to do where the dependencies are missing', async () => {
    const directory = scratch()
    mkdirSync(join(directory, 'a checkout/bin'), { recursive: true })
    copyFileSync(join(root, 'bin/fastgpu'), join(directory, 'a checkout/bin/fastgpu'))
    const ran = await shell('"a checkout/bin/fastgpu" jobs', { cwd: directory })
    expect(ran).toMatchObject({ stdout: '', code: 69 })
    expect(ran.stderr).toContain('npm ci')
    expect(ran.stderr).toContain('npm start')
  })
  it('gives its own cache of compiled code to no job, and leaves the one that a user has set', async () => {
    const dryRun = 'fastgpu submit --dry-run -- true'
    expect((await shell(dryRun)).stdout).not.toContain('NODE_COMPILE_CACHE')
    const own = join(scratch(), 'own')
    expect((await shell(dryRun, { env: { NODE_COMPILE_CACHE: own } })).stdout).toContain(own)
  })
  it('ends in peace when nobody reads its output any more', async () => {
    const ran = await shell('{ fastgpu --help; echo $? >&2; } | true')
    expect(ran.stderr.trim()).toMatch(/^(0|)$/)
  })
})
