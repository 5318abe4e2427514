/** Takes views over a batch of rounds: each from where it stands, and answers what is to be stored of each. */
import { BEGINNING, type Change, type Mark, type ViewCommit } from '../domain/ports/viewStore.ts'
import type { Overlay } from './overlay.ts'
import type { Seen, View } from './view.ts'

export interface SeenRound {
  readonly round: Seen
  readonly firstPosition: number
  readonly hash: string
}

export type Marks = ReadonlyMap<string, Mark>

/** The rounds follow one another, and begin at or before the mark of each view; views that are past them all have nothing to store. */
export const projectRounds = (
  views: ReadonlyArray<View>,
  marks: Marks,
  rounds: ReadonlyArray<SeenRound>,
  rows: Overlay
): ReadonlyArray<ViewCommit> => {
  const last = rounds.at(-1)
  if (last === undefined) return []
  const to: Mark = { round: last.round.number + 1, hash: last.hash }
  const behind = views.map((view) => ({ view, from: marks.get(view.name) ?? BEGINNING })).filter(({ from }) => from.round < to.round)
  // View by view, not round by round: names come first and never change, so the others may find them already there.
  for (const { view, from } of behind)
    for (const { round, firstPosition } of rounds) if (round.number >= from.round) view.project(rows, round, firstPosition)
  const changes = rows.changes()
  return behind.map(({ view, from }) => ({ view: view.name, from, to, changes: changesOf(view, changes) }))
}

const changesOf = (view: View, changes: ReadonlyArray<Change>): ReadonlyArray<Change> =>
  changes.filter((change) => view.tables.some((table) => table.name === change.table))
