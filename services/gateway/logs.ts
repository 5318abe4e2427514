/** GET /v1/jobs/J12/logs: the output of one process as plain bytes, until it ends where the client follows. */
import { Readable } from 'node:stream'
import * as E from 'fp-ts/lib/Either.js'
import type { FastifyInstance } from 'fastify'
import { fail } from './answer.ts'
import type { Backend, LogsWanted } from './backend.ts'
import { broken, refused, type Failure } from './failure.ts'
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

export const serveLogs = (app: FastifyInstance, backend: Pick<Backend, 'logs' | 'job'>, streams: Streams): void => {
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
    if (bytes.right === undefined) return fail(reply, await missing(backend, wanted))
    const whole = wholeOr(bytes.right, opened.right.signal, () => reply.raw.destroy())
    return reply.type('text/plain; charset=utf-8').send(Readable.from(whole, { objectMode: false }))
  })
}

/** Where the server stops first, the connection breaks: an answer that ended in order would say that this was all. */
const wholeOr = async function* (bytes: AsyncIterable<Uint8Array>, stopped: AbortSignal, breakOff: () => void): AsyncGenerator<Uint8Array> {
  yield* bytes
  if (stopped.aborted) breakOff()
}

/** Why there is no such log: there is no such job, or it has not started yet, or it has no such member or attempt. */
const missing = async (backend: Pick<Backend, 'job'>, { job: number, member, attempt }: LogsWanted): Promise<Failure> => {
  const job = await backend.job(number)()
  if (E.isLeft(job)) return broken(job.left)
  if (job.right === undefined) return refused('FG_JOB_UNKNOWN', `there is no job J${number}`)
  if (job.right.attempt === 0) return refused('FG_RUN_UNKNOWN', `job J${number} has not started, so there is no log of it yet`)
  const of = attempt === undefined ? '' : `, attempt ${attempt}`
  return refused('FG_RUN_UNKNOWN', `there is no log of member ${member} of job J${number}${of}`)
}
