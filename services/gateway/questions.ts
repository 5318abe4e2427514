/** The routes that only ask: jobs, nodes, queue, usage, bill, forecast, policy, status. */
import * as E from 'fp-ts/lib/Either.js'
import type { FastifyInstance } from 'fastify'
import { BILL_KEYS, JOB_STATES, USAGE_KEYS, type JobPage } from '../../sdk/typescript/types.ts'
import { TIME_MS_MAX } from '../../domain/events/codec.ts'
import { ask, askFor, fail, give } from './answer.ts'
import type { Backend } from './backend.ts'
import { broken } from './failure.ts'
import { pathOf } from './orders.ts'
import { flag, jobNumber, matching, numeral, readPart, readQuery, word } from './query.ts'

const PAGE_MAX = 500
const PAGE_DEFAULT = 100
const FORECAST_HOURS_MAX = 7 * 24
const FORECAST_HOURS_DEFAULT = 24

const nameText = matching(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/, 'a name')
const anyText = matching(/^[^\p{C}]{1,128}$/u, 'a text of 1 to 128 characters')
const time = numeral(0, TIME_MS_MAX)
const span = { since: time, until: time }
const jobsQuery = { state: word(JOB_STATES), tenant: nameText, name: anyText, limit: numeral(1, PAGE_MAX), after: jobNumber }

export const serveQuestions = (app: FastifyInstance, backend: Backend): void => {
  app.get('/v1/jobs', async (request, reply) => {
    const wanted = readQuery(request.query, jobsQuery)
    if (E.isLeft(wanted)) return fail(reply, wanted.left)
    const limit = wanted.right.limit ?? PAGE_DEFAULT
    const found = await backend.jobs({ ...wanted.right, limit })()
    if (E.isLeft(found)) return fail(reply, broken(found.left))
    const jobs = found.right
    return give(reply, { jobs, next: jobs.length < limit ? null : (jobs.at(-1)?.job ?? null) } satisfies JobPage)
  })
  app.get('/v1/jobs/:job', async (request, reply) => {
    const job = readPart('job', pathOf(request).job ?? '', jobNumber)
    return E.isLeft(job)
      ? fail(reply, job.left)
      : askFor(reply, backend.job(job.right), ['FG_JOB_UNKNOWN', `there is no job J${job.right}`])
  })
  app.get('/v1/jobs/:job/explain', async (request, reply) => {
    const job = readPart('job', pathOf(request).job ?? '', jobNumber)
    if (E.isLeft(job)) return fail(reply, job.left)
    const known = await backend.job(job.right)()
    const isKnown = E.isRight(known) && known.right !== undefined
    const missing = isKnown ? `job J${job.right} ended long ago, and is not explained any more` : `there is no job J${job.right}`
    return askFor(reply, backend.explain(job.right), ['FG_JOB_UNKNOWN', missing])
  })
  app.get('/v1/nodes', async (_request, reply) => {
    const nodes = await backend.nodes()()
    return E.isLeft(nodes) ? fail(reply, broken(nodes.left)) : give(reply, { nodes: nodes.right })
  })
  app.get('/v1/nodes/:node', async (request, reply) => {
    const node = readPart('node', pathOf(request).node ?? '', nameText)
    return E.isLeft(node)
      ? fail(reply, node.left)
      : askFor(reply, backend.node(node.right), ['FG_NODE_UNKNOWN', `there is no node "${node.right}"`])
  })
  app.get('/v1/queue', (_request, reply) => ask(reply, backend.queue()))
  app.get('/v1/policy', (_request, reply) => ask(reply, backend.policy()))
  app.get('/v1/status', (_request, reply) => ask(reply, backend.status()))
  serveReports(app, backend)
}

/** The figures of a span of time. */
const serveReports = (app: FastifyInstance, backend: Backend): void => {
  app.get('/v1/usage', (request, reply) => {
    const wanted = readQuery(request.query, { by: word(USAGE_KEYS), ...span })
    if (E.isLeft(wanted)) return fail(reply, wanted.left)
    const { by = 'tenant', since, until } = wanted.right
    return ask(reply, backend.usage(by, spanOf(since, until)))
  })
  app.get('/v1/bill', (request, reply) => {
    const wanted = readQuery(request.query, { by: word(BILL_KEYS), hourly: flag, ...span })
    if (E.isLeft(wanted)) return fail(reply, wanted.left)
    const { since, until, ...more } = wanted.right
    return ask(reply, backend.bill({ ...more, ...spanOf(since, until) }))
  })
  app.get('/v1/forecast', async (request, reply) => {
    const wanted = readQuery(request.query, { model: nameText, hours: numeral(1, FORECAST_HOURS_MAX) })
    if (E.isLeft(wanted)) return fail(reply, wanted.left)
    const { model, hours = FORECAST_HOURS_DEFAULT } = wanted.right
    const forecasts = await backend.forecast(model, hours)()
    return E.isLeft(forecasts) ? fail(reply, broken(forecasts.left)) : give(reply, { forecasts: forecasts.right })
  })
}

const spanOf = (sinceMs: number | undefined, untilMs: number | undefined) => ({
  ...(sinceMs === undefined ? {} : { sinceMs }),
  ...(untilMs === undefined ? {} : { untilMs })
})
