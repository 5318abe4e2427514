/** Every route against what a stranger, a broken client or a web page may send: a clear no with its code, and nothing changed. */
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { givenGateway, job, TOKEN, type Answer, type Call } from './given.ts'

const { memory, gateway, call } = await givenGateway()
const hurried = await givenGateway({ receiveMsMax: 300 })

/** Each route with a call that it would take. */
const routes: ReadonlyArray<Call> = [
  { path: '/v1/jobs', body: JSON.stringify(job) },
  { path: '/v1/jobs/batch', body: JSON.stringify({ jobs: [job] }) },
  { path: '/v1/jobs/J0/cancel', body: '{"reason":"x"}' },
  { path: '/v1/nodes/n1/cordon', body: '{"reason":"x"}' },
  { path: '/v1/nodes/n1/uncordon', body: '{"reason":"x"}' },
  { path: '/v1/nodes/n1/drain', body: '{"reason":"x"}' },
  { method: 'PUT', path: '/v1/policy', body: '{"policy":{}}' },
  { method: 'PUT', path: '/v1/prices/H100', body: '{"microPerGpuHour":1}' },
  ...[
    'jobs',
    'jobs/J0',
    'jobs/J0/explain',
    'jobs/J0/logs',
    'nodes',
    'nodes/n1',
    'queue',
    'usage',
    'bill',
    'forecast',
    'policy',
    'status',
    'events'
  ].map((name) => ({ path: `/v1/${name}` })),
  { path: '/readyz' }
]
const writing = routes.filter((route) => route.body !== undefined)

const inputs = async (): Promise<ReadonlyArray<unknown>> =>
  Promise.all((['jobs', 'orders', 'heartbeats'] as const).map((stream) => memory.eventLog.end(stream)()))

/** Calls, and expects the status and the code, a small answer, and streams that are as they were. */
const refuses = async (calls: ReadonlyArray<Call>, status: number, code: string): Promise<void> => {
  const before = await inputs()
  for (const one of calls) {
    const answer = await call(one)
    expect([`${one.method ?? ''} ${one.path}`, answer.status, answer.code]).toEqual([`${one.method ?? ''} ${one.path}`, status, code])
    modest(answer)
  }
  expect(await inputs()).toEqual(before)
}

const modest = (answer: Answer): void => {
  expect(Buffer.byteLength(answer.text)).toBeLessThanOrEqual(1_024)
  expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  expect(answer.text).not.toContain(TOKEN)
}
const withHeaders = (headers: Call['headers']) => routes.map((route) => ({ ...route, headers: { ...headers } }))

test('no token, another token, or another scheme', async () => {
  for (const authorization of [undefined, '', 'Bearer', 'Bearer ', 'Bearer wrong', `Basic ${TOKEN}`, TOKEN, `Bearer ${TOKEN}x`])
    await refuses(withHeaders({ authorization }), 401, 'FG_UNAUTHORIZED')
})

test('another host, which is how DNS rebinding looks', async () => {
  const { port } = gateway
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    '127.0.0.1',
    `127.0.0.1:${port + 1}`,
    `localhost.evil.example:${port}`,
    `0.0.0.0:${port}`
  ])
    await refuses(withHeaders({ host }), 403, 'FG_HOST_FORBIDDEN')
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`])
    expect((await call({ path: '/v1/status', headers: { host } })).status).toBe(200)
})

test('another origin, also where the token is right', async () => {
  for (const origin of ['http://evil.example', 'null', `https://127.0.0.1:${gateway.port}`, 'http://localhost'])
    await refuses(withHeaders({ origin }), 403, 'FG_ORIGIN_FORBIDDEN')
})

test('a body that is not declared as JSON', async () => {
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/jsonp'
  ])
    await refuses(
      writing.map((route) => ({ ...route, headers: { 'content-type': type } })),
      415,
      'FG_CONTENT_TYPE'
    )
})

test('a method that the route does not have', async () => {
  for (const method of ['DELETE', 'PATCH', 'OPTIONS'])
    await refuses(
      routes.map(({ path }) => ({ path, method })),
      404,
      'FG_NOT_FOUND'
    )
  await refuses([{ path: '/' }, { path: '/v2/jobs' }, { path: '/v1/../etc/passwd' }], 404, 'FG_NOT_FOUND')
})

test('a body that is too large, and one that is cut off', async () => {
  const large = `{"tenant":"${'x'.repeat(10_000_000)}"}`
  const answers = await Promise.all(writing.map((route) => call({ ...route, body: large }).catch((error: Error) => error)))
  // The server may close the connection while it is still sent to, which the client may see before the answer.
  for (const answer of answers) if (!(answer instanceof Error)) expect([answer.status, answer.code]).toEqual([413, 'FG_BODY_TOO_LARGE'])
  await refuses(
    writing.map((route) => ({ ...route, body: route.body!.slice(0, -1) })),
    400,
    'FG_INPUT_MALFORMED'
  )
})

