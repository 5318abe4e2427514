/**
 * The near side of the worker thread: requests go out together at the end of the current turn, and each answer settles its promise.
 * While nothing is asked for, the worker does not keep the process alive.
 */
import { Worker } from 'node:worker_threads'
import * as E from 'fp-ts/lib/Either.js'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import type { Ask, FromWorker, Grown, Reply, Request, ToWorker } from './logProtocol.ts'
import type { WorkerOptions } from './logWorker.ts'

export interface LogClient {
  /** `settled` runs before anybody else hears of the answer. */
  readonly ask: <A>(ask: Ask, bytes: number, settled: (reply: Reply) => A) => Promise<E.Either<Fault, A>>
  readonly close: () => Promise<E.Either<Fault, void>>
}

/** More than this on its way to the disk is refused, so that memory stays bounded while a disk hangs. */
const WAITING_BYTES_MAX = 256 * 1024 * 1024
const WAITING_REQUESTS_MAX = 100_000

interface Waiting {
  readonly bytes: number
  readonly settle: (reply: Reply) => void
}

export const openClient = (options: WorkerOptions, onGrown: (grown: Grown) => void): Promise<E.Either<Fault, LogClient>> => {
  const worker = new Worker(new URL('./logWorker.ts', import.meta.url), { workerData: options })
  const waiting = new Map<number, Waiting>()
  let outbox: Array<Request> = []
  let nextId = 0
  let waitingBytes = 0
  let closing: Promise<E.Either<Fault, void>> | undefined
  let onClosed: (result: E.Either<Fault, void>) => void = () => undefined

  const settle = (id: number, reply: Reply): void => {
    const asked = waiting.get(id)
    if (asked === undefined) return
    waiting.delete(id)
    waitingBytes -= asked.bytes
    if (waiting.size === 0 && closing === undefined) worker.unref()
    asked.settle(reply)
  }

  const flush = (): void => {
    worker.postMessage({ type: 'Requests', requests: outbox } satisfies ToWorker)
    outbox = []
  }

  const ask = <A>(asked: Ask, bytes: number, settled: (reply: Reply) => A): Promise<E.Either<Fault, A>> => {
    if (closing !== undefined) return Promise.resolve(E.left(closedFault(options.file)))
    if (waitingBytes + bytes > WAITING_BYTES_MAX || waiting.size >= WAITING_REQUESTS_MAX)
      return Promise.resolve(E.left(fault('FG_BUSY', `${waitingBytes} bytes wait to be written to ${options.file}`)))
    return new Promise((resolve) => {
      const id = nextId++
      if (waiting.size === 0) worker.ref()
      waiting.set(id, { bytes, settle: (reply) => resolve(reply.type === 'Fault' ? E.left(reply.fault) : E.right(settled(reply))) })
      waitingBytes += bytes
      if (outbox.length === 0) queueMicrotask(flush)
      outbox.push({ ...asked, id })
    })
  }

  const close = (): Promise<E.Either<Fault, void>> => {
    closing ??= new Promise((resolve) => {
      onClosed = resolve
      worker.ref()
      // After the requests that are in the outbox now.
      queueMicrotask(() => worker.postMessage({ type: 'Close' } satisfies ToWorker))
    })
    return closing
  }

  return new Promise((resolve) => {
    worker.on('message', (message: FromWorker) => {
      switch (message.type) {
        case 'Opened':
          worker.unref()
          return resolve(E.right({ ask, close }))
        case 'NotOpened':
          return resolve(E.left(message.fault))
        case 'Answers':
          for (const { id, ...reply } of message.answers) settle(id, reply)
          for (const grown of message.grown) onGrown(grown)
          return
        case 'Closed':
          for (const id of [...waiting.keys()]) settle(id, { type: 'Fault', fault: closedFault(options.file) })
          return onClosed(message.fault === undefined ? E.right(undefined) : E.left(message.fault))
      }
    })
    // Only a bug ends the worker with an error, and nobody catches bugs.
    worker.on('error', (error) => {
      throw error
    })
  })
}

const closedFault = (file: string): Fault => fault('FG_STORE_CLOSED', `${file} was closed`)
