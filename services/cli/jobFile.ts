/** `submit -f job.yaml`: one job, with a field for each flag of `submit`, named like the flag. */
import { parseDocument } from 'yaml'
import { closest } from './closest.ts'
import { misused } from './quit.ts'
import type { JobFlags } from './request.ts'

/** More than any job needs, and little enough to read at once. */
const FILE_CHARS_MAX = 262_144

type Field = (value: unknown, name: string) => Partial<JobFlags>

const fields: Readonly<Record<string, Field>> = {
  tenant: (value, name) => ({ tenant: wordOf(value, name) }),
  gpus: (value, name) => ({ gpus: wordOf(value, name) }),
  nodes: (value, name) => ({ nodes: wordOf(value, name) }),
  'gpu-model': (value, name) => ({
    gpuModel: Array.isArray(value) ? value.map((one) => wordOf(one, name)).join(',') : wordOf(value, name)
  }),
  'gpu-memory': (value, name) => ({ gpuMemory: wordOf(value, name) }),
  cpus: (value, name) => ({ cpus: wordOf(value, name) }),
  memory: (value, name) => ({ memory: wordOf(value, name) }),
  label: (value, name) => ({ label: pairsOf(value, name) }),
  priority: (value, name) => ({ priority: wordOf(value, name) }),
  time: (value, name) => ({ time: wordOf(value, name) }),
  retries: (value, name) => ({ retries: wordOf(value, name) }),
  name: (value, name) => ({ name: wordOf(value, name) }),
  env: (value, name) => ({ env: pairsOf(value, name) }),
  inherit: (value, name) => {
    if (typeof value !== 'boolean') throw misused(`${name} is not true or false`)
    return { inherit: value }
  },
  cwd: (value, name) => ({ cwd: wordOf(value, name) }),
  id: (value, name) => ({ id: wordOf(value, name) }),
  command: (value, name) => ({
    command: Array.isArray(value) ? value.map((one) => wordOf(one, name)) : ['/bin/sh', '-c', wordOf(value, name)]
  })
}

export const jobFileOf = (text: string, file: string): JobFlags => {
  if (text.length > FILE_CHARS_MAX) throw misused(`${file} has ${text.length} characters; a job file has at most ${FILE_CHARS_MAX}`)
  const document = parseDocument(text, { uniqueKeys: true })
  const error = document.errors[0]
  if (error !== undefined) throw misused(`${file} is not YAML: ${error.message.split('\n')[0] ?? ''}`)
  const value: unknown = aliasFree(document, file)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw misused(
      `${file} does not describe a job`,
      `Write one field a line, such as "gpus: 1"; fields are ${Object.keys(fields).join(', ')}.`
    )
  let flags: JobFlags = {}
  for (const [key, content] of Object.entries(value)) {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined
    if (field === undefined) throw unknownField(key, file)
    if (content === null || content === undefined) throw misused(`${file}: ${key} has no value`)
    flags = { ...flags, ...field(content, `${file}: ${key}`) }
  }
  return flags
}

/** A few aliases can stand for gigabytes, and yaml counts them. */
const aliasFree = (document: ReturnType<typeof parseDocument>, file: string): unknown => {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    throw misused(`${file} is not YAML that can be read: ${error instanceof Error ? error.message : 'unknown'}`)
  }
}

const unknownField = (key: string, file: string): Error => {
  const near = closest(key, Object.keys(fields))
  return misused(
    `${file}: there is no field "${key}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
    `The fields are ${Object.keys(fields).join(', ')}.`
  )
}

const wordOf = (value: unknown, name: string): string => {
  if (typeof value === 'string') return value
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (typeof value === 'boolean') return String(value)
  throw misused(`${name} is neither a text nor a number`)
}

/** A map, or a list of `KEY=VALUE` (of `KEY` for a variable of the submitter's environment). */
const pairsOf = (value: unknown, name: string): ReadonlyArray<string> => {
  if (Array.isArray(value)) return value.map((one) => wordOf(one, name))
  if (typeof value !== 'object' || value === null) throw misused(`${name} is neither a map nor a list of KEY=VALUE`)
  return Object.entries(value).map(([key, content]) => `${key}=${wordOf(content, `${name}.${key}`)}`)
}
