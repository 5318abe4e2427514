/**
 * The HTTP API of a pool, on this machine only. Every answer, also to nonsense, is JSON with a stable code; nothing is executed or
 * stored before the token, the host, the size and the shape of a request are right.
 */
import type { AddressInfo } from 'node:net'
import * as E from 'fp-ts/lib/Either.js'
import type { FastifyReply } from 'fastify'
import type { Fault } from '../../domain/ports/fault.ts'
import { fail, give } from './answer.ts'
import { appOf, type Log } from './app.ts'
import type { Backend } from './backend.ts'
import { serveEvents } from './events.ts'
import { broken, refused } from './failure.ts'
import { feedOf } from './feed.ts'
import { guardOf, type Guard } from './guard.ts'
import { listenFault } from './port.ts'
import { serveLogs } from './logs.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { outcomesOf } from './outcomes.ts'
import { serveOrders } from './orders.ts'
import { serveQuestions } from './questions.ts'
import { streamsOf } from './streams.ts'
import { serveSubmissions } from './submissions.ts'
import { warningsOf } from './warnings.ts'
import { wishesOf } from './wishes.ts'

export interface GatewayOptions {
  readonly backend: Backend
  readonly token: string
  /** 0: any free port. */
  readonly port: number
  /** 127.0.0.1 where it is left out. */
  readonly host?: '127.0.0.1' | '::1'
  /** Who asks, as events say it; "api" where it is left out. */
  readonly by?: string
  readonly log?: Log
  readonly limits?: Partial<Limits>
}

export interface Gateway {
  readonly url: string
  readonly port: number
  /** Ends what follows, answers what waits, and lets go of the port. */
  readonly close: () => Promise<void>
}

export const startGateway = async (options: GatewayOptions): Promise<E.Either<Fault, Gateway>> => {
  const { backend, log } = options
  const limits: Limits = { ...defaultLimits, ...options.limits }
  const host = options.host ?? '127.0.0.1'
  const app = appOf(limits, log)
  let guard: Guard = () => refused('FG_HOST_FORBIDDEN', 'the server is about to start')

  app.addHook('onRequest', async (request, reply) => {
    const { host: asked, origin, authorization } = request.headers
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
    const failure = guard({ host: asked, origin, authorization }, request.raw.url === '/healthz')
    if (failure !== undefined) return fail(reply, failure)
  })

  const outcomes = outcomesOf(backend)
  const warnings = warningsOf(backend, Date.now)
  const feed = feedOf(backend)
  const streams = streamsOf(limits.streamsMax)
  const wishes = wishesOf(backend, outcomes, limits)
  const by = options.by ?? 'api'
  app.get('/healthz', (_request, reply) => give(reply, { ok: true }))
  app.get('/readyz', (_request, reply) => ready(reply, backend.trouble()))
  serveSubmissions(app, { wishes, warnings, by })
  serveOrders(app, { wishes, by })
  serveQuestions(app, backend)
  serveLogs(app, backend, streams)
  serveEvents(app, feed, streams, limits)

  try {
    await app.listen({ host, port: options.port })
  } catch (error) {
    return E.left(listenFault(error, host, options.port))
  }
  const { port } = app.server.address() as AddressInfo
  guard = guardOf(options.token, ['127.0.0.1', 'localhost', '[::1]'], port)
  const close = async (): Promise<void> => {
    streams.close()
    outcomes.close()
    const timer = setTimeout(() => app.server.closeAllConnections(), limits.closeMsMax)
    await app.close()
    clearTimeout(timer)
    warnings.close()
    feed.close()
  }
  return E.right({ url: `http://${host === '::1' ? '[::1]' : host}:${port}`, port, close })
}

const ready = (reply: FastifyReply, trouble: Fault | undefined): FastifyReply =>
  trouble === undefined ? give(reply, { ready: true }) : fail(reply, broken(trouble))
