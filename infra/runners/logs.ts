/** What a run wrote, in pieces: a log is never held as a whole, however long it is. */
import { open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LogWish } from '../../domain/ports/runner.ts'

const PIECE_BYTES = 64 * 1024
/** Between two looks at a log that is followed: short after something was written, longer and longer while nothing is. */
const FOLLOW_MS_MIN = 5
const FOLLOW_MS_MAX = 100
export const TAIL_LINES_MAX = 100_000
const NEWLINE = 10

/**
 * The pieces of the logs in `dir`. With `all`, what the run wrote to both is told in the order in which it is found: of a run that
 * is over, first one log and then the other.
 */
export async function* readLogs(dir: string, wish: LogWish, isOver: () => boolean): AsyncGenerator<Uint8Array> {
  const names = wish.stream === 'all' ? ['stdout', 'stderr'] : [wish.stream]
  const logs = names.map((name): Log => ({ file: join(dir, name), handle: undefined, at: -1 }))
  let pauseMs = FOLLOW_MS_MIN
  try {
    for (;;) {
      // Asked before reading: what was written before the end is then still read.
      const last = !wish.follow || isOver()
      let found = false
      for (const log of logs)
        for await (const piece of piecesOf(log, wish)) {
          found = true
          yield piece
          if (wish.signal?.aborted === true) return
        }
      if (last || wish.signal?.aborted === true) return
      pauseMs = found ? FOLLOW_MS_MIN : Math.min(pauseMs * 2, FOLLOW_MS_MAX)
      await sleep(pauseMs, undefined, { ref: false })
    }
  } finally {
    for (const log of logs) await log.handle?.close()
  }
}

interface Log {
  readonly file: string
  handle: FileHandle | undefined
  at: number
}

async function* piecesOf(log: Log, wish: LogWish): AsyncGenerator<Uint8Array> {
  log.handle ??= await open(log.file).catch(() => undefined)
  if (log.handle === undefined) return
  if (log.at < 0) log.at = wish.tailLines === undefined ? 0 : await tailAt(log.handle, Math.min(wish.tailLines, TAIL_LINES_MAX))
  for (;;) {
    // A piece of its own each time: whoever got the last one may still be sending it.
    const { bytesRead, buffer } = await log.handle.read(Buffer.allocUnsafe(PIECE_BYTES), 0, PIECE_BYTES, log.at)
    if (bytesRead === 0) return
    log.at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/** Where the last so many lines begin; a text behind the last newline counts as one. */
const tailAt = async (handle: FileHandle, lines: number): Promise<number> => {
  const { size } = await handle.stat()
  if (lines <= 0) return size
  const piece = Buffer.allocUnsafe(PIECE_BYTES)
  let seen = 0
  for (let end = size; end > 0; end -= PIECE_BYTES) {
    const from = Math.max(0, end - PIECE_BYTES)
    const { bytesRead } = await handle.read(piece, 0, end - from, from)
    for (let at = bytesRead - 1; at >= 0; at--)
      if (piece[at] === NEWLINE && from + at !== size - 1 && ++seen === lines) return from + at + 1
  }
  return 0
}
