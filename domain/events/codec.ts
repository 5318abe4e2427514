/**
 * The few codecs that all stored shapes are made of. They are stricter than io-ts's own: a number is a safe integer in a range, a
 * text has a longest length, and a record with an unknown key is refused, since a key that is silently dropped is a wish not heard.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { GpuNo, JobNo, LabelNo, ModelNo, NodeNo, ShapeNo, TenantNo } from '../kernel/ids.ts'

/** The largest time, in ms since 1970, that anything here may carry (year 3000). */
export const TIME_MS_MAX = 32_503_680_000_000

export const integer = (min: number, max: number, name = `an integer from ${min} to ${max}`): t.Type<number> =>
  new t.Type<number>(
    name,
    (value): value is number =>
      Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max && !Object.is(value, -0),
    (value, context) =>
      Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max && !Object.is(value, -0)
        ? t.success(value as number)
        : t.failure(value, context),
    t.identity
  )

/** A dense number, in the brand that its field has. */
const dense = <N extends number>(name: string): t.Type<N, N, unknown> => integer(0, 2 ** 31 - 1, name) as unknown as t.Type<N, N, unknown>
export const JobNumber = dense<JobNo>('a job number')
export const NodeNumber = dense<NodeNo>('a node number')
export const GpuNumber = dense<GpuNo>('a GPU number')
export const TenantNumber = dense<TenantNo>('a tenant number')
export const ModelNumber = dense<ModelNo>('a GPU model number')
export const LabelNumber = dense<LabelNo>('a label number')
export const ShapeNumber = dense<ShapeNo>('a shape number')

export const count = integer(0, Number.MAX_SAFE_INTEGER, 'a count')
export const timeMs = integer(0, TIME_MS_MAX, 'a time in ms since 1970')

export const text = (charsMin: number, charsMax: number): t.Type<string> => {
  // A text with a lone surrogate is refused: UTF-8 cannot carry it.
  const fits = (value: unknown): value is string =>
    typeof value === 'string' && value.length >= charsMin && value.length <= charsMax && value.isWellFormed()
  return new t.Type<string>(
    `a text of ${charsMin} to ${charsMax} characters`,
    fits,
    (value, context) => (fits(value) ? t.success(value) : t.failure(value, context)),
    t.identity
  )
}

export const pattern = (expression: RegExp, name: string): t.Type<string> => {
  const fits = (value: unknown): value is string => typeof value === 'string' && expression.test(value)
  return new t.Type<string>(name, fits, (value, context) => (fits(value) ? t.success(value) : t.failure(value, context)), t.identity)
}

/** Hexadecimal text of a fixed number of bytes. */
export const hex = (bytes: number): t.Type<string> => pattern(new RegExp(`^[0-9a-f]{${bytes * 2}}$`), `${bytes} bytes in hexadecimal`)

/** An array with a bound, which is checked before its items are. */
export const list = <C extends t.Mixed>(item: C, itemsMin: number, itemsMax: number): t.Type<ReadonlyArray<t.TypeOf<C>>> => {
  const all = t.readonlyArray(item)
  const fits = (value: unknown): boolean => Array.isArray(value) && value.length >= itemsMin && value.length <= itemsMax
  const name = `a list of ${itemsMin} to ${itemsMax}`
  const codec = new t.Type<ReadonlyArray<t.TypeOf<C>>>(
    name,
    (value): value is ReadonlyArray<t.TypeOf<C>> => fits(value) && all.is(value),
    (value, context) => (fits(value) ? all.validate(value, context) : t.failure(value, context, `expected ${name}`)),
    t.identity
  )
  return Object.assign(codec, { item })
}

/** Texts by name, with a bound on how many, which is checked before any of them is. */
export const entries = (key: t.Type<string>, value: t.Type<string>, entriesMax: number): t.Type<Readonly<Record<string, string>>> => {
  const name = `at most ${entriesMax} entries`
  const validate = (given: unknown, context: t.Context): t.Validation<Readonly<Record<string, string>>> => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return t.failure(given, context, 'expected an object')
    const pairs = Object.entries(given)
    if (pairs.length > entriesMax) return t.failure(given, context, `expected ${name}, got ${pairs.length}`)
    const errors: Array<t.ValidationError> = []
    for (const [word, said] of pairs) {
      if (!key.is(word)) errors.push({ value: word, context: t.appendContext(context, word, key) })
      if (!value.is(said)) errors.push({ value: said, context: t.appendContext(context, word, value) })
      if (errors.length > ERRORS_MAX) break
    }
    return errors.length > 0 ? t.failures(errors) : t.success(Object.fromEntries(pairs))
  }
  const codec = new t.Type<Readonly<Record<string, string>>>(
    name,
    (given): given is Readonly<Record<string, string>> => E.isRight(validate(given, [])),
    validate,
    t.identity
  )
  return Object.assign(codec, { entry: [key, value] })
}

