/**
 * One HTTP request and its answer as a stream of bytes: over Node's own http where there is one, over fetch elsewhere. Node's fetch
 * costs 25 ms at its first use, and so does `import('node:http')`, since both load all of undici; getBuiltinModule costs 3 ms.
 */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'

export interface HttpRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal
}

export interface HttpAnswer {
  readonly status: number
  readonly header: (name: string) => string | undefined
  readonly body: AsyncIterable<Uint8Array>
}

export interface Transport {
  readonly send: (request: HttpRequest) => Promise<HttpAnswer>
  /** Lets go of idle connections. */
  readonly close: () => void
}

const SOCKETS_MAX = 64

export const fetchTransport = (url: string, fetch: typeof globalThis.fetch): Transport => ({
  send: async ({ method, path, headers, body, signal }) => {
    const answer = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body }), ...(signal ? { signal } : {}) })
    return { status: answer.status, header: (name) => answer.headers.get(name) ?? undefined, body: answer.body ?? nothing() }
  },
  close: () => undefined
})

export const nodeTransport = (url: string): Transport => {
  const base = new URL(url)
  const secure = base.protocol === 'https:'
  const http = process.getBuiltinModule(secure ? 'node:https' : 'node:http')
  const agent = new http.Agent({ keepAlive: true, maxSockets: SOCKETS_MAX })
  const send = ({ method, path, headers, body, signal }: HttpRequest): Promise<HttpAnswer> =>
    new Promise((resolve, reject) => {
      const options: RequestOptions = {
        agent,
        // A literal IPv6 address stands in brackets in a URL, and without them in a socket's address.
        host: base.hostname.replace(/^\[|\]$/g, ''),
        port: base.port === '' ? (secure ? 443 : 80) : Number(base.port),
        method,
        path: base.pathname.replace(/\/$/, '') + path,
        headers: body === undefined ? headers : { ...headers, 'content-length': Buffer.byteLength(body) },
        ...(signal ? { signal } : {})
      }
      const request: ClientRequest = http.request(options)
      request.on('response', (message: IncomingMessage) => resolve(answerOf(message)))
      request.on('error', reject)
      request.end(body)
    })
  return { send, close: () => agent.destroy() }
}

const answerOf = (message: IncomingMessage): HttpAnswer => {
  // A connection may break, or be aborted, while nobody reads: the next read tells of it, and nobody else needs to.
  message.on('error', () => undefined)
  return {
    status: message.statusCode ?? 0,
    header: (name) => {
      const value = message.headers[name]
      return Array.isArray(value) ? value[0] : value
    },
    body: message
  }
}

const nothing = async function* (): AsyncGenerator<Uint8Array> {}

/** Node where its http is at hand, else the platform's fetch. */
export const defaultTransport = (url: string): Transport =>
  typeof process === 'object' && typeof process.getBuiltinModule === 'function'
    ? nodeTransport(url)
    : fetchTransport(url, globalThis.fetch.bind(globalThis))
