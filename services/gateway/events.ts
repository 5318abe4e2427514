/**
 * GET /v1/events: the feed over Server-Sent Events, first what was, then what comes. Each client is read for at its own pace, so the
 * server holds at most one slice for it; one that takes nothing for too long is cut off and resumes by position when it comes back.
 */
import type { ServerResponse } from 'node:http'
import * as E from 'fp-ts/lib/Either.js'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { decisionCodecs } from '../../domain/events/decisions.ts'
import { factCodecs } from '../../domain/events/facts.ts'
import { fail } from './answer.ts'
import { broken, malformed, refused, type Failure } from './failure.ts'
import type { Feed, Slice } from './feed.ts'
import { numeral, readQuery, type Reader } from './query.ts'
import type { Streams } from './streams.ts'

export interface EventLimits {
  readonly heartbeatMs: number
  /** How long a client may take nothing while something waits for it. */
  readonly stallMsMax: number
}

interface Subscription {
  readonly from: number
  /** Empty: all. */
  readonly types: ReadonlySet<string>
}

export const serveEvents = (app: FastifyInstance, feed: Feed, streams: Streams, limits: EventLimits): void => {
  app.get('/v1/events', async (request, reply) => {
    const wanted = await subscriptionOf(request, feed)
    if (E.isLeft(wanted)) return fail(reply, wanted.left)
    const opened = streams.open(reply)
    if (E.isLeft(opened)) return fail(reply, opened.left)
    begin(reply, wanted.right.from)
    await pump(reply.raw, { feed, limits, wanted: wanted.right, signal: opened.right.signal })
    reply.raw.end()
    return reply
  })
}

const TYPES: ReadonlySet<string> = new Set([...Object.keys(factCodecs), ...Object.keys(decisionCodecs)])

const typeList: Reader<ReadonlyArray<string>> = (text) => {
  const types = text.split(',').map((type) => type.replace(/^fastgpu\./, ''))
  return types.every((type) => TYPES.has(type)) ? E.right(types) : E.left('names of event types, such as JobAllocated,JobEnded')
}

const subscriptionOf = async (request: FastifyRequest, feed: Feed): Promise<E.Either<Failure, Subscription>> => {
  const query = readQuery(request.query, { from: numeral(0, Number.MAX_SAFE_INTEGER), types: typeList })
  if (E.isLeft(query)) return query
  const end = await feed.end()
  if (E.isLeft(end)) return E.left(broken(end.left))
  const last = request.headers['last-event-id']
  let from = query.right.from ?? end.right
  if (last !== undefined) {
    // -1 is said to a client that begins before the first event.
    if (typeof last !== 'string' || !/^(-1|0|[1-9][0-9]{0,14})$/.test(last))
      return E.left(malformed(['Last-Event-ID: expected the position of an event']))
    from = Number(last) + 1
  }
  if (from > end.right) return E.left(refused('FG_POSITION_AHEAD', `the feed ends before position ${end.right}; asked for is ${from}`))
  return E.right({ from, types: new Set(query.right.types ?? []) })
}

/** The headers, and where the feed begins: a client that loses the connection before the first event knows where to go on. */
const begin = (reply: FastifyReply, from: number): void => {
  reply.hijack()
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-accel-buffering': 'no'
  })
  reply.raw.write(reached(from))
}

/** Moves the client's position on without an event. */
const reached = (next: number): string => `id: ${next - 1}\n\n`

interface Pump {
  readonly feed: Feed
  readonly limits: EventLimits
  readonly wanted: Subscription
  readonly signal: AbortSignal
}

/** Until the signal says so, the client stalls, or the ledger cannot be read. */
const pump = async (response: ServerResponse, { feed, limits, wanted, signal }: Pump): Promise<void> => {
  const bell = bellOf()
  const unwatch = feed.watch(bell.ring)
  signal.addEventListener('abort', bell.ring)
  let next = wanted.from
  try {
    while (!signal.aborted) {
      const slice = await feed.read(next)
      if (E.isLeft(slice)) return
      if (slice.right.next > next) {
        for (const text of textsOf(slice.right, wanted.types))
          if (!response.write(text) && !(await drained(response, signal, limits.stallMsMax))) return
        next = slice.right.next
      } else if (!(await bell.rung(limits.heartbeatMs))) {
        // One write tells the client that the server lives, and the server whether the client does.
        if (!response.write(reached(next)) && !(await drained(response, signal, limits.stallMsMax))) return
      }
    }
  } finally {
    unwatch()
    signal.removeEventListener('abort', bell.ring)
  }
}

const WRITE_CHARS = 64 * 1024

/** The wanted events of a slice as messages, in writes of a bounded size. */
const textsOf = function* (slice: Slice, types: ReadonlySet<string>): Generator<string> {
  let text = ''
  let last = -1
  for (const { position, type, text: data } of slice.events) {
    if (types.size > 0 && !types.has(type)) continue
    text += `id: ${position}\nevent: ${type}\ndata: ${data}\n\n`
    last = position
    if (text.length < WRITE_CHARS) continue
    yield text
    text = ''
  }
  // What the filter left out is behind the client too.
  if (last < slice.next - 1) text += reached(slice.next)
  if (text !== '') yield text
}

/** True when the client has taken what was written; a client that takes nothing for too long is cut off. */
const drained = (response: ServerResponse, signal: AbortSignal, stallMsMax: number): Promise<boolean> =>
  new Promise((resolve) => {
    const done = (taken: boolean) => (): void => {
      clearTimeout(timer)
      response.off('drain', onDrain)
      signal.removeEventListener('abort', onAbort)
      if (!taken) response.destroy()
      resolve(taken)
    }
    const onDrain = done(true)
    const onAbort = done(false)
    const timer = setTimeout(onAbort, stallMsMax)
    response.on('drain', onDrain)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
  })

/** Rings once for any number of calls; a ring before anybody waits is not lost. */
const bellOf = () => {
  let wake: ((rung: boolean) => void) | undefined
  let rang = false
  return {
    ring: (): void => {
      rang = true
      wake?.(true)
    },
    /** False when nothing rang for so long. */
    rung: async (waitMs: number): Promise<boolean> => {
      if (!rang) {
        const timer = setTimeout(() => wake?.(false), waitMs)
        await new Promise<boolean>((resolve) => (wake = resolve))
        clearTimeout(timer)
        wake = undefined
      }
      const was = rang
      rang = false
      return was
    }
  }
}
