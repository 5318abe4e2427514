/** Submissions over HTTP: what is answered, when, and that nothing is taken twice. */
import { expect, test } from 'vitest'
import { diskFull } from './memoryBackend.ts'
import { givenGateway, job } from './given.ts'

const { memory, call } = await givenGateway({ waitMsMax: 300, waitingMax: 50 })
const submit = (id: string, body: unknown = job, wait = '?wait=accepted') =>
  call({ path: `/v1/jobs${wait}`, body: JSON.stringify(body), headers: { 'idempotency-key': id } })

test('a job that is accepted is answered with its number, its position and its warnings', async () => {
  const answer = await submit('first')
  expect(answer.status).toBe(201)
  const body = JSON.parse(answer.text)
  expect(body).toMatchObject({ outcome: 'accepted', job: 'J0', number: 0, id: 'first', position: expect.any(Number) })
  expect(body.warnings).toEqual([{ code: 'NodesTooFew', message: 'there are no nodes' }])
})

test('the same id with the same job is answered again, and makes no second job', async () => {
  const first = await submit('again')
  const second = await submit('again')
  expect(second.status).toBe(201)
  expect(JSON.parse(second.text)).toEqual(JSON.parse(first.text))
})

test('the same id with another job is a conflict', async () => {
  await submit('taken')
  const answer = await submit('taken', { ...job, priority: 7 })
  expect([answer.status, answer.code]).toEqual([409, 'FG_ID_REUSED'])
})

test('a job that breaks rules is refused with all reasons', async () => {
  const answer = await submit('wrong', { ...job, request: { gpus: 0, gpuMilli: 500, gpuModels: [['H100'], ['H100']] } })
  expect(answer.status).toBe(422)
  const codes = JSON.parse(answer.text).error.reasons.map((reason: { code: string }) => reason.code)
  expect(codes).toEqual(['FG_FRACTION_WITHOUT_GPU', 'FG_GPU_DETAIL_WITHOUT_GPU', 'FG_MODEL_TWICE'])
})

test('without waiting, a job is answered as soon as it is durable', async () => {
  memory.halt()
  const answer = await submit('unwaited', job, '')
  expect(answer.status).toBe(202)
  expect(JSON.parse(answer.text)).toMatchObject({ outcome: 'durable', id: 'unwaited', source: '/pools/default/api' })
  memory.go()
})

test('a wait that takes too long ends with what is known, and the same id asks again', async () => {
  memory.halt()
  expect((await submit('slow')).status).toBe(202)
  memory.go()
  expect((await submit('slow')).status).toBe(201)
})

test('a batch is answered job by job, and a malformed job refuses the whole batch', async () => {
  const before = await memory.eventLog.end('jobs')()
  const jobs = [job, { ...job, request: { gpus: 0, gpuMilli: 1 } }, { ...job, name: 'third' }]
  const answer = await call({ path: '/v1/jobs/batch?wait=accepted', body: JSON.stringify({ jobs, ids: ['a', 'b', 'c'] }) })
  expect(answer.status).toBe(200)
  const results = JSON.parse(answer.text).results
  expect(results.map((result: { outcome: string; id: string }) => [result.id, result.outcome])).toEqual([
    ['a', 'accepted'],
    ['b', 'refused'],
    ['c', 'accepted']
  ])
  const bad = await call({ path: '/v1/jobs/batch', body: JSON.stringify({ jobs: [job, { ...job, request: { gpus: 'many' } }] }) })
  expect([bad.status, bad.code]).toEqual([400, 'FG_INPUT_MALFORMED'])
  expect(JSON.parse(bad.text).error.message).toContain('jobs.1.request.gpus')
  expect(await memory.eventLog.end('jobs')()).toEqual({ ...before, right: (before as { right: number }).right + 3 })
})

test('more than may wait is told to come again', async () => {
  memory.halt()
  const many = Array.from({ length: 51 }, () => job)
  const answer = await call({ path: '/v1/jobs/batch?wait=accepted', body: JSON.stringify({ jobs: many }) })
  expect([answer.status, answer.code, answer.headers['retry-after']]).toEqual([503, 'FG_BUSY', '1'])
  memory.go()
})

test('a store that cannot write is a fault with its code, and work goes on when it can', async () => {
  memory.breakWith(diskFull)
  const answer = await submit('full')
  expect([answer.status, answer.code, answer.headers['retry-after']]).toEqual([503, 'FG_STORE_FULL', '1'])
  expect((await call({ path: '/readyz' })).code).toBe('FG_STORE_FULL')
  expect((await call({ path: '/healthz' })).status).toBe(200)
  memory.breakWith(undefined)
  expect((await submit('full')).status).toBe(201)
})

test('orders say whether they changed anything, and what they do not know is not found', async () => {
  const cancel = (path: string) => call({ path, body: '{"reason":"no longer needed"}' })
  expect(JSON.parse((await cancel('/v1/jobs/J0/cancel')).text)).toMatchObject({ outcome: 'accepted', changed: true })
  expect(JSON.parse((await cancel('/v1/jobs/0/cancel')).text)).toMatchObject({ outcome: 'accepted', changed: false })
  expect((await cancel('/v1/jobs/J4000/cancel')).code).toBe('FG_JOB_UNKNOWN')
  expect((await cancel('/v1/nodes/nowhere/cordon')).code).toBe('FG_NODE_UNKNOWN')
  const price = await call({ method: 'PUT', path: '/v1/prices/H100%20NVL', body: '{"microPerGpuHour":2500000}' })
  expect([price.status, JSON.parse(price.text).changed]).toEqual([200, true])
  const policy = JSON.parse((await call({ path: '/v1/policy' })).text)
  const set = await call({ method: 'PUT', path: '/v1/policy', body: JSON.stringify({ policy: { ...policy, placement: 'pack' } }) })
  expect(set.status).toBe(200)
  expect(JSON.parse((await call({ path: '/v1/policy' })).text).placement).toBe('pack')
})

test('who asks is said by the server, and what the path says is not said twice', async () => {
  expect((await submit('spoofed', { ...job, by: 'root' })).status).toBe(400)
  expect((await call({ path: '/v1/jobs/J0/cancel', body: '{"reason":"","job":1}' })).status).toBe(400)
  expect(JSON.parse((await call({ path: '/v1/jobs/J0' })).text).by).toBe('api')
})
