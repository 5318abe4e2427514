/** A process that appends inputs and rounds to the log's file named on its command line, and prints each that was acknowledged. */
import { openSqlite } from '../../infra/sqlite/openSqlite.ts'
import { bytesAfter, POOL } from '../ledger/rounds.ts'
import { inputOf } from './inputs.ts'
import { valueOf } from './place.ts'

const [file = '', leader = 'a', countMax = '1000000'] = process.argv.slice(2)
const log = valueOf(await openSqlite({ file, pool: POOL })())
let head = valueOf(await log.ledger.head()())
let epoch = head.epoch + 1
for (let count = 0; count < Number(countMax); count++) {
  const [answer, positions] = await Promise.all([
    log.ledger.append(bytesAfter(head, { leader, epoch }))(),
    log.eventLog.append('jobs', [inputOf(`${leader}-${count}`)])()
  ])
  const appended = valueOf(answer)
  if (appended.type === 'Accepted') process.stdout.write(`round ${appended.head.number} ${appended.head.hash}\n`)
  process.stdout.write(`input ${valueOf(positions)[0]} ${leader}-${count}\n`)
  head = appended.head
  epoch = appended.type === 'Accepted' ? head.epoch : head.epoch + 1
}
await log.close()
