/** `npm run docs` writes the generated pages of docs/; with --check it only says which of them are not current, and fails then. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { errorsPage } from './docs/errors.ts'
import { eventsPage } from './docs/events.ts'
import { invariantsPage } from './docs/invariants.ts'

const root = join(import.meta.dirname, '..')

const pages: Readonly<Record<string, () => string>> = {
  'docs/errors.md': errorsPage,
  'docs/events.md': eventsPage,
  'docs/invariants.md': invariantsPage
}

/** The pages as they should be, by path, laid out as the formatter wants them. */
export const generated = async (): Promise<ReadonlyMap<string, string>> => {
  const config = await resolveConfig(join(root, 'docs/errors.md'))
  const made = new Map<string, string>()
  for (const [path, page] of Object.entries(pages)) made.set(path, await format(page(), { ...config, parser: 'markdown' }))
  return made
}

export const stored = (path: string): string | undefined => {
  try {
    return readFileSync(join(root, path), 'utf8')
  } catch {
    return undefined
  }
}

if (import.meta.main) {
  const stale = [...(await generated())].filter(([path, text]) => stored(path) !== text)
  if (!process.argv.includes('--check')) for (const [path, text] of stale) writeFileSync(join(root, path), text)
  for (const [path] of stale) console.log(process.argv.includes('--check') ? `${path} is not current: run npm run docs` : `wrote ${path}`)
  if (process.argv.includes('--check') && stale.length > 0) process.exitCode = 1
}
