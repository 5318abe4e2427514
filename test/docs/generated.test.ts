/** The generated pages are current, and the code uses no error code that they do not explain. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { errors } from '../../domain/events/errors.ts'
import { generated, stored } from '../../scripts/docs.ts'

const pages = await generated()
const root = join(import.meta.dirname, '../..')

describe('the generated page', () => {
  test.each([...pages])('%s is current (npm run docs)', (path, text) => {
    expect(stored(path)).toBe(text)
  })
})

const folders = ['domain', 'projections', 'infra', 'services', 'sdk']
const sources = folders.flatMap((folder) => {
  try {
    return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|py|html|js)$/.test(file) && !file.includes('node_modules'))
      .map((file) => [`${folder}/${file}`, readFileSync(join(root, folder, file), 'utf8')] as const)
  } catch {
    return []
  }
})
const table = 'domain/events/errors.ts'
const used = new Map(
  sources.filter(([path]) => path !== table).flatMap(([path, text]) => [...text.matchAll(/\bFG_[A-Z_]+\b/g)].map(([code]) => [code, path]))
)

describe('an error code', () => {
  test('that the code uses is explained', () => {
    expect([...used].filter(([code]) => !(code in errors))).toEqual([])
  })

  test('that is explained is used', () => {
    expect(Object.keys(errors).filter((code) => !used.has(code))).toEqual([])
  })

  test('stands in the table in the order of the alphabet, with whole sentences', () => {
    expect(Object.keys(errors)).toEqual(Object.keys(errors).toSorted())
    for (const { what, next } of Object.values(errors)) for (const text of [what, next]) expect(text).toMatch(/^[A-Z"].*[.)]$/)
  })
})
