/** One append within a transaction: the rows of inputs, or the verdict on a round and its row. */
import type { DatabaseSync } from 'node:sqlite'
import * as E from 'fp-ts/lib/Either.js'
import { judge } from '../ledger/judge.ts'
import { perStream, type LogEnds } from './logEnds.ts'
import type { Reply, Request } from './logProtocol.ts'

export const appender = (db: DatabaseSync, ends: LogEnds, pool: string): ((request: Request) => Reply) => {
  const insertInput = perStream((stream) =>
    db.prepare(`INSERT INTO ${stream} (position, id, source, type, time, data) VALUES (?, ?, ?, ?, ?, ?)`)
  )
  const insertRound = db.prepare('INSERT INTO rounds (number, first_position, hash, bytes) VALUES (?, ?, ?, ?)')
  const countRejection = db.prepare(`
    INSERT INTO rejections (reason, count, number, leader) VALUES (?, 1, ?, ?)
    ON CONFLICT DO UPDATE SET count = count + 1, number = excluded.number, leader = excluded.leader
  `)

  const appendInputs = ({ stream, inputs }: Extract<Request, { readonly type: 'AppendInputs' }>): Reply => {
    const first = ends.next[stream]
    inputs.attributes.forEach(({ id, source, type, time }, index) => {
      const data = inputs.data.subarray(index === 0 ? 0 : inputs.ends[index - 1], inputs.ends[index])
      insertInput[stream].run(first + index, id, source, type, time, data)
    })
    ends.next[stream] = first + inputs.attributes.length
    return { type: 'InputsAppended', first }
  }

  const appendRound = ({ bytes }: Extract<Request, { readonly type: 'AppendRound' }>): Reply => {
    const judged = judge(ends.head, bytes, pool)
    if (E.isLeft(judged)) return { type: 'Fault', fault: judged.left }
    if (judged.right.type === 'Rejected') {
      const { rejection, envelope } = judged.right
      countRejection.run(rejection, envelope.number, envelope.leader)
      return { type: 'RoundAppended', appended: { type: 'Rejected', rejection, head: ends.head }, stored: undefined }
    }
    const { head, round } = judged.right
    insertRound.run(round.number, round.firstPosition, round.hash, bytes)
    ends.head = head
    const { number, firstPosition, hash } = round
    return { type: 'RoundAppended', appended: { type: 'Accepted', head }, stored: { number, firstPosition, hash } }
  }

  return (request) => {
    if (request.type === 'AppendInputs') return appendInputs(request)
    if (request.type === 'AppendRound') return appendRound(request)
    throw new Error(`${request.type} is no append`)
  }
}
