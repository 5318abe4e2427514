/** A gateway on a free port over a memory backend, a bare HTTP call to it, and a client; all closed when the test file ends. */
import * as http from 'node:http'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll } from 'vitest'
import { createClient, type Client, type ClientOptions } from '../../sdk/typescript/index.ts'
import { startGateway, type Gateway } from '../../services/gateway/gateway.ts'
import type { Limits } from '../../services/gateway/limits.ts'
import { memoryBackend, type MemoryBackend } from './memoryBackend.ts'

export const TOKEN = 'the-token-of-the-tests'

export interface Call {
  readonly method?: string
  readonly path: string
  /** undefined takes a default header away. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: string | Buffer
}

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
  /** Of the error body; empty where there is none. */
  readonly code: string
}

export interface Given {
  readonly memory: MemoryBackend
  readonly gateway: Gateway
  readonly call: (call: Call) => Promise<Answer>
  readonly client: (options?: Partial<ClientOptions>) => Client
}

export const givenGateway = async (limits: Partial<Limits> = {}): Promise<Given> => {
  const memory = memoryBackend()
  const started = await startGateway({ backend: memory.backend, token: TOKEN, port: 0, limits })
  if (E.isLeft(started)) throw new Error(started.left.message)
  const gateway = started.right
  const agent = new http.Agent({ keepAlive: true, maxSockets: 16 })
  const clients: Array<Client> = []
  afterAll(async () => {
    for (const client of clients) client.close()
    agent.destroy()
    await gateway.close()
    await memory.close()
  })
  const call = ({ method, path, headers = {}, body }: Call): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const all: Record<string, string | undefined> = {
        authorization: `Bearer ${TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
        ...headers
      }
      const known = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<string, string>
      const request = http.request(
        { agent, host: '127.0.0.1', port: gateway.port, method: method ?? (body === undefined ? 'GET' : 'POST'), path, headers: known },
        (response) => {
          const chunks: Array<Buffer> = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8')
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text, code: codeIn(text) })
          })
        }
      )
      request.on('error', reject)
      request.end(body)
    })
  const client = (options: Partial<ClientOptions> = {}): Client => {
    const made = createClient({ url: gateway.url, token: TOKEN, ...options })
    clients.push(made)
    return made
  }
  return { memory, gateway, call, client }
}

const codeIn = (text: string): string => {
  try {
    return (JSON.parse(text) as { readonly error?: { readonly code?: string } }).error?.code ?? ''
  } catch {
    return ''
  }
}

export const job = { tenant: 'ml', request: { gpus: 1 }, body: '{"command":["true"]}' }
