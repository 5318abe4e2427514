/**
 * Any one number of the state that something else depends on is changed, and the invariants notice: there is no corner of the accounts
 * that nothing watches.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fold } from '../../../domain/cluster/fold.ts'
import { breaches, breachesOf } from '../../../domain/cluster/invariants.ts'
import { initial, type State } from '../../../domain/cluster/state.ts'
import { Gpus, HOLD, Holds, Jobs, Nodes, Shapes } from '../../../domain/cluster/tables.ts'
import { edit, read, seal, type Column } from '../../../domain/kernel/table.ts'
import { inRounds, junk, withJunk } from '../arbitraries/events.ts'
import { histories } from '../arbitraries/histories.ts'

type TableName = 'jobs' | 'holds' | 'nodes' | 'gpus' | 'shapes'

/** What is watched. What stands alone (a priority, a time, a name's number) has nothing that it could contradict. */
const watched: ReadonlyArray<readonly [TableName, string, Column]> = [
  ['jobs', 'phase', Jobs.column.phase],
  ['jobs', 'living', Jobs.column.living],
  ['jobs', 'firstHold', Jobs.column.firstHold],
  ['holds', 'stage', Holds.column.stage],
  ['holds', 'member', Holds.column.member],
  ['holds', 'job', Holds.column.job],
  ['holds', 'node', Holds.column.node],
  ['holds', 'gpuMask', Holds.column.gpuMask],
  ['holds', 'next', Holds.column.next],
  ['nodes', 'cpuFree', Nodes.column.cpuFree],
  ['nodes', 'memoryFree', Nodes.column.memoryFree],
  ['nodes', 'holds', Nodes.column.holds],
  ['gpus', 'node', Gpus.column.node],
  ['gpus', 'freeMilli', Gpus.column.freeMilli],
  ['shapes', 'submitted', Shapes.column.submitted],
  ['shapes', 'pending', Shapes.column.pending]
]

/** A free hold keeps what it last said, and nobody reads it; one that has finished holds nothing of its node and GPUs any more. */
const isRead = (state: State, table: TableName, column: string, row: number): boolean => {
  if (table !== 'holds') return true
  const stage = Holds.column.stage.get(read(state.holds), row)
  if (stage === HOLD.free) return column === 'stage' || column === 'next'
  return stage !== HOLD.finished || (column !== 'node' && column !== 'gpuMask')
}

test('a number that is changed is found', () => {
  let flips = 0
  const property = fc.property(
    inRounds(histories),
    fc.array(fc.tuple(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 3 }))),
    (all, changes) => {
      for (const [which, where, by] of changes) {
        const state = all.reduce((before, round) => fold(before, round.events, round.atMs), initial())
        const [table, name, column] = watched[which % watched.length]!
        if (state[table].size === 0) continue
        const row = where % state[table].size
        if (!isRead(state, table, name, row)) continue
        const rows = edit(state[table])
        // Of the phases, pending and ended differ in the counts, allocated and running only in a word.
        const before = column.get(rows, row)
        if (name === 'phase' && (before === 2 || before === 3)) continue
        if (name === 'stage' && before !== HOLD.finished && before + by !== HOLD.finished && before !== HOLD.free) continue
        column.set(rows, row, before + by)
        flips += 1
        expect([name, row, before, by, breaches({ ...state, [table]: seal(rows) }).length > 0]).toEqual([name, row, before, by, true])
      }
    }
  )
  fc.assert(property, { numRuns: 300 })
  expect(flips).toBeGreaterThan(300)
})

test('what is found in the rows of a round is found in the whole state, too', () => {
  const property = fc.property(inRounds(fc.oneof(junk, withJunk(histories))), (all) => {
    let state = initial()
    for (const round of all) {
      state = fold(state, round.events, round.atMs)
      const whole = new Set(breaches(state).map((breach) => `${breach.name} ${breach.detail}`))
      const missed = breachesOf(state, round.events).filter(
        (one) => one.name !== 'EventTookEffect' && !whole.has(`${one.name} ${one.detail}`)
      )
      if (whole.size < 100) expect(missed).toEqual([])
    }
  })
  fc.assert(property, { numRuns: 100 })
})
