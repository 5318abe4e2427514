/** `KEY=VALUE` arguments: labels and environment variables. */
import { misused } from '../quit.ts'

export const pairOf = (text: string, flag: string): readonly [string, string] => {
  const equals = text.indexOf('=')
  if (equals <= 0) throw misused(`${flag} "${text}" is not of the form KEY=VALUE`)
  return [text.slice(0, equals), text.slice(equals + 1)]
}

/** `KEY` alone takes the value from the submitter's own environment. */
export const variableOf = (text: string, own: Readonly<Record<string, string | undefined>>): readonly [string, string] => {
  if (text.includes('=')) return pairOf(text, '--env')
  const value = own[text]
  if (value === undefined)
    throw misused(`--env ${text}: there is no such variable in this environment`, `Say its value: --env ${text}=VALUE`)
  return [text, value]
}

/** What commander calls for each occurrence of a repeatable option. */
export const gather = (value: string, before: ReadonlyArray<string> | undefined): ReadonlyArray<string> => [...(before ?? []), value]
