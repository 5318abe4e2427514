/** GET /v1/jobs/J12/logs: the output of one process as plain bytes, until it ends where the client follows. */
import { Readable } from 'node:stream'
import * as E from 'fp-ts/lib/Either.js'
import type { FastifyInstance } from 'fastify'
import { fail } from './answer.ts'
import type { Backend } from './backend.ts'
import { broken, refused } from './failure.ts'
import { pathOf } from './orders.ts'
import { flag, jobNumber, numeral, readPart, readQuery, word } from './query.ts'
import type { Streams } from './streams.ts'

const TAIL_LINES_MAX = 1_000_000
const MEMBERS_MAX = 16_384

const logsQuery = {
  member: numeral(0, MEMBERS_MAX - 1),
  attempt: numeral(1, 2 ** 31 - 1),
  stream: word(['stdout', 'stderr', 'all']),
  follow: flag,
  tail: numeral(0, TAIL_LINES_MAX)
}

export const serveLogs = (app: FastifyInstance, backend: Pick<Backend, 'logs'>, streams: Streams): void => {
  app.get('/v1/jobs/:job/logs', async (request, reply) => {
    const job = readPart('job', pathOf(request).job ?? '', jobNumber)
    if (E.isLeft(job)) return fail(reply, job.left)
    const query = readQuery(request.query, logsQuery)
    if (E.isLeft(query)) return fail(reply, query.left)
    const { member = 0, attempt, stream = 'all', follow = false, tail } = query.right
    const opened = streams.open(reply)
    if (E.isLeft(opened)) return fail(reply, opened.left)
    const wanted = {
      job: job.right,
      member,
      stream,
      follow,
      ...(attempt === undefined ? {} : { attempt }),
      ...(tail === undefined ? {} : { tail })
    }
    const bytes = await backend.logs(wanted, opened.right.signal)()
    if (E.isLeft(bytes)) return fail(reply, broken(bytes.left))
    if (bytes.right === undefined)
      return fail(
        reply,
        refused(
          'FG_RUN_UNKNOWN',
          `there is no log of member ${member} of job J${job.right}${attempt === undefined ? '' : `, attempt ${attempt}`}`
        )
      )
    return reply.type('text/plain; charset=utf-8').send(Readable.from(bytes.right, { objectMode: false }))
  })
}
