/** The stores of views keep the contract of their port; the one in a file also keeps it over a restart. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BEGINNING, type Mark, type ViewSchema, type ViewStore } from '../../domain/ports/viewStore.ts'
import { memoryViewStore } from '../../infra/memory/viewStore.ts'
import { sqliteViewStore } from '../../infra/sqlite/viewStore.ts'
import { valueOf } from './place.ts'
import { viewStoreContract } from './viewStoreContract.ts'

const inDirectory = <A>(use: (file: string) => A): A => {
  const home = mkdtempSync(join(tmpdir(), 'fastgpu-views-'))
  try {
    return use(join(home, 'views.db'))
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

viewStoreContract('memory', () => {
  const store = memoryViewStore()
  return Promise.resolve({ open: () => Promise.resolve(store), remove: () => Promise.resolve(store.close()) })
})

viewStoreContract('sqlite', () => {
  const home = mkdtempSync(join(tmpdir(), 'fastgpu-views-'))
  const opened: Array<ViewStore> = []
  const open = (): Promise<ViewStore> => {
    opened.push(valueOf(sqliteViewStore(join(home, 'views.db'))))
    return Promise.resolve(opened.at(-1)!)
  }
  const remove = (): Promise<void> => {
    for (const store of opened) store.close()
    rmSync(home, { recursive: true, force: true })
    return Promise.resolve()
  }
  return Promise.resolve({ open, remove })
})

const view: ViewSchema = {
  name: 'v',
  version: 1,
  tables: [{ name: 'rows', columns: { number: 'integer', said: 'text' }, key: ['number'] }]
}
const mark = (round: number): Mark => ({ round, hash: String(round).padStart(64, '0') })
const put = (store: ViewStore, from: Mark, to: Mark, number: number): unknown =>
  valueOf(store.commit([{ view: 'v', from, to, changes: [{ table: 'rows', put: [{ number, said: 'x' }], remove: [] }] }]))

test('rows and marks are there again when the file is opened again', () => {
  inDirectory((file) => {
    const first = valueOf(sqliteViewStore(file))
    valueOf(first.open(view))
    put(first, BEGINNING, mark(7), 1)
    first.close()
    const second = valueOf(sqliteViewStore(file))
    expect(valueOf(second.open(view))).toEqual(mark(7))
    expect(valueOf(second.select({ table: 'rows' }))).toEqual([{ number: 1, said: 'x' }])
    second.close()
  })
})

test('of two that write to one file the slower one is refused, and both see the same afterwards', () => {
  inDirectory((file) => {
    const [one, other] = [valueOf(sqliteViewStore(file)), valueOf(sqliteViewStore(file))]
    for (const store of [one, other]) expect(valueOf(store.open(view))).toEqual(BEGINNING)
    expect(put(one, BEGINNING, mark(1), 1)).toEqual({ type: 'Committed' })
    expect(put(other, BEGINNING, mark(2), 2)).toEqual({ type: 'Refused', view: 'v', stored: mark(1) })
    for (const store of [one, other]) {
      expect(valueOf(store.select({ table: 'rows' }))).toEqual([{ number: 1, said: 'x' }])
      store.close()
    }
  })
})

test('a file that is no database is a fault that says so', () => {
  inDirectory((file) => {
    writeFileSync(file, 'not a database, and long enough to be taken for one '.repeat(100))
    expect(sqliteViewStore(file)).toMatchObject({ _tag: 'Left', left: { code: 'FG_STORE_CORRUPT' } })
  })
})

test('a directory that is not there is a fault that names the file', () => {
  inDirectory((file) => {
    const missing = join(file, 'deeper', 'views.db')
    expect(sqliteViewStore(missing)).toMatchObject({ _tag: 'Left', left: { code: 'FG_STORE_OPEN' } })
  })
})
