/** Takes rounds into a store of views and answers questions from it, blocking: what runs in the projector's thread, or in a test. */
import * as E from 'fp-ts/lib/Either.js'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import type { StoredRound } from '../../domain/ports/ledger.ts'
import type { Key, Mark, Row, ViewStore } from '../../domain/ports/viewStore.ts'
import { overlay } from '../../projections/overlay.ts'
import { queries, type Answer, type Asked, type QueryName } from '../../projections/queries.ts'
import { answerFrom, type Question } from '../../projections/question.ts'
import { projectRounds, type SeenRound } from '../../projections/run.ts'
import type { View } from '../../projections/view.ts'
import { readRound } from './readRound.ts'

export interface Engine {
  /** Where the views stand, by their names. */
  readonly marks: () => ReadonlyMap<string, Mark>
  /** Begins again with some views. */
  readonly reset: (names: ReadonlyArray<string>) => E.Either<Fault, void>
  /** Rounds that follow one another, from the mark of the view that is furthest behind or before it. */
  readonly take: (rounds: ReadonlyArray<StoredRound>) => E.Either<Fault, void>
  readonly ask: <Q extends QueryName>(name: Q, asked: Asked<Q>) => E.Either<Fault, Answer<Q>>
  /** Events of unknown types that were passed over since the start, by type. */
  readonly skipped: () => ReadonlyMap<string, number>
  readonly close: () => void
}

export const engineOf = (store: ViewStore, views: ReadonlyArray<View>): E.Either<Fault, Engine> => {
  const marks = new Map<string, Mark>()
  const skipped = new Map<string, number>()
  const skip = (type: string): void => void skipped.set(type, (skipped.get(type) ?? 0) + 1)

  let read: (table: string, key: Key) => Row | undefined = () => undefined
  const rows = overlay((table, key) => read(table, key))

  const openAll = (names: ReadonlyArray<string>, open: ViewStore['open']): E.Either<Fault, void> => {
    rows.forget()
    for (const view of views) {
      if (!names.includes(view.name)) continue
      const mark = open(view)
      if (E.isLeft(mark)) return mark
      marks.set(view.name, mark.right)
    }
    return E.right(undefined)
  }
  const all = views.map((view) => view.name)

  const project = (seen: ReadonlyArray<SeenRound>): E.Either<Fault, void> => {
    const commits = store.reading((get) => {
      read = get
      return projectRounds(views, marks, seen, rows)
    })
    const done = E.isLeft(commits) ? commits : store.commit(commits.right)
    if (E.isRight(commits) && E.isRight(done) && done.right.type === 'Committed') {
      rows.settle()
      for (const { view, to } of commits.right) marks.set(view, to)
      return E.right(undefined)
    }
    // Nothing was stored, so nothing that is remembered can be trusted; it is read again before the next try.
    const opened = openAll(all, store.open)
    if (E.isLeft(done)) return done
    return E.isLeft(opened)
      ? opened
      : E.left(fault('FG_STORE_LOCKED', 'another program wrote to the views; this one goes on from where that left them'))
  }

  /** The rounds before one that cannot be read are good, and are taken. */
  const take = (rounds: ReadonlyArray<StoredRound>): E.Either<Fault, void> => {
    const seen: Array<SeenRound> = []
    let broken: Fault | undefined
    for (const stored of rounds) {
      const round = readRound(stored, skip)
      if (E.isRight(round)) seen.push(round.right)
      else broken = round.left
      if (broken !== undefined) break
    }
    const done = project(seen)
    return E.isLeft(done) || broken === undefined ? done : E.left(broken)
  }

  const engine: Engine = {
    marks: () => marks,
    reset: (names) => openAll(names, store.reset),
    take,
    ask: (name, asked) => answerFrom(store, questionOf(name, asked)),
    skipped: () => skipped,
    close: store.close
  }
  return E.map(() => engine)(openAll(all, store.open))
}

/** That the arguments fit the name is what the type of `ask` says; TypeScript cannot see it for a name that is not known yet. */
const questionOf = <Q extends QueryName>(name: Q, asked: Asked<Q>): Question<Answer<Q>> => {
  const make = queries[name] as unknown as (asked: Asked<Q>) => Question<Answer<Q>>
  return make(asked)
}
