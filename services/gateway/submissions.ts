/** POST /v1/jobs and /v1/jobs/batch: decoded once, appended together, and answered one by one. */
import { randomUUID } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { INPUT_ID_CHARS_MAX } from '../../domain/events/cause.ts'
import { exactly, list, pattern, sayErrors } from '../../domain/events/codec.ts'
import { SubmitJob } from '../../domain/events/inputs.ts'
import { printJob, jobNo } from '../../domain/kernel/ids.ts'
import type { Accepted, Durable, Refused } from '../../sdk/typescript/types.ts'
import { fail, give } from './answer.ts'
import { failureOf, malformed, type Failure } from './failure.ts'
import { keysOf } from './json.ts'
import { readQuery, word } from './query.ts'
import type { Warnings } from './warnings.ts'
import type { Granted, Wishes } from './wishes.ts'

export const BATCH_MAX = 1_000
export const BATCH_BYTES_MAX = 8 * 1024 * 1024
/** A job has at most 32 labels and a dozen other keys; each key beyond would cost two errors of the codec. */
export const JOB_KEYS_MAX = 64

export const InputId = pattern(
  new RegExp(`^[\\x21-\\x7e]{1,${INPUT_ID_CHARS_MAX}}$`),
  `an id of 1 to ${INPUT_ID_CHARS_MAX} visible ASCII characters`
)
const waitQuery = { wait: word(['accepted']) }

export interface Submissions {
  readonly wishes: Wishes
  readonly warnings: Warnings
  /** Who asks, as the events say it. */
  readonly by: string
}

export const serveSubmissions = (app: FastifyInstance, { wishes, warnings, by }: Submissions): void => {
  const answerOf = async (granted: Granted): Promise<Accepted | Durable | Refused> => {
    const { id, position, outcome } = granted
    if (outcome === undefined || outcome.type === 'OrderTaken') return { outcome: 'durable', id, source: wishes.source, position }
    if (outcome.type === 'Refused') return { outcome: 'refused', id, error: failureOf(outcome.reasons).error }
    const job = printJob(jobNo(outcome.job))
    return { outcome: 'accepted', job, number: outcome.job, position: outcome.position, id, warnings: await warnings.of(outcome.job) }
  }

  app.post('/v1/jobs', async (request, reply) => {
    const wait = readQuery(request.query, waitQuery)
    if (E.isLeft(wait)) return fail(reply, wait.left)
    const id = idOf(request)
    if (E.isLeft(id)) return fail(reply, id.left)
    const job = decodeJob(request.body, by)
    if (E.isLeft(job)) return fail(reply, malformed(job.left))
    const granted = await wishes.send('jobs', 'fastgpu.job.submit', [{ id: id.right, data: job.right }], wait.right.wait !== undefined)
    if (E.isLeft(granted)) return fail(reply, granted.left)
    return giveOne(reply, granted.right[0]!, await answerOf(granted.right[0]!))
  })

  app.post('/v1/jobs/batch', { bodyLimit: BATCH_BYTES_MAX }, async (request, reply) => {
    const wait = readQuery(request.query, waitQuery)
    if (E.isLeft(wait)) return fail(reply, wait.left)
    const batch = decodeBatch(request.body, by)
    if (E.isLeft(batch)) return fail(reply, batch.left)
    const granted = await wishes.send('jobs', 'fastgpu.job.submit', batch.right, wait.right.wait !== undefined)
    if (E.isLeft(granted)) return fail(reply, granted.left)
    const results = []
    for (const one of granted.right) results.push(await answerOf(one))
    return give(reply, { results })
  })
}

const giveOne = (reply: FastifyReply, granted: Granted, answer: Accepted | Durable | Refused): FastifyReply => {
  if (granted.outcome?.type === 'Refused') return fail(reply, failureOf(granted.outcome.reasons))
  return give(reply, answer, answer.outcome === 'accepted' ? 201 : 202)
}

/** The Idempotency-Key header, or an id made here: then only this very request can be told from another. */
export const idOf = (request: FastifyRequest): E.Either<Failure, string> => {
  const given = request.headers['idempotency-key']
  if (given === undefined) return E.right(randomUUID())
  return InputId.is(given) ? E.right(given) : E.left(malformed([`Idempotency-Key: expected ${InputId.name}`]))
}

/** A job with who submitted it, or what is wrong with it. */
const decodeJob = (body: unknown, by: string): E.Either<ReadonlyArray<string>, SubmitJob> => {
  if (keysOf(body) > JOB_KEYS_MAX) return E.left([`value: a job has at most ${JOB_KEYS_MAX} keys in all`])
  const decoded = SubmitJob.decode(body)
  if (E.isLeft(decoded)) return E.left(sayErrors(decoded.left))
  return decoded.right.by === undefined ? E.right({ ...decoded.right, by }) : E.left(['by: the server says itself who asks'])
}

const Batch = exactly({ jobs: list(t.unknown, 1, BATCH_MAX) }, { ids: list(InputId, 1, BATCH_MAX) })

const decodeBatch = (body: unknown, by: string): E.Either<Failure, ReadonlyArray<{ readonly id: string; readonly data: SubmitJob }>> => {
  const batch = Batch.decode(body)
  if (E.isLeft(batch)) return E.left(malformed(sayErrors(batch.left)))
  const { jobs, ids } = batch.right
  if (ids !== undefined && ids.length !== jobs.length)
    return E.left(malformed([`ids: expected one for each of the ${jobs.length} jobs, got ${ids.length}`]))
  if (ids !== undefined && new Set(ids).size < ids.length) return E.left(malformed(['ids: the same id stands there twice']))
  const wishes = []
  const wrong: Array<string> = []
  for (const [index, job] of jobs.entries()) {
    const decoded = decodeJob(job, by)
    if (E.isRight(decoded)) wishes.push({ id: ids?.[index] ?? randomUUID(), data: decoded.right })
    else wrong.push(...decoded.left.map((sentence) => `jobs.${index}.${sentence}`))
    if (wrong.length >= WRONG_MAX) break
  }
  return wrong.length === 0 ? E.right(wishes) : E.left(malformed(wrong))
}

const WRONG_MAX = 20
