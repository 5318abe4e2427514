/** What became of an input. */
import { outcomes, type OutcomeRow } from '../outcomes.ts'
import { answered, wanting, type Question } from '../question.ts'

export interface OutcomeAsked {
  readonly source: string
  readonly id: string
  /** Of the content. Left out: whatever content the id was first used for, since a refused one must not hide that. */
  readonly digest?: string | undefined
}

export const askOutcome = ({ source, id, digest }: OutcomeAsked): Question<OutcomeRow | undefined> =>
  wanting(
    [
      outcomes.select({
        where: [
          { column: 'source', op: '=', value: source },
          { column: 'id', op: '=', value: id },
          ...(digest === undefined ? [] : [{ column: 'digest', op: '=', value: digest } as const])
        ],
        order: [{ column: 'position' }],
        limit: 1
      })
    ],
    ([row]) => answered(row)
  )
