/** `npm run bench -- [NAME...] [--json] [--smoke]`: runs the benches of this folder and prints one table, or one JSON document. */
import { readdirSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import Table from 'cli-table3'
import { CORE_VERSION } from '../../domain/events/round.ts'
import type { Bench, Result } from './bench.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false }
  }
})

const machine = {
  cpus: availableParallelism(),
  model: cpus()[0]?.model ?? 'unknown',
  memoryMib: Math.floor(totalmem() / 2 ** 20),
  node: process.version,
  platform: `${process.platform}-${process.arch}`
}

const progress = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

const known = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -'.bench.ts'.length))
  .sort()

const load = async (name: string): Promise<Bench> => {
  const module: { bench: Bench } = await import(`./${name}.bench.ts`)
  return module.bench
}

const runAll = async (names: ReadonlyArray<string>): Promise<ReadonlyArray<Result>> => {
  const results: Array<Result> = []
  for (const name of names) {
    const bench = await load(name)
    progress(`${name}: ${bench.describe}`)
    results.push(...(await bench.run({ smoke: values.smoke, progress: (text) => progress(`${name}: ${text}`) })))
  }
  return results
}

const printTable = (results: ReadonlyArray<Result>): void => {
  const table = new Table({ head: ['name', 'value', 'unit', 'limit', 'value', 'ratio'], style: { head: [], border: [] } })
  const say = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 3 })
  for (const { name, value, unit, limit, ratio } of results) table.push([name, say(value), unit, limit.name, say(limit.value), ratio])
  console.log(`${machine.cpus} x ${machine.model}, ${machine.memoryMib} MiB, node ${machine.node}, core ${CORE_VERSION}`)
  console.log(table.toString())
}

const unknown = positionals.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`no bench named ${unknown.join(', ')}; there are: ${known.join(', ')}\n`)
  process.exitCode = 2
} else if (values.list) {
  for (const name of known) console.log(`${name}\t${(await load(name)).describe}`)
} else {
  const results = await runAll(positionals.length > 0 ? positionals : known)
  if (values.json) console.log(JSON.stringify({ machine, core: CORE_VERSION, results }))
  else printTable(results)
}
