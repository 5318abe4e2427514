/** Finds the server to talk to and its token, and turns what the server refuses into messages and exit codes. */
import { join } from 'node:path'
import { createClient, FastGpuError, type Client } from '../../sdk/typescript/index.ts'
import { EXIT, misused, Quit } from './quit.ts'
import { clean } from './show/clean.ts'
import { readOf, runningOf, stateDirectoryOf } from './stateDirectory.ts'
import type { CommonOptions } from './terminal.ts'

/** Runs `work` with a client of the server that the options and the environment name. */
export const withServer = async <A>(options: CommonOptions, work: (client: Client) => Promise<A>): Promise<A> => {
  const place = placeOf(options)
  const client = createClient({ ...place, retriesMax: 1 })
  try {
    return await work(client)
  } catch (error) {
    throw error instanceof FastGpuError ? quitOf(error, place.stateDirectory) : error
  } finally {
    client.close()
  }
}

interface Place {
  readonly url: string
  readonly token: string
  readonly stateDirectory: string
}

const placeOf = (options: CommonOptions): Place => {
  const stateDirectory = stateDirectoryOf(options.stateDir)
  const named = options.url ?? process.env['FASTGPU_URL'] ?? ''
  const running = runningOf(stateDirectory)
  const url = named === '' ? running?.url : named
  if (url === undefined) throw new Quit(EXIT.unreachable, `no server runs on ${stateDirectory}`, [START, OTHER])
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw misused(`"${clean(url)}" is not the address of a server`, 'Write it as http://127.0.0.1:7070.')
  return { url, token: tokenOf(url, stateDirectory), stateDirectory }
}

const START = 'Start one with "fastgpu dev" (or "npm start" in the checkout, with samples to look at).'
const OTHER = 'Is it elsewhere? Say so with --url or FASTGPU_URL, or name its state directory with --state-dir or FASTGPU_STATE.'

/** The state directory's own token is for servers of this machine: another host must never be sent it by mistake. */
const tokenOf = (url: string, stateDirectory: string): string => {
  const named = process.env['FASTGPU_TOKEN_FILE'] ?? ''
  if (named === '' && !LOOPBACK.test(new URL(url).hostname))
    throw new Quit(EXIT.denied, `there is no token for ${url}`, ['Name the file that holds it in FASTGPU_TOKEN_FILE.'])
  const file = named === '' ? join(stateDirectory, 'token') : named
  const token = readOf(file)?.trim()
  if (token === undefined || token === '')
    throw new Quit(EXIT.denied, `the token cannot be read from ${file}`, [
      'Name the file that holds it in FASTGPU_TOKEN_FILE, or the state directory with --state-dir.'
    ])
  return token
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

const quitOf = (error: FastGpuError, stateDirectory: string): Quit => {
  if (error.status === 0)
    return new Quit(EXIT.unreachable, clean(error.message), [START, `The state directory looked into is ${stateDirectory}.`])
  const reasons = error.reasons.length > 0 ? error.reasons : [error]
  const messages = reasons.map((reason) => `${clean(reason.message)} (${clean(reason.code)})`)
  const message = messages.length === 1 ? (messages[0] ?? '') : `refused, for ${messages.length} reasons`
  return new Quit(exitCodeOf(error.status), message, [
    ...(messages.length === 1 ? [] : messages.map((line) => `- ${line}`)),
    ...(error.next === '' ? [] : [clean(error.next)])
  ])
}

const exitCodeOf = (status: number): number => {
  if (status === 401 || status === 403) return EXIT.denied
  if (status === 404) return EXIT.notFound
  if (status === 429 || status === 503) return EXIT.unreachable
  return status < 500 ? EXIT.failed : EXIT.internal
}
