/**
 * A question to the views: rows that are wanted, and what follows from them, which may be a further question. It says nothing about how
 * rows are fetched, so that the same question is answered from memory, from SQLite in another thread, or from a server.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Fault } from '../domain/ports/fault.ts'
import type { Row, Select, ViewStore } from '../domain/ports/viewStore.ts'
import { typedAll, type Found, type SelectOf } from './view.ts'

export type Question<A> =
  | { readonly type: 'Answered'; readonly answer: A }
  | {
      readonly type: 'Wanted'
      readonly selects: ReadonlyArray<Select>
      readonly then: (found: ReadonlyArray<ReadonlyArray<Row>>) => Question<A>
    }

export const answered = <A>(answer: A): Question<A> => ({ type: 'Answered', answer })

/** Wants the rows of several selects, all as of the same round, and goes on with them. */
export const wanting = <const S extends ReadonlyArray<SelectOf<Row>>, A>(
  selects: S,
  then: (...found: Found<S>) => Question<A>
): Question<A> => ({
  type: 'Wanted',
  selects: selects.map(({ select }) => select),
  then: (found) => then(...typedAll(selects, found))
})

/** Answers a question from a store; the store must not be written to in between, which no caller in one thread can do. */
export const answerFrom = <A>(store: Pick<ViewStore, 'select'>, question: Question<A>): E.Either<Fault, A> => {
  let next = question
  while (next.type === 'Wanted') {
    const found: Array<ReadonlyArray<Row>> = []
    for (const select of next.selects) {
      const rows = store.select(select)
      if (E.isLeft(rows)) return rows
      found.push(rows.right)
    }
    next = next.then(found)
  }
  return E.right(next.answer)
}
