/**
 * The client of the HTTP API. It needs nothing but the platform, loads nothing before the first call, and sends each wish under an
 * idempotency key, so that a call whose answer was lost is simply sent again.
 */
import { FastGpuError, notOurs, unreachable } from './errors.ts'
import { defaultTransport, fetchTransport, type HttpAnswer, type HttpRequest, type Transport } from './transport.ts'
import type * as T from './types.ts'
import { pause, watchFeed, type WatchedEvent, type WatchOptions } from './watch.ts'

export interface ClientOptions {
  /** Such as http://127.0.0.1:7070. */
  readonly url: string
  readonly token: string
  /** In place of Node's own http. */
  readonly fetch?: typeof globalThis.fetch
  /** How often a call is sent again after a lost connection or a busy server; 3 where it is left out. */
  readonly retriesMax?: number
}

export interface SubmitOptions {
  /** The idempotency key; made up where it is left out. */
  readonly id?: string
  /** Whether to wait until the job has its number; true where it is left out. */
  readonly wait?: boolean
}

export interface BatchOptions {
  /** One for each job. */
  readonly ids?: ReadonlyArray<string>
  readonly wait?: boolean
}

export interface OrderOptions {
  readonly id?: string
}

export interface BillOptions {
  readonly sinceMs?: number
  readonly untilMs?: number
  /** A line for each tenant, model and price, or one for each job; by tenant where it is left out. */
  readonly by?: T.BillKey
  /** Split further at each full hour. */
  readonly hourly?: boolean
}

export interface Client {
  readonly submit: (job: T.JobInput, options?: SubmitOptions) => Promise<T.Accepted | T.Durable>
  /** One append for all; answers in the order of the jobs. A refused one is an answer here, not an exception. */
  readonly submitBatch: (
    jobs: ReadonlyArray<T.JobInput>,
    options?: BatchOptions
  ) => Promise<ReadonlyArray<T.Accepted | T.Durable | T.Refused>>
  readonly jobs: (filter?: T.JobFilter) => Promise<T.JobPage>
  readonly job: (id: T.JobId) => Promise<T.JobDetail>
  readonly cancel: (id: T.JobId, reason: string, options?: OrderOptions) => Promise<T.Ordered | T.Durable>
  readonly explain: (id: T.JobId) => Promise<T.Explanation>
  readonly logs: (id: T.JobId, options?: T.LogOptions) => AsyncIterable<Uint8Array>
  readonly nodes: () => Promise<ReadonlyArray<T.Node>>
  readonly node: (name: string) => Promise<T.Node>
  readonly cordon: (node: string, reason: string, options?: OrderOptions) => Promise<T.Ordered | T.Durable>
  readonly uncordon: (node: string, reason: string, options?: OrderOptions) => Promise<T.Ordered | T.Durable>
  readonly drain: (node: string, reason: string, options?: OrderOptions & { readonly stopAtMs?: number }) => Promise<T.Ordered | T.Durable>
  readonly queue: () => Promise<T.Queue>
  readonly usage: (wanted?: { readonly by?: T.UsageKey; readonly sinceMs?: number; readonly untilMs?: number }) => Promise<T.Usage>
  readonly bill: (wanted?: BillOptions) => Promise<T.Bill>
  readonly forecast: (wanted?: { readonly model?: string; readonly hours?: number }) => Promise<ReadonlyArray<T.Forecast>>
  readonly policy: () => Promise<T.Policy>
  readonly setPolicy: (policy: T.Policy, options?: OrderOptions) => Promise<T.Ordered | T.Durable>
  readonly setPrice: (model: string, microPerGpuHour: number, options?: OrderOptions) => Promise<T.Ordered | T.Durable>
  readonly status: () => Promise<T.Status>
  /** Never ends by itself; abort the signal, or leave the loop. */
  readonly watch: (options?: WatchOptions) => AsyncIterable<WatchedEvent>
  readonly close: () => void
}

