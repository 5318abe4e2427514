/**
 * Scripts with recorded output: each line behind `$` of test/cli/scripts/*.txt is run by a shell against a small server, and its
 * output, its messages (`! `) and its exit code must be what stands below it. Record them again with
 * `RECORD=1 npx vitest run test/cli/scripts.test.ts`, and read the difference.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { startGateway, type Gateway } from '../../services/gateway/gateway.ts'
import { memoryBackend } from '../gateway/memoryBackend.ts'
import { fleet } from './fleet.ts'
import { scratch, shell, stateOf } from './fastgpu.ts'

const TOKEN = 'a-token-for-tests'
const folder = join(import.meta.dirname, 'scripts')
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'))

/** Scripts whose name begins so talk to the fixed fleet; the others to an empty pool. */
const isFleet = (file: string): boolean => file.startsWith('fleet')

describe.concurrent.each(files)('%s', (file) => {
  const memory = memoryBackend()
  let gateway: Gateway
  let env: Readonly<Record<string, string>>
  const directory = scratch()

  beforeAll(async () => {
    const backend = isFleet(file) ? { ...memory.backend, ...fleet } : memory.backend
    const started = await startGateway({ backend, token: TOKEN, port: 0 })
    if (E.isLeft(started)) throw new Error(started.left.message)
    gateway = started.right
    env = { FASTGPU_STATE: stateOf(gateway.url, TOKEN), TOKEN_URL: gateway.url }
  })
  afterAll(async () => {
    await gateway.close()
    await memory.close()
  })

  it('does what is recorded', async ({ expect }) => {
    const recorded = readFileSync(join(folder, file), 'utf8')
    const blocks: Array<string> = []
    for (const block of recorded.split(/^(?=\$ )/m)) {
      if (!block.startsWith('$ ')) blocks.push(block)
      else blocks.push(await played(block.slice(2, block.indexOf('\n'))))
    }
    const now = blocks.join('')
    if (process.env['RECORD'] === '1') writeFileSync(join(folder, file), now)
    else expect(now).toBe(recorded)
  })

  const played = async (line: string): Promise<string> => {
    const ran = await shell(line, { env, cwd: directory })
    const messages = ran.stderr.replace(/^(?=.)/gm, '! ')
    const code = ran.code === 0 ? '' : `exit ${ran.code}\n`
    return `$ ${line}\n${steady(ran.stdout)}${steady(messages)}${code}\n`
  }

  /** What differs from run to run has a name of its own. */
  const steady = (text: string): string =>
    text
      .replaceAll(env['FASTGPU_STATE'] ?? '', 'STATE')
      .replaceAll(directory, 'DIRECTORY')
      .replaceAll(gateway.url, 'URL')
      .replace(/20[2-9]\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{3})?Z/g, 'TIME')
      .replace(/\b[0-9a-f]{64}\b/g, 'HASH')
      .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UUID')
      .replace(/[ \t]+$/gm, '')
})
