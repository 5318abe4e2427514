/** `fastgpu policy`: shows the policy in force, or sets some of its fields and leaves the others as they are. */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { parse } from 'yaml'
import type { Policy } from '../../../sdk/typescript/index.ts'
import { closest } from '../closest.ts'
import { example, printing, remote } from '../command.ts'
import { durationMsOf } from '../parse/quantities.ts'
import { misused } from '../quit.ts'
import { withServer } from '../server.ts'
import { pairs } from '../show/table.ts'
import { duration } from '../show/time.ts'
import { show, terminalOf, type CommonOptions } from '../terminal.ts'

interface Options extends CommonOptions {
  readonly file?: string
  readonly dryRun?: boolean
}

export const define = (command: Command): void => {
  command
    .argument('[action]', 'show, or set', 'show')
    .argument('[fields...]', 'With set: FIELD=VALUE, such as placement=fgd; a time may be said as 10s')
    .option('-f, --file <file>', 'With set: fields from a YAML or JSON file; -: from stdin')
    .option('--dry-run', 'Print the policy that would be set, and set nothing')
  remote(printing(command))
  example(command, 'fastgpu policy', 'fastgpu policy set placement=spread order=strict retryDelayMs=5s')
  command.action(async (action: string, words: ReadonlyArray<string>, options: Options) => {
    const terminal = terminalOf(options)
    if (action !== 'show' && action !== 'set')
      throw misused(`there is no "policy ${action}"`, 'Write: fastgpu policy show, or fastgpu policy set FIELD=VALUE')
    if (action === 'show' && (words.length > 0 || options.file !== undefined)) throw misused('"policy show" takes no fields')
    if (action === 'set' && words.length === 0 && options.file === undefined)
      throw misused('say what to set', 'Such as: fastgpu policy set placement=fgd')
    const policy = await withServer(options, async (client) => {
      const before = await client.policy()
      if (action === 'show') return before
      const after = changed(before, words, options.file)
      if (options.dryRun !== true) await client.setPolicy(after)
      return after
    })
    await show(terminal, {
      data: policy,
      table: () => pairs(Object.entries(policy).map(([field, value]) => [field, textOf(field, value)])),
      ids: () => [policy.placement]
    })
  })
}

const textOf = (field: string, value: unknown): string => {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : JSON.stringify(value)
  return typeof value === 'number' && /Ms(Max)?$/.test(field) ? `${value} (${duration(value)})` : String(value)
}

/** The server checks the result; here only the names are, and words become numbers where the field is one. */
const changed = (before: Policy, words: ReadonlyArray<string>, file: string | undefined): Policy => {
  const wanted: Record<string, unknown> = { ...(file === undefined ? {} : fileFields(file)) }
  for (const word of words) {
    const equals = word.indexOf('=')
    if (equals <= 0) throw misused(`"${word}" is not of the form FIELD=VALUE`)
    wanted[word.slice(0, equals)] = word.slice(equals + 1)
  }
  const known = Object.keys(before)
  for (const [field, value] of Object.entries(wanted)) {
    if (!known.includes(field)) {
      const near = closest(field, known)
      throw misused(
        `a policy has no field "${field}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
        `Fields are ${known.join(', ')}.`
      )
    }
    wanted[field] = typeof value === 'string' ? valueOf(field, value, before[field as keyof Policy]) : value
  }
  return { ...before, ...wanted }
}

const valueOf = (field: string, text: string, before: unknown): unknown => {
  if (typeof before === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  if (typeof before === 'number' && /^-?\d+$/.test(text)) return Number(text)
  if (typeof before === 'number' && /Ms(Max)?$/.test(field)) return durationMsOf(text, field)
  return Array.isArray(before) ? (parse(text) as unknown) : text
}

const fileFields = (file: string): Readonly<Record<string, unknown>> => {
  let value: unknown
  try {
    value = parse(readFileSync(file === '-' ? 0 : file, 'utf8'))
  } catch (error) {
    throw misused(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw misused(`${file} does not hold fields of a policy`)
  return Object.fromEntries(Object.entries(value))
}
