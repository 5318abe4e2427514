/**
 * The feed of a pool's events over Server-Sent Events. The reader knows which position comes next, so after a dropped connection it
 * asks for exactly that one: what it hands on has no gap and no duplicate, however often the connection breaks.
 */
import { FastGpuError } from './errors.ts'
import type { HttpAnswer } from './transport.ts'
import type { PublicEvent } from './types.ts'

export interface WatchOptions {
  /** The first position wanted; left out: what comes from now on. */
  readonly from?: number
  /** Such as JobAllocated; left out or empty: all. */
  readonly types?: ReadonlyArray<string>
  readonly signal?: AbortSignal
  /** Told each time that a connection is lost, before the next one is tried. */
  readonly onDrop?: (cause: unknown, delayMs: number) => void
}

/** An event and its place in the ledger. */
export interface WatchedEvent extends PublicEvent {
  readonly position: number
}

/** Opens the feed at a path; throws FastGpuError where the server refuses. */
export type OpenFeed = (path: string, signal: AbortSignal) => Promise<HttpAnswer>

/** The server says at least every 15 s that it lives; after three times that, the connection is dead. */
const SILENCE_MS_MAX = 45_000
const DELAY_MS_MIN = 100
const DELAY_MS_MAX = 5_000

export const watchFeed = async function* (open: OpenFeed, options: WatchOptions): AsyncGenerator<WatchedEvent> {
  const filtered = (options.types?.length ?? 0) > 0
  const aborted = (): boolean => options.signal?.aborted ?? false
  let next = options.from ?? -1
  let delayMs = DELAY_MS_MIN
  while (!aborted()) {
    const dropped = new AbortController()
    const drop = (): void => dropped.abort()
    options.signal?.addEventListener('abort', drop)
    let cause: unknown = new Error('the server ended the feed')
    try {
      const answer = await open(feedPath(next, options.types ?? []), dropped.signal)
      for await (const message of messagesOf(answer.body, drop)) {
        delayMs = DELAY_MS_MIN
        const position = Number(message.id)
        if (message.data === '') next = Math.max(next, position + 1)
        else if (position >= next) {
          if (!filtered && next >= 0 && position > next) throw new Error(`the feed skipped from ${next} to ${position}`)
          next = position + 1
          yield { ...(JSON.parse(message.data) as PublicEvent), position }
          if (aborted()) return
        }
      }
    } catch (error) {
      if (error instanceof FastGpuError && error.status !== 0 && error.status !== 503) throw error
      cause = error
    } finally {
      options.signal?.removeEventListener('abort', drop)
      drop()
    }
    if (aborted()) return
    options.onDrop?.(cause, delayMs)
    await pause(delayMs, options.signal)
    delayMs = Math.min(DELAY_MS_MAX, delayMs * 2)
  }
}

const feedPath = (next: number, types: ReadonlyArray<string>): string => {
  const query = [...(next < 0 ? [] : [`from=${next}`]), ...(types.length === 0 ? [] : [`types=${types.map(encodeURIComponent).join(',')}`])]
  return `/v1/events${query.length === 0 ? '' : `?${query.join('&')}`}`
}

interface Message {
  readonly id: string
  /** Empty: only the position moved on. */
  readonly data: string
}

/** The messages of an event stream. `silent` is called when nothing at all came for too long. */
export const messagesOf = async function* (body: AsyncIterable<Uint8Array>, silent: () => void): AsyncGenerator<Message> {
  const decoder = new TextDecoder()
  let rest = ''
  let timer = setTimeout(silent, SILENCE_MS_MAX)
  try {
    for await (const chunk of body) {
      clearTimeout(timer)
      const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const message = messageOf(block)
        if (message !== undefined) yield message
      }
      timer = setTimeout(silent, SILENCE_MS_MAX)
    }
  } finally {
    clearTimeout(timer)
  }
}

const messageOf = (block: string): Message | undefined => {
  let id = ''
  let data = ''
  for (const line of block.split('\n')) {
    if (line.startsWith('id: ')) id = line.slice(4)
    else if (line.startsWith('data: ')) data += line.slice(6)
  }
  return id === '' ? undefined : { id, data }
}

export const pause = (delayMs: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, delayMs)
    signal?.addEventListener('abort', done)
  })
