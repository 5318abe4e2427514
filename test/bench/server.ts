/** `fastgpu dev` as users run it, in a process of its own, on a state directory of its own. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Server {
  readonly url: string
  readonly token: string
  readonly pid: number
  readonly stateDirectory: string
  readonly stop: () => Promise<void>
}

const LAUNCHER = join(import.meta.dirname, '../../bin/fastgpu')
const READY_MS_MAX = 60_000

export const startServer = async (folder: string, flags: ReadonlyArray<string> = []): Promise<Server> => {
  const stateDirectory = join(folder, 'state')
  const child = spawn(LAUNCHER, ['dev', '--port', '0', '--state-dir', stateDirectory, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] })
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    let said = ''
    const timer = setTimeout(() => reject(new Error(`dev is not ready after ${READY_MS_MAX} ms: ${said}`)), READY_MS_MAX)
    void gone.then(() => reject(new Error(`dev ended: ${said}`)))
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const match = /Listening on (\S+?)\. /.exec(said)
      if (match?.[1] === undefined) return
      clearTimeout(timer)
      resolve(match[1])
    })
  })
  return {
    url,
    token: readFileSync(join(stateDirectory, 'token'), 'utf8').trim(),
    pid: child.pid ?? 0,
    stateDirectory,
    stop: async () => {
      child.kill('SIGINT')
      await gone
    }
  }
}
