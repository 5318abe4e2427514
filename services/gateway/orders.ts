/** The routes that change something which is there: cancel a job, cordon or drain a node, set the policy or a price. */
import * as E from 'fp-ts/lib/Either.js'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sayErrors } from '../../domain/events/codec.ts'
import { inputTypes, type InputType } from '../../domain/events/inputs.ts'
import type { Durable, Ordered } from '../../sdk/typescript/types.ts'
import { fail, give } from './answer.ts'
import { failureOf, malformed, type Failure } from './failure.ts'
import { jobNumber, readPart, readQuery } from './query.ts'
import { idOf } from './submissions.ts'
import type { Wishes } from './wishes.ts'

export interface Orders {
  readonly wishes: Wishes
  readonly by: string
}

/** What the path says of the input's data. */
type Said = Readonly<Record<string, unknown>>
type Path = Readonly<Record<string, string>>

export const serveOrders = (app: FastifyInstance, { wishes, by }: Orders): void => {
  const order =
    (type: InputType, said: (path: Path) => E.Either<Failure, Said>) => async (request: FastifyRequest, reply: FastifyReply) => {
      const none = readQuery(request.query, {})
      if (E.isLeft(none)) return fail(reply, none.left)
      const id = idOf(request)
      if (E.isLeft(id)) return fail(reply, id.left)
      const path = said(pathOf(request))
      if (E.isLeft(path)) return fail(reply, path.left)
      const data = decodeOrder(type, request.body, { ...path.right, by })
      if (E.isLeft(data)) return fail(reply, malformed(data.left))
      const granted = await wishes.send(inputTypes[type].stream, type, [{ id: id.right, data: data.right }], true)
      if (E.isLeft(granted)) return fail(reply, granted.left)
      const { position, outcome } = granted.right[0]!
      if (outcome?.type === 'Refused') return fail(reply, failureOf(outcome.reasons))
      if (outcome?.type === 'OrderTaken')
        return give(reply, { outcome: 'accepted', id: id.right, position: outcome.position, changed: outcome.changed } satisfies Ordered)
      return give(reply, { outcome: 'durable', id: id.right, source: wishes.source, position } satisfies Durable, 202)
    }
  const ofJob = (path: Path): E.Either<Failure, Said> => {
    const job = readPart('job', path.job ?? '', jobNumber)
    return E.isLeft(job) ? job : E.right({ job: job.right })
  }
  const ofNode = (path: Path): E.Either<Failure, Said> => E.right({ node: path.node })

  app.post('/v1/jobs/:job/cancel', order('fastgpu.job.cancel', ofJob))
  app.post('/v1/nodes/:node/cordon', order('fastgpu.node.cordon', ofNode))
  app.post('/v1/nodes/:node/uncordon', order('fastgpu.node.uncordon', ofNode))
  app.post('/v1/nodes/:node/drain', order('fastgpu.node.drain', ofNode))
  app.put(
    '/v1/policy',
    order('fastgpu.policy.set', () => E.right({}))
  )
  app.put(
    '/v1/prices/:model',
    order('fastgpu.price.set', ({ model }) => E.right({ model }))
  )
}

/** fastify's parts of a path are texts. */
export const pathOf = (request: FastifyRequest): Path => request.params as Path

/** The body with what the path says and who asks, decoded by the codec of the input; a body that says these itself is refused. */
const decodeOrder = (type: InputType, body: unknown, said: Said): E.Either<ReadonlyArray<string>, unknown> => {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return E.left(['value: expected an object'])
  const twice = Object.keys(said).filter((key) => Object.hasOwn(body, key))
  if (twice.length > 0) return E.left(twice.map((key) => `${key}: the ${key === 'by' ? 'server' : 'path'} says it itself`))
  const decoded = inputTypes[type].codec.decode({ ...body, ...said })
  return E.isLeft(decoded) ? E.left(sayErrors(decoded.left)) : decoded
}
