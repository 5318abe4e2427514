/** The version of this checkout, as its package.json says it. */
import { readFileSync } from 'node:fs'

export const versionOf = (): string => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? 'unknown'
}
