/** From what a question or a wish came to, to the HTTP answer that says it. */
import * as E from 'fp-ts/lib/Either.js'
import type { FastifyReply } from 'fastify'
import type { RefusalCode } from '../../domain/events/errors.ts'
import type { Ask } from './backend.ts'
import { broken, encodeFailure, refused, RETRY_AFTER_S, type Failure } from './failure.ts'

export const fail = (reply: FastifyReply, failure: Failure): FastifyReply => {
  if (failure.status === 503 || failure.status === 429) reply.header('retry-after', RETRY_AFTER_S)
  return reply.code(failure.status).type(JSON_TYPE).send(encodeFailure(failure))
}

export const give = (reply: FastifyReply, body: unknown, status = 200): FastifyReply =>
  reply.code(status).type(JSON_TYPE).send(JSON.stringify(body))

/** Answers what the backend says. */
export const ask = async <A>(reply: FastifyReply, question: Ask<A>): Promise<FastifyReply> => {
  const answer = await question()
  return E.isLeft(answer) ? fail(reply, broken(answer.left)) : give(reply, answer.right)
}

/** As `ask`, of something that need not be there. */
export const askFor = async <A>(
  reply: FastifyReply,
  question: Ask<A | undefined>,
  missing: [RefusalCode, string]
): Promise<FastifyReply> => {
  const answer = await question()
  if (E.isLeft(answer)) return fail(reply, broken(answer.left))
  return answer.right === undefined ? fail(reply, refused(...missing)) : give(reply, answer.right)
}

const JSON_TYPE = 'application/json; charset=utf-8'
