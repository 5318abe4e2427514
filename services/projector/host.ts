/** The projector's thread as its owner sees it: requests with answers. */
import { Worker } from 'node:worker_threads'
import * as E from 'fp-ts/lib/Either.js'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import type { StoredRound } from '../../domain/ports/ledger.ts'
import type { Answer, Asked, QueryName } from '../../projections/queries.ts'
import type { View } from '../../projections/view.ts'
import type { ViewStore } from '../../domain/ports/viewStore.ts'
import { engineOf, type Engine } from './engine.ts'
import type { FromThread, Standing, ToThread, Wish } from './protocol.ts'

/** Where views live: in a thread with their file, or in memory. */
export interface Host {
  readonly standing: () => Standing
  readonly take: (rounds: ReadonlyArray<StoredRound>) => Promise<E.Either<Fault, void>>
  readonly reset: (views: ReadonlyArray<string>) => Promise<E.Either<Fault, void>>
  readonly ask: <Q extends QueryName>(name: Q, asked: Asked<Q>) => Promise<E.Either<Fault, Answer<Q>>>
  readonly close: () => Promise<void>
}

/** Views in this thread. */
export const hostHere = (store: ViewStore, views: ReadonlyArray<View>): E.Either<Fault, Host> =>
  E.map((engine: Engine): Host => ({
    standing: () => ({ marks: engine.marks(), skipped: engine.skipped() }),
    take: (rounds) => Promise.resolve(engine.take(rounds)),
    reset: (names) => Promise.resolve(engine.reset(names)),
    ask: (name, asked) => Promise.resolve(engine.ask(name, asked)),
    close: () => Promise.resolve(engine.close())
  }))(engineOf(store, views))

type Waiting = (message: FromThread) => void

/** Views in a SQLite file, in a thread of their own. */
export const hostInThread = (file: string): Promise<E.Either<Fault, Host>> =>
  new Promise((opened) => {
    // A batch makes many short-lived rows; with room for them the collector has little to do.
    const resourceLimits = { maxYoungGenerationSizeMb: 64 }
    const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: { file }, resourceLimits })
    const waiting = new Map<number, Waiting>()
    let standing: Standing = { marks: new Map(), skipped: new Map() }
    let nextId = 0
    let closed = false

    const send = (wish: Wish): Promise<FromThread> =>
      new Promise((answer) => {
        const id = nextId++
        if (closed) {
          answer({ type: 'Failed', id, fault: stopped, standing })
          return
        }
        waiting.set(id, answer)
        worker.postMessage({ ...wish, id } satisfies ToThread)
      })

    const done = async (wish: Wish): Promise<E.Either<Fault, void>> => {
      const message = await send(wish)
      return message.type === 'Failed' ? E.left(message.fault) : E.right(undefined)
    }

    const host: Host = {
      standing: () => standing,
      take: (rounds) => done({ type: 'Take', rounds }),
      reset: (views) => done({ type: 'Reset', views }),
      ask: async <Q extends QueryName>(name: Q, asked: Asked<Q>) => {
        const message = await send({ type: 'Ask', name, asked })
        if (message.type === 'Answered') return E.right(message.answer as Answer<Q>)
        return E.left(message.type === 'Failed' ? message.fault : stopped)
      },
      close: async () => {
        if (!closed) await done({ type: 'Close' })
        closed = true
        await worker.terminate()
      }
    }

    worker.on('message', (message: FromThread) => {
      if (message.type === 'NotOpened') {
        closed = true
        opened(E.left(message.fault))
        void worker.terminate()
        return
      }
      if (message.type !== 'Answered') standing = message.standing
      if (message.type === 'Opened') {
        opened(E.right(host))
        return
      }
      waiting.get(message.id)?.(message)
      waiting.delete(message.id)
    })
    worker.on('error', (bug) => {
      // Nobody can go on with a broken view: the process dies and starts again from the ledger.
      setImmediate(() => {
        throw bug
      })
    })
    worker.on('exit', () => {
      closed = true
      for (const [id, answer] of waiting) answer({ type: 'Failed', id, fault: stopped, standing })
      waiting.clear()
    })
  })

const stopped = fault('FG_STORE_CLOSED', 'the views were closed before they answered')
