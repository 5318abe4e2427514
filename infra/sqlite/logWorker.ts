/**
 * The thread in which the log's file is written, since a sync of the disk blocks. Requests that arrive while one transaction is on its
 * way to the disk are all part of the next one.
 */
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads'
import * as E from 'fp-ts/lib/Either.js'
import { invariant } from '../../domain/kernel/invariant.ts'
import type { Fault } from '../../domain/ports/fault.ts'
import type { Answer, FromWorker, Reply, Request, ToWorker } from './logProtocol.ts'
import { closeLog, openLog, type OpenOptions } from './logSchema.ts'
import { logStore, type LogStore } from './logStore.ts'

export interface WorkerOptions extends OpenOptions {
  /** How often to look whether another process has written. */
  readonly pollMs: number
}

/** One transaction takes at most about so many bytes, so that it takes a bounded time. */
const TRANSACTION_BYTES_MAX = 16 * 1024 * 1024
/** The write-ahead log is copied back when nothing was asked for so long, and at least so much was written. */
const IDLE_MS = 100
const CHECKPOINT_BYTES_MIN = 1024 * 1024
/** What a transaction writes beside its data: about a page for each table. */
const COMMIT_BYTES = 2 * 16_384
/** A smaller array is cheaper copied than handed over. */
const HAND_OVER_BYTES_MIN = 16 * 1024

const serve = (port: MessagePort, store: LogStore, pollMs: number, close: () => Fault | undefined): void => {
  let unsavedBytes = 0
  let lastAskedMs = performance.now()
  let closed = false

  const say = (message: FromWorker, handOver: ReadonlyArray<ArrayBuffer> = []): void => port.postMessage(message, [...handOver])

  const answer = (answers: ReadonlyArray<Answer>): void => {
    say({ type: 'Answers', answers, grown: store.grown() }, answers.flatMap(buffersOf))
  }

  const answerAll = (requests: ReadonlyArray<Request>): void => {
    const appends = requests.filter(isAppend)
    if (appends.length > 0) {
      unsavedBytes += COMMIT_BYTES + appends.reduce((sum, request) => sum + bytesOf(request), 0)
      answer(store.write(appends))
    }
    for (const request of requests) if (!isAppend(request)) answer([{ ...store.read(request), id: request.id }])
    lastAskedMs = performance.now()
  }

  const poll = (): void => {
    store.look()
    const grown = store.grown()
    if (grown.length > 0) say({ type: 'Answers', answers: [], grown })
    if (unsavedBytes < CHECKPOINT_BYTES_MIN || performance.now() - lastAskedMs < IDLE_MS) return
    store.checkpoint()
    unsavedBytes = 0
  }

  const timer = setInterval(poll, pollMs)
  port.on('message', (first: ToWorker) => {
    for (let message: ToWorker | undefined = first; message !== undefined && !closed; message = nextOn(port)) {
      const taken = takeFrom(port, message)
      answerAll(taken.requests)
      if (!taken.close) continue
      closed = true
      clearInterval(timer)
      say({ type: 'Closed', fault: close() })
      port.close()
    }
  })
}

/** All requests that have arrived, as far as one transaction takes them. */
const takeFrom = (port: MessagePort, first: ToWorker): { readonly requests: ReadonlyArray<Request>; readonly close: boolean } => {
  const requests: Array<Request> = []
  let bytes = 0
  for (let message: ToWorker | undefined = first; message !== undefined; message = nextOn(port)) {
    if (message.type === 'Close') return { requests, close: true }
    for (const request of message.requests) {
      requests.push(request)
      bytes += bytesOf(request)
    }
    if (bytes >= TRANSACTION_BYTES_MAX) break
  }
  return { requests, close: false }
}

const nextOn = (port: MessagePort): ToWorker | undefined => {
  const received: { readonly message: ToWorker } | undefined = receiveMessageOnPort(port)
  return received?.message
}

const isAppend = (request: Request): boolean => request.type === 'AppendInputs' || request.type === 'AppendRound'

const bytesOf = (request: Request): number =>
  request.type === 'AppendRound' ? request.bytes.length : request.type === 'AppendInputs' ? request.inputs.data.length : 0

/** Large arrays of an answer are handed over: SQLite made each in a buffer of its own. */
const buffersOf = (reply: Reply): ReadonlyArray<ArrayBuffer> => {
  const arrays =
    reply.type === 'Rounds'
      ? reply.rounds.map((round) => round.bytes)
      : reply.type === 'Inputs'
        ? reply.inputs.map((input) => input.data)
        : []
  return arrays.filter((bytes) => bytes.byteLength >= HAND_OVER_BYTES_MIN).map((bytes) => bytes.buffer as ArrayBuffer)
}

const port = parentPort
invariant(port !== null, 'the log worker runs in a worker thread')
const options = workerData as WorkerOptions
const opened = openLog(options)
if (E.isLeft(opened)) {
  port.postMessage({ type: 'NotOpened', fault: opened.left } satisfies FromWorker)
  port.close()
} else {
  serve(port, logStore(opened.right, options.file, options.pool), options.pollMs, () => closeLog(opened.right, options))
  port.postMessage({ type: 'Opened' } satisfies FromWorker)
}
