/** `submit --wait` and `--follow`, `logs` and `watch`, against a server that plays a recorded life of a job, and breaks connections. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { shell, stateOf, type Ran, type RunOptions } from './fastgpu.ts'

type Event = readonly [type: string, data: Readonly<Record<string, unknown>>]

interface Life {
  readonly events: ReadonlyArray<Event>
  readonly stdout?: string
  readonly stderr?: string
  /** Each answer of a log or of the feed is cut off after so many bytes, as often as this says. */
  readonly cuts?: number
  /** Whether the feed stays silent and open behind the last event. */
  readonly goesOn?: boolean
}

const FIRST = 10
const CUT_BYTES = 4
const servers: Array<Server> = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

const playing = (life: Life): Promise<string> => {
  let cuts = life.cuts ?? 0
  const streamed = (response: ServerResponse, text: string, ends: boolean): void => {
    if (cuts > 0 && text.length > CUT_BYTES) {
      cuts--
      response.write(text.slice(0, CUT_BYTES), () => setTimeout(() => response.destroy(), 20))
    } else if (ends) response.end(text)
    else response.write(text)
  }
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://localhost')
    const json = (status: number, body: unknown): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.method === 'POST') json(201, { outcome: 'accepted', job: 'J1', number: 1, position: FIRST, id: 'x', warnings: [] })
    else if (url.pathname === '/v1/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const from = Number(url.searchParams.get('from') ?? FIRST)
      streamed(
        response,
        life.events
          .map((event, index) => messageOf(event, FIRST + index))
          .slice(from - FIRST)
          .join(''),
        life.goesOn !== true
      )
    } else if (url.pathname.endsWith('/logs'))
      streamed(response.writeHead(200), life[url.searchParams.get('stream') === 'stderr' ? 'stderr' : 'stdout'] ?? '', true)
    else if (url.pathname === '/v1/status') json(200, { head: { events: FIRST + life.events.length } })
    else if (url.pathname === '/v1/jobs/J1') json(200, { job: 'J1', number: 1, attempt: 0, endedMs: null, position: FIRST })
    else json(404, { error: { code: 'FG_NOT_FOUND', message: 'nothing here', next: '' } })
  })
  servers.push(server)
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  )
}