const values: Record<string, string> = {
  nothing: '',
  'white space': ' \n',
  'a byte order mark': '\ufeff{}',
  'binary junk': '\u0000\u0001\u0002\u007f',
  'a bare NaN': '{"request":NaN}',
  'no object': '[]',
  null: 'null',
  'a text': '"job"',
  'depth 10,000': '['.repeat(10_000) + ']'.repeat(10_000),
  'depth 30,000 of objects': '{"a":'.repeat(10_000),
  'a key that reaches the prototype': '{"__proto__":{"by":"root"}}',
  'the same deep inside': '{"tenant":"ml","request":{"gpus":1,"labels":{"constructor":"x"}},"body":""}',
  'a key twice': '{"tenant":"ml","tenant":"other","request":{"gpus":1},"body":""}',
  'a key twice by an escape': '{"tenant":"ml","ten\\u0061nt":"other","request":{"gpus":1},"body":""}',
  'an unknown key': '{"tenant":"ml","request":{"gpus":1},"body":"","admin":true}',
  'a lone surrogate': '{"tenant":"ml","request":{"gpus":1},"body":"\\ud800"}',
  'a lone surrogate in a key': '{"\\udfff":1}',
  'many labels': `{"tenant":"ml","request":{"gpus":1,"labels":{${Array.from({ length: 4_000 }, (_, n) => `"k${n}":1`).join(',')}}},"body":""}`,
  'a huge list': `{"tenant":"ml","request":{"gpus":1,"gpuModels":[${'[0],'.repeat(15_000)}[0]]},"body":""}`
}
const gpus = ['1e309', '-1', '-0', '0.5', '9007199254740993', '1e15', '33', '"1"', 'null', 'true', '[1]', '{}', '""']
for (const number of gpus) values[`gpus is ${number}`] = `{"tenant":"ml","request":{"gpus":${number}},"body":""}`

test.for(Object.entries(values))('a body that is %s', async ([, body]) => {
  const batches = [`{"jobs":[${body}]}`, `{"jobs":${body}}`].map((batch) => ({ path: '/v1/jobs/batch', body: batch }))
  await refuses([...writing.map((route) => ({ ...route, body })), ...batches], 400, 'FG_INPUT_MALFORMED')
})

test('bytes that are not UTF-8', async () => {
  await refuses(
    writing.map((route) => ({ ...route, body: Buffer.from([0x22, 0xff, 0xfe, 0x22]) })),
    400,
    'FG_INPUT_MALFORMED'
  )
})

test('a count that overflows in a product is refused by its sum', async () => {
  const answer = await call({ path: '/v1/jobs?wait=accepted', body: JSON.stringify({ ...job, request: { gpus: 32, nodes: 8_192 } }) })
  expect([answer.status, answer.code]).toEqual([422, 'FG_GANG_TOO_LARGE'])
})

test('a batch that is empty, too long, or has ids that do not fit', async () => {
  const bodies = [
    { jobs: [] },
    { jobs: Array.from({ length: 1_001 }, () => job) },
    { jobs: [job, job], ids: ['a'] },
    { jobs: [job, job], ids: ['a', 'a'] },
    { jobs: [job], ids: ['with space'] },
    { jobs: [job], ids: [''] }
  ]
  await refuses(
    bodies.map((body) => ({ path: '/v1/jobs/batch', body: JSON.stringify(body) })),
    400,
    'FG_INPUT_MALFORMED'
  )
})

test('parts of paths, parameters and headers that are none', async () => {
  const paths = ['J-1', 'J1.5', '1e3', 'J99999999999', 'J01', 'x', '%00', '..%2f..%2fetc', '__proto__'].flatMap((part) => [
    `/v1/jobs/${part}`,
    `/v1/jobs/${part}/explain`,
    `/v1/jobs/${part}/logs`
  ])
  const queries = [
    'jobs?limit=0',
    'jobs?limit=501',
    'jobs?limit=1&limit=2',
    'jobs?state=done',
    'jobs?nope=1',
    'jobs?__proto__=1',
    'usage?by=user'
  ]
  const more = [
    'usage?since=-1',
    'bill?until=1e9',
    'forecast?hours=169',
    'events?from=-1',
    'events?from=1.5',
    'events?types=Nope',
    'jobs/J0/logs?tail=x'
  ]
  await refuses(
    [...paths, ...[...queries, ...more].map((query) => `/v1/${query}`), '/v1/nodes/%ff'].map((path) => ({ path })),
    400,
    'FG_INPUT_MALFORMED'
  )
  const keys = ['', 'x'.repeat(129), 'with space', 'caf\u00e9']
  await refuses(
    keys.map((key) => ({ ...routes[0]!, headers: { 'idempotency-key': key } })),
    400,
    'FG_INPUT_MALFORMED'
  )
  await refuses([{ path: '/v1/jobs?wait=forever', body: JSON.stringify(job) }], 400, 'FG_INPUT_MALFORMED')
})

/** What comes back over a bare socket until it is closed. */
const raw = (bytes: string, port = gateway.port): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let seen = ''
    socket.on('data', (chunk) => (seen += chunk.toString()))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(seen))
    socket.write(bytes)
  })
const head = `Host: 127.0.0.1:${gateway.port}\r\nAuthorization: Bearer ${TOKEN}\r\n`

test('what is not HTTP, or never ends', async () => {
  expect(await raw('\u0016\u0003\u0001 hello\r\n\r\n')).toContain('FG_INPUT_MALFORMED')
  expect(await raw(`GET /v1/status HTTP/1.1\r\n${head}X: ${'x'.repeat(20_000)}\r\n\r\n`)).toContain('FG_BODY_TOO_LARGE')
  expect(await raw(`GET /v1/status HTTP/1.1\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 40/)
  const smuggled = `POST /v1/jobs HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`
  expect(await raw(smuggled)).toMatch(/^HTTP\/1\.1 400/)
})

test('a request that is never finished is given up', async () => {
  const { port } = hurried.gateway
  const begun = `POST /v1/jobs HTTP/1.1\r\n${head.replace(String(gateway.port), String(port))}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"tenant"`
  expect(await raw(begun, port)).toContain('FG_REQUEST_TIMEOUT')
})

test('after all of this the gateway takes a job', async () => {
  expect((await call({ path: '/v1/jobs?wait=accepted', body: JSON.stringify(job) })).status).toBe(201)
})
