/** What the embedded ledger takes and answers: rounds one at a time, many at once, and large ones, beside the bare disk. */
import { closeSync, fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { advance, genesis, type Head } from '../../domain/events/round.ts'
import type { Ledger } from '../../domain/ports/ledger.ts'
import { hashOf } from '../../infra/ledger/hash.ts'
import { openSqlite } from '../../infra/sqlite/openSqlite.ts'
import { largeRoundAfter, POOL, roundAfter, bytesAfter } from '../ledger/rounds.ts'
import { percentile, result, type Bench, type Result } from './bench.ts'

const LARGE_BYTES = 256 * 1024
const IN_FLIGHT = 256

export const bench: Bench = {
  name: 'ledger',
  describe: 'rounds into the embedded ledger and out of it, beside bare write + fdatasync and bare reads of the same bytes',
  run: async ({ smoke, progress }) => {
    const folder = await mkdtemp(join(tmpdir(), 'fastgpu-ledger-'))
    try {
      progress('rounds one at a time, in turn with bare writes')
      const single = await singles(folder, smoke ? 20 : 2_000)
      progress(`small rounds, ${IN_FLIGHT} in flight`)
      const many = await pipelined(folder, smoke ? 2_000 : 200_000)
      progress('rounds of 256 KiB, each synced, and read back by a new process of the adapter')
      return [...single, ...many, ...(await large(folder, smoke ? 8 : 400))]
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

const withLedger = async <A>(file: string, use: (ledger: Ledger) => Promise<A>): Promise<A> => {
  const opened = await openSqlite({ file, pool: POOL })()
  if (E.isLeft(opened)) throw new Error(opened.left.message)
  const answer = await use(opened.right.ledger)
  await opened.right.close()
  return answer
}

const append = async (ledger: Ledger, bytes: Uint8Array): Promise<Head> => {
  const answer = await ledger.append(bytes)()
  if (E.isLeft(answer)) throw new Error(answer.left.message)
  if (answer.right.type === 'Rejected') throw new Error(answer.right.rejection)
  return answer.right.head
}

const singles = (folder: string, count: number): Promise<ReadonlyArray<Result>> =>
  withLedger(join(folder, 'single.db'), async (ledger) => {
    const bare = bareFile(join(folder, 'single.bare'))
    const ours: Array<number> = []
    const limits: Array<number> = []
    let head = genesis
    for (let number = 0; number < count; number++) {
      const bytes = bytesAfter(head)
      const begun = performance.now()
      head = await append(ledger, bytes)
      ours.push(performance.now() - begun)
      limits.push(bare.write(bytes))
    }
    bare.close()
    return ([0.5, 0.99] as const).map((share) =>
      result(`ledger: one round of ${bytesAfter(head).length} bytes durable, p${share * 100}`, percentile(ours, share), 'ms', {
        name: `bare write + fdatasync, p${share * 100}`,
        value: percentile(limits, share)
      })
    )
  })

const pipelined = (folder: string, count: number): Promise<ReadonlyArray<Result>> =>
  withLedger(join(folder, 'many.db'), async (ledger) => {
    const bare = bareFile(join(folder, 'many.bare'))
    let head = genesis
    let oursMs = 0
    let bareMs = 0
    while (head.number + 1 < count) {
      const all: Array<Uint8Array> = []
      for (let flight = 0; flight < IN_FLIGHT; flight++) {
        const round = roundAfter(head)
        const bytes = bytesAfter(head)
        all.push(bytes)
        head = advance(round, hashOf(bytes), 1, head)
      }
      const begun = performance.now()
      await Promise.all(all.map((bytes) => append(ledger, bytes)))
      oursMs += performance.now() - begun
      bareMs += bare.write(Buffer.concat(all))
    }
    bare.close()
    const rounds = head.number + 1
    return [
      result(`ledger: small rounds, ${IN_FLIGHT} in flight`, rounds / (oursMs / 1000), 'rounds/s', {
        name: 'the same bytes by bare write + fdatasync',
        value: rounds / (bareMs / 1000)
      })
    ]
  })

const large = async (folder: string, count: number): Promise<ReadonlyArray<Result>> => {
  const file = join(folder, 'large.db')
  const bare = bareFile(join(folder, 'large.bare'))
  let bytesTotal = 0
  let inMs = 0
  let bareInMs = 0
  await withLedger(file, async (ledger) => {
    let head = genesis
    for (let number = 0; number < count; number++) {
      const bytes = largeRoundAfter(head, LARGE_BYTES)
      const begun = performance.now()
      head = await append(ledger, bytes)
      inMs += performance.now() - begun
      bareInMs += bare.write(bytes)
      bytesTotal += bytes.length
    }
  })
  bare.close()
  const outMs = await withLedger(file, async (ledger) => {
    const begun = performance.now()
    for (let next = 0; next < count;) {
      const read = await ledger.read(next, 8 * 1024 * 1024)()
      if (E.isLeft(read)) throw new Error(read.left.message)
      next += read.right.length
    }
    return performance.now() - begun
  })
  const begun = performance.now()
  readFileSync(join(folder, 'large.bare'))
  const bareOutMs = performance.now() - begun
  const rate = (ms: number): number => bytesTotal / 1e6 / (ms / 1000)
  return [
    result('ledger: rounds of 256 KiB in, each durable', rate(inMs), 'MB/s', { name: 'bare write + fdatasync', value: rate(bareInMs) }),
    result('ledger: rounds of 256 KiB out, each hashed', rate(outMs), 'MB/s', {
      name: 'bare read of the same bytes',
      value: rate(bareOutMs)
    })
  ]
}

const bareFile = (file: string) => {
  const descriptor = openSync(file, 'a')
  return {
    write: (bytes: Uint8Array): number => {
      const begun = performance.now()
      writeSync(descriptor, bytes)
      fdatasyncSync(descriptor)
      return performance.now() - begun
    },
    close: () => closeSync(descriptor)
  }
}
