/** What tests do to a ledger's file. */
import { DatabaseSync } from 'node:sqlite'
import { hashOf } from '../../infra/ledger/hash.ts'

export const change = (file: string, sql: string, ...values: ReadonlyArray<string | number | Uint8Array>): void => {
  const db = new DatabaseSync(file)
  db.prepare(sql).run(...values)
  db.close()
}

const bytesOf = (file: string, table: string, column: string, at: number): Uint8Array => {
  const db = new DatabaseSync(file)
  const key = table === 'rounds' ? 'number' : 'position'
  const row = db.prepare(`SELECT ${column} AS bytes FROM ${table} WHERE ${key} = ?`).get(at)
  db.close()
  if (!(row?.['bytes'] instanceof Uint8Array)) throw new Error(`no ${column} at ${table} ${at}`)
  return row['bytes']
}

/** Flips one bit of a stored round or input, and answers how to undo it. */
export const flip = (file: string, table: 'rounds' | 'jobs' | 'orders', at: number, bit: number): (() => void) => {
  const column = table === 'rounds' ? 'bytes' : 'data'
  const key = table === 'rounds' ? 'number' : 'position'
  const good = bytesOf(file, table, column, at)
  const bad = good.slice()
  bad[Math.floor(bit / 8) % bad.length]! ^= 1 << (bit % 8)
  const put = (bytes: Uint8Array): void => change(file, `UPDATE ${table} SET ${column} = ? WHERE ${key} = ?`, bytes, at)
  put(bad)
  return () => put(good)
}

/** Rewrites a round as text and gives it the hash that it then has: what a forger would do. */
export const forge = (file: string, round: number, from: string | RegExp, to: string): void => {
  const before = Buffer.from(bytesOf(file, 'rounds', 'bytes', round)).toString()
  const after = Buffer.from(before.replace(from, to))
  if (after.toString() === before) throw new Error(`${String(from)} is not in round ${round}`)
  change(file, 'UPDATE rounds SET bytes = ?, hash = ? WHERE number = ?', after, hashOf(after), round)
}
