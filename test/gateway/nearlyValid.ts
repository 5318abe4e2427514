/**
 * Bodies that are almost right. A valid one is drawn from arbitraries that follow the codecs of domain/events/inputs.ts, and then one
 * thing is spoiled: a leaf, a key, or the text itself. Whether it still is valid is asked of the codec, not guessed.
 */
import * as fc from 'fast-check'
import { SubmitJob, inputTypes, type InputType } from '../../domain/events/inputs.ts'
import { defaultPolicy, PLACEMENTS, QUEUE_ORDERS } from '../../domain/events/policy.ts'

export interface Target {
  readonly method: 'POST' | 'PUT'
  readonly path: string
  readonly valid: fc.Arbitrary<unknown>
  readonly accepts: (body: unknown) => boolean
}

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/)
const reason = fc.string({ maxLength: 40 })
const maybe = <A>(arbitrary: fc.Arbitrary<A>) => fc.option(arbitrary, { nil: undefined })
const request = fc.record({
  gpus: fc.integer({ min: 0, max: 32 }),
  nodes: maybe(fc.integer({ min: 1, max: 64 })),
  gpuMilli: maybe(fc.integer({ min: 1, max: 1000 })),
  gpuModels: maybe(fc.array(fc.array(name, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })),
  gpuMemoryMib: maybe(fc.nat(100_000)),
  cpuMilli: maybe(fc.nat(100_000)),
  memoryMib: maybe(fc.nat(100_000)),
  labels: maybe(fc.dictionary(name, name, { maxKeys: 4, noNullPrototype: true }))
})
const submission = fc.record({
  tenant: name,
  request,
  body: fc.constantFrom('', '{"command":["true"]}', '{"command":["python","train.py"],"cwd":"/","env":{"A":"b"}}'),
  name: maybe(fc.string({ minLength: 1, maxLength: 30 })),
  priority: maybe(fc.integer({ min: -1000, max: 1000 })),
  maxRuntimeMs: maybe(fc.nat(1_000_000)),
  retries: maybe(fc.nat(10))
})
const policy = fc.record({
  placement: fc.constantFrom(...PLACEMENTS),
  order: fc.constantFrom(...QUEUE_ORDERS),
  seed: fc.nat(1000),
  leases: fc.boolean()
})

const isObject = (body: unknown): body is object => typeof body === 'object' && body !== null && !Array.isArray(body)
const isJob = (body: unknown): boolean => SubmitJob.is(body) && body.by === undefined
const isBatch = (body: unknown): boolean =>
  isObject(body) &&
  Object.keys(body).join() === 'jobs' &&
  'jobs' in body &&
  Array.isArray(body.jobs) &&
  body.jobs.length > 0 &&
  body.jobs.every(isJob)
const accepts = (type: InputType, said: object) => (body: unknown) =>
  isObject(body) &&
  !Object.keys({ ...said, by: '' }).some((key) => Object.hasOwn(body, key)) &&
  inputTypes[type].codec.is({ ...body, ...said })

export const targets: ReadonlyArray<Target> = [
  { method: 'POST', path: '/v1/jobs', valid: submission, accepts: isJob },
  {
    method: 'POST',
    path: '/v1/jobs/batch',
    valid: fc.record({ jobs: fc.array(submission, { minLength: 1, maxLength: 3 }) }),
    accepts: isBatch
  },
  { method: 'POST', path: '/v1/jobs/J0/cancel', valid: fc.record({ reason }), accepts: accepts('fastgpu.job.cancel', { job: 0 }) },
  { method: 'POST', path: '/v1/nodes/n1/cordon', valid: fc.record({ reason }), accepts: accepts('fastgpu.node.cordon', { node: 'n1' }) },
  {
    method: 'POST',
    path: '/v1/nodes/n1/drain',
    valid: fc.record({ reason, stopAtMs: maybe(fc.nat()) }),
    accepts: accepts('fastgpu.node.drain', { node: 'n1' })
  },
  {
    method: 'PUT',
    path: '/v1/policy',
    valid: policy.map((some) => ({ policy: { ...defaultPolicy, ...some } })),
    accepts: accepts('fastgpu.policy.set', {})
  },
  {
    method: 'PUT',
    path: '/v1/prices/H100',
    valid: fc.record({ microPerGpuHour: fc.nat() }),
    accepts: accepts('fastgpu.price.set', { model: 'H100' })
  }
]