const messageOf = ([type, data]: Event, position: number): string => {
  const event = {
    specversion: '1.0',
    id: String(position),
    source: '/pools/default',
    type: `fastgpu.${type}`,
    time: '2026-03-01T12:00:00.000Z',
    datacontenttype: 'application/json',
    data
  }
  return `id: ${position}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}

const submitted: Event = ['JobSubmitted', { job: 1, name: '', tenantName: 'ann' }]
const started = (attempt: number): ReadonlyArray<Event> => [
  ['JobAllocated', { job: 1, attempt, tasks: [{ node: 0, nodeName: 'n1', gpus: [0] }] }],
  ['RunStarted', { job: 1, attempt, member: 0, startedMs: 0 }]
]
const finished = (attempt: number, exit: string, code: number): Event => [
  'RunFinished',
  { job: 1, attempt, member: 0, exit, code, endedMs: 0 }
]
const ended = (outcome: string): Event => ['JobEnded', { job: 1, outcome }]
const life = (exit: string, code: number, outcome: string): ReadonlyArray<Event> => [
  submitted,
  ...started(1),
  ['JobEnded', { job: 2, outcome: 'failed' }],
  finished(1, exit, code),
  ended(outcome)
]

const run = async (line: string, played: Life, options: RunOptions = {}): Promise<Ran> =>
  shell(line, { ...options, env: { FASTGPU_STATE: stateOf(await playing(played), 'token') } })

describe('waiting for a job', () => {
  it.each([
    ['exited', 0, 'succeeded', 0],
    ['exited', 3, 'failed', 3],
    ['signalled', 9, 'failed', 137],
    ['launchFailed', 0, 'failed', 127],
    ['lost', 0, 'failed', 1],
    ['signalled', 15, 'timedOut', 124],
    ['signalled', 15, 'cancelled', 143]
  ])('%s %i, %s: the exit code is %i', async (exit, code, outcome, answer) => {
    expect((await run('fastgpu submit --wait -- x', { events: life(exit, code, outcome) })).code).toBe(answer)
  })
  it('a job that is cancelled before it ran counts as failed', async () => {
    const ran = await run('fastgpu submit --wait -q -o id -- x', { events: [submitted, ended('cancelled')] })
    expect(ran).toEqual({ stdout: 'J1\n', stderr: '', code: 1 })
  })
  it('prints one JSON document', async () => {
    const ran = await run('fastgpu submit --wait --json -- x', { events: life('exited', 3, 'failed') })
    expect(JSON.parse(ran.stdout)).toMatchObject({ job: 'J1', ending: { outcome: 'failed', exit: 'exited', code: 3 } })
  })
})

describe('following a job', () => {
  const output = { stdout: 'line one\nline two\n', stderr: 'a warning\n' }

  it("hands on the job's two outputs as its own, and its exit code", async () => {
    const ran = await run('fastgpu submit --follow -q -- x', { events: life('exited', 3, 'failed'), ...output })
    expect(ran).toEqual({ ...output, code: 3 })
  })
  it('goes on where connections broke, in the feed and in the middle of a log', async () => {
    const ran = await run('fastgpu submit --follow -q -- x', { events: life('exited', 0, 'succeeded'), ...output, cuts: 5 })
    expect(ran).toEqual({ ...output, code: 0 })
  })
  it('follows the next attempt after one that failed, whose failure no longer counts', async () => {
    const events = [
      submitted,
      ...started(1),
      finished(1, 'exited', 5),
      ['JobRequeued', { job: 1, attempt: 1, reason: 'failed' }] as Event,
      ...started(2),
      finished(2, 'exited', 0),
      ended('succeeded')
    ]
    const ran = await run('fastgpu submit --follow -q -- x', { events, ...output })
    expect(ran).toEqual({ stdout: output.stdout.repeat(2), stderr: output.stderr.repeat(2), code: 0 })
  })
  it('is ended by Ctrl-C without an end for the job, and says how to come back', async () => {
    const during: NonNullable<RunOptions['during']> = (child) => child.stdout?.once('data', () => child.kill('SIGINT'))
    const ran = await run('exec fastgpu submit --follow -- x', { events: [submitted, ...started(1)], ...output, goesOn: true }, { during })
    expect(ran.code).toBe(130)
    expect(ran.stderr).toContain('Detached; J1 goes on. Its output: fastgpu logs -f J1.')
  })
})

describe('logs', () => {
  it('of a job that waits come when it has started', async () => {
    const ran = await run('fastgpu logs -f J1', { events: life('exited', 0, 'succeeded'), stdout: 'hello\n' })
    expect(ran.stdout).toBe('hello\n')
    expect(ran.stderr).toContain('J1 waits')
    expect(ran.code).toBe(0)
  })
})

describe('watching', () => {
  it('prints one event a line, or one JSON object a line, up to what is there', async () => {
    const played = { events: life('exited', 0, 'succeeded') }
    const text = await run(`fastgpu watch --from ${FIRST} --no-follow`, played)
    expect(text.stdout.split('\n')).toHaveLength(7)
    expect(text.stdout).toContain('     11  2026-03-01T12:00:00.000Z  J1 attempt 1 got G0 on n1\n')
    const json = await run(`fastgpu watch --from ${FIRST} --no-follow --json --job J1`, played)
    expect(
      json.stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { position: number }).position)
    ).toEqual([10, 11, 12, 14, 15])
  })
  it('has no gap and no repetition after lost connections', async () => {
    const whole = await run(`fastgpu watch --from ${FIRST} --no-follow`, { events: life('exited', 0, 'succeeded') })
    const broken = await run(`fastgpu watch --from ${FIRST} --no-follow -q`, { events: life('exited', 0, 'succeeded'), cuts: 3 })
    expect(broken).toEqual(whole)
  })
  it('begins and stops where it is told', async () => {
    const ran = await run('fastgpu watch --from 12 --count 1', { events: life('exited', 0, 'succeeded') })
    expect(ran.stdout).toBe('     12  2026-03-01T12:00:00.000Z  J1 attempt 1 member 0 started\n')
  })
})
