/** Answers that go on: how many there may be at once, and how each is told that its client has gone or that the server closes. */
import * as E from 'fp-ts/lib/Either.js'
import type { FastifyReply } from 'fastify'
import { busy, type Failure } from './failure.ts'

export interface OpenStream {
  /** Aborted when the client has gone, the answer is complete, or the server closes. */
  readonly signal: AbortSignal
}

export interface Streams {
  readonly open: (reply: FastifyReply) => E.Either<Failure, OpenStream>
  readonly count: () => number
  /** Ends all of them. */
  readonly close: () => void
}

export const streamsOf = (streamsMax: number): Streams => {
  const all = new Set<AbortController>()
  let closed = false
  return {
    open: (reply) => {
      // Who comes back over a connection that is still open would hold up the end.
      if (closed) return E.left(busy('the server stops'))
      if (all.size >= streamsMax) return E.left(busy(`${all.size} clients follow something already; at most ${streamsMax} may`))
      const controller = new AbortController()
      all.add(controller)
      reply.raw.once('close', () => {
        all.delete(controller)
        controller.abort()
      })
      return E.right({ signal: controller.signal })
    },
    count: () => all.size,
    close: () => {
      closed = true
      for (const controller of all) controller.abort()
    }
  }
}