/** Texts that stand where a value stood. */
const wrongTexts: ReadonlyArray<string> = [
  ...[
    'null',
    'true',
    '0',
    '-0',
    '-1',
    '1.5',
    '1e309',
    '-1e309',
    '9007199254740993',
    '2147483648',
    '99999999999999999999',
    'NaN',
    'Infinity'
  ],
  ...[
    'undefined',
    '""',
    '"x"',
    '"\\ud800"',
    '"\\u0000"',
    '"\\u202e"',
    '"__proto__"',
    '[]',
    '{}',
    '[[]]',
    '[null]',
    '{"a":1}',
    "'x'",
    '0x10',
    '01'
  ],
  ...[
    '{"__proto__":{}}',
    '{"constructor":{"prototype":{}}}',
    `"${'y'.repeat(20_000)}"`,
    `${'['.repeat(100)}${']'.repeat(100)}`,
    '\ufeff',
    '//',
    ''
  ],
  ...[`[${'0,'.repeat(5_000)}0]`, `{${Array.from({ length: 300 }, (_, n) => `"k${n}":""`).join(',')}}`]
]
const wrongKeys = ['__proto__', 'constructor', 'prototype', 'by', 'job', 'node', 'Tenant', 'x', '', '\ud800', 'toString']

const MARK = 'the value that stood here'

/** One spoiled body, as the text that is sent. */
export const spoiled = (valid: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
  fc
    .tuple(valid, fc.constantFrom('replace', 'remove', 'add', 'cut', 'insert', 'swap'), fc.nat(), fc.nat())
    .map(([body, kind, where, what]) => {
      // Left-out keys are left out, as they are on the wire.
      const text = JSON.stringify(body)
      switch (kind) {
        case 'replace':
          return marked(text, where).replace(JSON.stringify(MARK), () => wrongTexts[what % wrongTexts.length]!)
        case 'remove':
          return edited(text, where, (parent, key) => (Array.isArray(parent) ? parent.splice(Number(key), 1) : delete parent[key]))
        case 'add':
          return text.replace('{', () => `{${JSON.stringify(wrongKeys[what % wrongKeys.length])}:1,`)
        case 'cut':
          return text.slice(0, where % text.length)
        case 'insert':
          return `${text.slice(0, where % text.length)}${String.fromCharCode(what % 128)}${text.slice(where % text.length)}`
        case 'swap':
          return `${text.slice(0, where % text.length)}${String.fromCharCode(what % 128)}${text.slice((where % text.length) + 1)}`
        default: {
          const unreachable: never = kind
          return unreachable
        }
      }
    })

type Parent = Record<string, unknown> & Array<unknown>

/** The text with one of its values, counted in depth-first order, changed. */
const edited = (text: string, where: number, change: (parent: Parent, key: string) => unknown): string => {
  const root = { value: JSON.parse(text) as unknown }
  const places: Array<readonly [Parent, string]> = []
  const walk = (parent: object): void => {
    for (const [key, value] of Object.entries(parent)) {
      places.push([parent as Parent, key])
      if (typeof value === 'object' && value !== null) walk(value)
    }
  }
  walk(root)
  const [parent, key] = places[where % places.length]!
  change(parent, key)
  return JSON.stringify(root.value) ?? ''
}
const marked = (text: string, where: number): string => edited(text, where, (parent, key) => Object.assign(parent, { [key]: MARK }))
