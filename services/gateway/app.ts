/**
 * fastify as this gateway uses it: with limits on everything, JSON that is looked at before it is parsed, and one way to say no,
 * whether a handler, the router, the parser or the socket found the mistake.
 */
import type { Socket } from 'node:net'
import * as E from 'fp-ts/lib/Either.js'
import fastify, { type FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { errors } from '../../domain/events/errors.ts'
import { fail } from './answer.ts'
import { encodeFailure, malformed, refused, type Failure } from './failure.ts'
import { parseJson } from './json.ts'
import type { Limits } from './limits.ts'

export type Log = Pick<Logger, 'info' | 'warn' | 'error'>

const LATE_CHECK_MS = 2_000
const HEADER_BYTES_MAX = 16 * 1024

export const appOf = (limits: Limits, log: Log | undefined): FastifyInstance => {
  const app = fastify({
    logger: false,
    bodyLimit: limits.bodyBytesMax,
    // Node looks for late requests only so often.
    http: { connectionsCheckingInterval: Math.min(limits.receiveMsMax, LATE_CHECK_MS), maxHeaderSize: HEADER_BYTES_MAX },
    requestTimeout: limits.receiveMsMax,
    keepAliveTimeout: 30_000,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    frameworkErrors: (_error, _request, reply) => fail(reply, malformed(['the address cannot be decoded'])),
    clientErrorHandler: (error, socket) => answerRaw(error, socket)
  })
  app.server.headersTimeout = limits.receiveMsMax
  app.server.maxConnections = limits.socketsMax
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
    const parsed = parseJson(body)
    if (E.isRight(parsed)) done(null, parsed.right)
    else done(new BodyRefused(parsed.left), undefined)
  })
  app.setErrorHandler((error, _request, reply) => fail(reply, failureFor(error, log)))
  app.setNotFoundHandler((request, reply) =>
    fail(reply, refused('FG_NOT_FOUND', `there is nothing at ${request.method} ${request.url.slice(0, 80)}`))
  )
  return app
}

class BodyRefused extends Error {}

/** What fastify or a handler throws: the client's mistake where it has such a status, else a bug of ours that is logged. */
const failureFor = (error: unknown, log: Log | undefined): Failure => {
  if (error instanceof BodyRefused) return malformed([error.message])
  const { statusCode, message = '' } = error as { readonly statusCode?: number; readonly message?: string }
  if (statusCode === 413) return refused('FG_BODY_TOO_LARGE', 'the request body is larger than the limit of this address')
  if (statusCode === 415) return refused('FG_CONTENT_TYPE', 'the Content-Type header is not application/json')
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return malformed([message])
  log?.error({ err: error }, 'a bug while a request was answered')
  return { status: 500, error: { code: 'FG_INTERNAL', message: errors.FG_INTERNAL.what, next: errors.FG_INTERNAL.next } }
}

/** What is not even HTTP, or came too slowly: there is no request to answer, only a socket. */
const answerRaw = (error: Error & { readonly code?: string }, socket: Socket): void => {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const failure =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? refused('FG_REQUEST_TIMEOUT', 'the request did not arrive in time')
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? refused('FG_BODY_TOO_LARGE', 'the request headers are larger than 16 KiB')
        : malformed(['this is not an HTTP request'])
  const body = encodeFailure(failure)
  socket.end(
    `HTTP/1.1 ${failure.status} Refused\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
  )
}
