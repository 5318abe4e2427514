/** The thread in which the views are written and asked, since SQLite blocks. */
import { closeSync, openSync, rmSync } from 'node:fs'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import * as E from 'fp-ts/lib/Either.js'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import { sqliteViewStore } from '../../infra/sqlite/viewStore.ts'
import { views } from '../../projections/index.ts'
import type { Asked, QueryName } from '../../projections/queries.ts'
import { engineOf, type Engine } from './engine.ts'
import type { FromThread, Standing, ToThread } from './protocol.ts'

const open = (file: string): E.Either<Fault, Engine> => {
  try {
    // Jobs carry secrets: the file is readable by its owner alone.
    closeSync(openSync(file, 'a', 0o600))
  } catch (error) {
    return E.left(fault('FG_STORE_OPEN', `${file}: ${error instanceof Error ? error.message : String(error)}`))
  }
  return E.chain((store: Parameters<typeof engineOf>[0]) => engineOf(store, views))(sqliteViewStore(file))
}

/** A damaged file is thrown away: the views are built again from the ledger. */
const openOrRebuild = (file: string): E.Either<Fault, Engine> => {
  const opened = open(file)
  return E.isRight(opened) || opened.left.code !== 'FG_STORE_CORRUPT' ? opened : openAnew(file)
}

const openAnew = (file: string): E.Either<Fault, Engine> => {
  for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
  return open(file)
}

const standingOf = (engine: Engine): Standing => ({ marks: engine.marks(), skipped: engine.skipped() })

const handle = (engine: Engine, wish: ToThread): FromThread => {
  const { id } = wish
  switch (wish.type) {
    case 'Take':
      return doneOr(engine, id, engine.take(wish.rounds))
    case 'Reset':
      return doneOr(engine, id, engine.reset(wish.views))
    case 'Ask': {
      const answer = engine.ask(wish.name, wish.asked as Asked<QueryName>)
      return E.isLeft(answer)
        ? { type: 'Failed', id, fault: answer.left, standing: standingOf(engine) }
        : { type: 'Answered', id, answer: answer.right }
    }
    case 'Close':
      engine.close()
      return { type: 'Done', id, standing: standingOf(engine) }
    default: {
      const unreachable: never = wish
      return unreachable
    }
  }
}

const doneOr = (engine: Engine, id: number, done: E.Either<Fault, void>): FromThread =>
  E.isLeft(done)
    ? { type: 'Failed', id, fault: done.left, standing: standingOf(engine) }
    : { type: 'Done', id, standing: standingOf(engine) }

const serve = (port: MessagePort, file: string): void => {
  const say = (message: FromThread): void => port.postMessage(message)
  const opened = openOrRebuild(file)
  if (E.isLeft(opened)) {
    say({ type: 'NotOpened', fault: opened.left })
    return
  }
  let engine = opened.right
  /** Damage may be met long after the file was opened, when its page is read for the first time. */
  const healed = (answer: FromThread): FromThread => {
    if (answer.type !== 'Failed' || answer.fault.code !== 'FG_STORE_CORRUPT') return answer
    engine.close()
    const anew = openAnew(file)
    if (E.isLeft(anew)) return answer
    engine = anew.right
    return { ...answer, fault: fault('FG_VIEWS_REBUILT', answer.fault.message), standing: standingOf(engine) }
  }
  port.on('message', (wish: ToThread) => {
    say(healed(handle(engine, wish)))
    if (wish.type === 'Close') port.close()
  })
  say({ type: 'Opened', standing: standingOf(engine) })
}

if (parentPort !== null) serve(parentPort, (workerData as { readonly file: string }).file)