export const oneOf = <const Words extends ReadonlyArray<string>>(...words: Words): t.Type<Words[number]> => {
  const fits = (value: unknown): value is Words[number] => typeof value === 'string' && words.includes(value)
  return new t.Type<Words[number]>(
    `one of ${words.join(', ')}`,
    fits,
    (value, context) => (fits(value) ? t.success(value) : t.failure(value, context)),
    t.identity
  )
}

type Needed<P extends t.Props> = { readonly [K in keyof P]: t.TypeOf<P[K]> }
type Wished<P extends t.Props> = { readonly [K in keyof P]?: t.TypeOf<P[K]> }
type Exactly<P extends t.Props, Q extends t.Props> = Needed<P> & Wished<Q>

/** A record with exactly the named keys: those of `needed` all there, those of `wished` there or not, and nothing else. */
export const exactly = <P extends t.Props, Q extends t.Props = Record<never, never>>(needed: P, wished?: Q): t.Type<Exactly<P, Q>> => {
  const fields = new Map<string, Field>()
  for (const [key, codec] of Object.entries(needed)) fields.set(key, { codec, needed: true })
  for (const [key, codec] of Object.entries(wished ?? {})) fields.set(key, { codec, needed: false })
  const validate = (value: unknown, context: t.Context): t.Validation<Exactly<P, Q>> => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return t.failure(value, context, 'expected an object')
    const errors: Array<t.ValidationError> = []
    const given = value as Record<string, unknown>
    for (const key of Object.keys(given))
      if (!fields.has(key))
        errors.push({
          value: given[key],
          context: t.appendContext(context, key, t.never),
          message: `unknown key; known are ${[...fields.keys()].join(', ')}`
        })
    for (const [key, field] of fields) {
      const there = Object.hasOwn(given, key)
      if (!there && !field.needed) continue
      const result = field.codec.validate(there ? given[key] : undefined, t.appendContext(context, key, field.codec))
      if (E.isLeft(result)) errors.push(...result.left.slice(0, ERRORS_MAX))
    }
    return errors.length > 0 ? t.failures(errors) : t.success(value as Exactly<P, Q>)
  }
  const codec = new t.Type<Exactly<P, Q>>(
    'a record',
    (value): value is Exactly<P, Q> => E.isRight(validate(value, [])),
    validate,
    t.identity
  )
  return Object.assign(codec, { fields })
}

export interface Field {
  readonly codec: t.Mixed
  readonly needed: boolean
}

/** The fields of a record, in their order, or undefined for what is none: the documentation is made from them. */
export const fieldsOf = (codec: t.Mixed): ReadonlyMap<string, Field> | undefined =>
  'fields' in codec && codec.fields instanceof Map ? codec.fields : undefined

/** What a list is a list of. */
export const itemOf = (codec: t.Mixed): t.Mixed | undefined =>
  'item' in codec && codec.item instanceof t.Type ? (codec.item as t.Mixed) : undefined

/** What the names and the texts of `entries` are. */
export const entryOf = (codec: t.Mixed): ReadonlyArray<t.Mixed> | undefined =>
  'entry' in codec && Array.isArray(codec.entry) ? codec.entry : undefined

/** More errors than this help nobody, and a hostile body could make 200,000. */
export const ERRORS_MAX = 20

/** What was wrong, one short sentence an error: `request.gpus: expected an integer from 0 to 32, got "many"`. */
export const sayErrors = (errors: t.Errors): ReadonlyArray<string> =>
  errors.slice(0, ERRORS_MAX).map((error) => sayError(error).toWellFormed())

const sayError = (error: t.ValidationError): string => {
  const path = error.context
    .map((entry) => entry.key)
    .filter((key) => key !== '')
    .join('.')
    .slice(0, 200)
  const wanted = error.message ?? `expected ${error.context.at(-1)?.type.name ?? 'something else'}`
  return `${path === '' ? 'value' : path}: ${wanted.slice(0, 300)}${error.message === undefined ? `, got ${sayValue(error.value)}` : ''}`
}

const sayValue = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  if (typeof value === 'string') return `"${value.slice(0, 40)}"`
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value)
  return Array.isArray(value) ? `a list of ${value.length}` : 'an object'
}
