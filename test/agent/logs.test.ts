/** Reading what a run wrote: in pieces, from the end, and as it is written. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readLogs } from '../../infra/runners/logs.ts'
import { order, run } from './orders.ts'
import { workbench, type Workbench } from './workbench.ts'

let bench: Workbench
beforeEach(() => void (bench = workbench('perl')))
afterEach(() => bench.close())

const written = (text: string): string => {
  const dir = join(bench.dir, '9.1.0')
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'stdout'), text)
  return dir
}
const tail = async (text: string, lines: number): Promise<string> => {
  const pieces: Array<Uint8Array> = []
  for await (const piece of readLogs(written(text), { stream: 'stdout', follow: false, tailLines: lines }, () => true)) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

it('the last lines are those that tail -n prints', async () => {
  const slow = (text: string, lines: number): string => {
    const end = text.endsWith('\n') ? '\n' : ''
    const all = text.slice(0, text.length - end.length).split('\n')
    return lines === 0 || text === '' ? '' : all.slice(-lines).join('\n') + end
  }
  const texts = fc.array(fc.constantFrom('', 'a', 'line of words', 'é'), { maxLength: 12 }).map((lines) => lines.join('\n'))
  const property = fc.asyncProperty(texts, fc.nat(8), async (text, lines) => {
    expect(await tail(text, lines)).toBe(slow(text, lines))
  })
  await fc.assert(property, { numRuns: 200 })
  const large = Array.from({ length: 50_000 }, (_, at) => `line ${at}`).join('\n') + '\n'
  expect(await tail(large, 20_000)).toBe(slow(large, 20_000))
})

it('a log that is followed ends when its run has, with everything that was written', async () => {
  const script = 'for i in 1 2 3 4 5; do echo out $i; echo err $i >&2; sleep 0.02; done'
  bench.runner.start(order(run(1), ['sh', '-c', script]))
  expect(await bench.log(run(1), { follow: true })).toBe('out 1\nout 2\nout 3\nout 4\nout 5\n')
  const all = await bench.log(run(1), { stream: 'all', follow: true })
  expect(all.split('\n').sort()).toEqual(['', ...['err', 'out'].flatMap((name) => [1, 2, 3, 4, 5].map((at) => `${name} ${at}`))].sort())
})

it('a log that is followed ends when its reader has had enough', async () => {
  bench.runner.start(order(run(1), ['sh', '-c', 'echo first; sleep 1000']))
  const enough = new AbortController()
  const pieces: Array<string> = []
  for await (const piece of bench.runner.logs(run(1), { stream: 'stdout', follow: true, signal: enough.signal })) {
    pieces.push(Buffer.from(piece).toString())
    enough.abort()
  }
  expect(pieces).toEqual(['first\n'])
  bench.runner.stop(run(1), 0)
  await bench.finished(run(1))
})

it('a run that is not known has no log and is not waited for', async () => {
  expect(bench.runner.knows(run(5))).toBe(false)
  expect(await bench.log(run(5), { follow: true })).toBe('')
})

it('comes in pieces of a bounded size, each of them its own', async () => {
  const dir = written('x'.repeat(300_000))
  const pieces: Array<Uint8Array> = []
  for await (const piece of readLogs(dir, { stream: 'stdout', follow: false }, () => true)) {
    pieces.push(piece)
    if (pieces.length === 1) appendFileSync(join(dir, 'stdout'), 'y')
  }
  expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(64 * 1024)
  expect(Buffer.concat(pieces).toString()).toBe(`${'x'.repeat(300_000)}y`)
})
