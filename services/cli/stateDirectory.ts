/** Where a server keeps its files, and what it leaves there for those who look for it. */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

export const stateDirectoryOf = (given: string | undefined): string => {
  const named = given ?? process.env['FASTGPU_STATE'] ?? ''
  if (named !== '') return resolve(named)
  const base = process.env['XDG_STATE_HOME'] ?? ''
  return join(base === '' ? join(homedir(), '.local', 'state') : base, 'fastgpu')
}

/** The streams and the ledger of the embedded backend. */
export const logFileOf = (stateDirectory: string): string => join(stateDirectory, 'log.db')

/** What `dev.json` says while a server runs; undefined where there is none, or none that can be read. */
export const runningOf = (stateDirectory: string): { readonly url: string; readonly pid: number } | undefined => {
  const text = readOf(join(stateDirectory, 'dev.json'))
  if (text === undefined) return undefined
  try {
    const value = JSON.parse(text) as { readonly url?: unknown; readonly pid?: unknown } | null
    return typeof value?.url === 'string' && typeof value.pid === 'number' ? { url: value.url, pid: value.pid } : undefined
  } catch {
    return undefined
  }
}

export const readOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