export const createClient = (options: ClientOptions): Client => {
  const calls = callsOf(options)
  const { get, send } = calls
  const order = (method: string, path: string, body: unknown, wanted: OrderOptions = {}): Promise<T.Ordered | T.Durable> =>
    send(method, path, body, wanted.id ?? crypto.randomUUID())
  const onNode =
    (verb: string) =>
    (node: string, reason: string, wanted: OrderOptions & { readonly stopAtMs?: number } = {}) =>
      order('POST', `/v1/nodes/${encodeURIComponent(node)}/${verb}`, { reason, stopAtMs: wanted.stopAtMs }, wanted)
  return {
    submit: (job, wanted = {}) => send('POST', `/v1/jobs${waitQuery(wanted)}`, job, wanted.id ?? crypto.randomUUID()),
    submitBatch: async (jobs, wanted = {}) => {
      const ids = wanted.ids ?? jobs.map(() => crypto.randomUUID())
      const answer = await send<{ results: ReadonlyArray<T.Accepted | T.Durable | T.Refused> }>(
        'POST',
        `/v1/jobs/batch${waitQuery(wanted)}`,
        { jobs, ids }
      )
      return answer.results
    },
    jobs: (filter = {}) => get(`/v1/jobs${queryOf({ ...filter, after: filter.after === undefined ? undefined : printed(filter.after) })}`),
    job: (id) => get(`/v1/jobs/${printed(id)}`),
    cancel: (id, reason, wanted) => order('POST', `/v1/jobs/${printed(id)}/cancel`, { reason }, wanted),
    explain: (id) => get(`/v1/jobs/${printed(id)}/explain`),
    logs: (id, { signal, ...wanted } = {}) => calls.bytes(`/v1/jobs/${printed(id)}/logs${queryOf(wanted)}`, signal),
    nodes: async () => (await get<{ nodes: ReadonlyArray<T.Node> }>('/v1/nodes')).nodes,
    node: (name) => get(`/v1/nodes/${encodeURIComponent(name)}`),
    cordon: onNode('cordon'),
    uncordon: onNode('uncordon'),
    drain: onNode('drain'),
    queue: () => get('/v1/queue'),
    usage: ({ by, sinceMs, untilMs } = {}) => get(`/v1/usage${queryOf({ by, since: sinceMs, until: untilMs })}`),
    bill: ({ sinceMs, untilMs, ...wanted } = {}) => get(`/v1/bill${queryOf({ since: sinceMs, until: untilMs, ...wanted })}`),
    forecast: async (wanted = {}) => (await get<{ forecasts: ReadonlyArray<T.Forecast> }>(`/v1/forecast${queryOf(wanted)}`)).forecasts,
    policy: () => get('/v1/policy'),
    setPolicy: (policy, wanted) => order('PUT', '/v1/policy', { policy }, wanted),
    setPrice: (model, microPerGpuHour, wanted) => order('PUT', `/v1/prices/${encodeURIComponent(model)}`, { microPerGpuHour }, wanted),
    status: () => get('/v1/status'),
    watch: (wanted = {}) => watchFeed((path, signal) => calls.open({ method: 'GET', path, headers: {}, signal }), wanted),
    close: calls.close
  }
}

const waitQuery = (wanted: { readonly wait?: boolean }): string => (wanted.wait === false ? '' : '?wait=accepted')

const printed = (id: T.JobId): string => encodeURIComponent(typeof id === 'number' ? `J${id}` : id)

const queryOf = (wanted: Readonly<Record<string, string | number | boolean | undefined>>): string => {
  const parts = Object.entries(wanted).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${encodeURIComponent(value)}`]))
  return parts.length === 0 ? '' : `?${parts.join('&')}`
}

interface Calls {
  readonly get: <A>(path: string) => Promise<A>
  readonly send: <A>(method: string, path: string, body: unknown, id?: string) => Promise<A>
  readonly bytes: (path: string, signal?: AbortSignal) => AsyncIterable<Uint8Array>
  /** One try; throws what the server refuses with. */
  readonly open: (request: HttpRequest) => Promise<HttpAnswer>
  readonly close: () => void
}

const RETRIES_MAX = 3
const RETRY_DELAY_MS = 100

const callsOf = (options: ClientOptions): Calls => {
  const url = options.url.replace(/\/+$/, '')
  const authorization = `Bearer ${options.token}`
  let transport: Transport | undefined
  const open = async (request: HttpRequest): Promise<HttpAnswer> => {
    transport ??= options.fetch === undefined ? defaultTransport(url) : fetchTransport(url, options.fetch)
    let answer: HttpAnswer
    try {
      answer = await transport.send({ ...request, headers: { ...request.headers, authorization } })
    } catch (cause) {
      throw unreachable(url, cause)
    }
    if (answer.status >= 300) throw await errorOf(url, answer)
    return answer
  }
  const call = async <A>(request: HttpRequest): Promise<A> => {
    for (let retry = 0; ; retry++) {
      try {
        const answer = await open(request)
        return (await jsonOf(url, answer)) as A
      } catch (error) {
        const again = error instanceof FastGpuError && (error.status === 0 || error.status === 503 || error.status === 429)
        if (!again || retry >= (options.retriesMax ?? RETRIES_MAX)) throw error
        await pause(RETRY_DELAY_MS * 2 ** retry)
      }
    }
  }
  return {
    get: (path) => call({ method: 'GET', path, headers: {} }),
    send: (method, path, body, id) =>
      call({
        method,
        path,
        headers: { 'content-type': 'application/json', ...(id === undefined ? {} : { 'idempotency-key': id }) },
        body: JSON.stringify(body)
      }),
    bytes: async function* (path, signal) {
      const answer = await open({ method: 'GET', path, headers: {}, ...(signal ? { signal } : {}) })
      try {
        yield* answer.body
      } catch (cause) {
        if (signal?.aborted !== true) throw unreachable(url, cause)
      }
    },
    open,
    close: () => transport?.close()
  }
}

const textOf = async (url: string, answer: HttpAnswer): Promise<string> => {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const chunk of answer.body) text += decoder.decode(chunk, { stream: true })
  } catch (cause) {
    throw unreachable(url, cause)
  }
  return text
}

const jsonOf = async (url: string, answer: HttpAnswer): Promise<unknown> => {
  const text = await textOf(url, answer)
  try {
    return JSON.parse(text)
  } catch {
    throw notOurs(url, answer.status)
  }
}

const errorOf = async (url: string, answer: HttpAnswer): Promise<FastGpuError> => {
  const body = (await jsonOf(url, answer)) as { readonly error?: T.ErrorBody } | null
  return typeof body?.error?.code === 'string' ? new FastGpuError(body.error, answer.status) : notOurs(url, answer.status)
}
