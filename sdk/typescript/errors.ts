/** How a call fails: with the server's own answer, or because there was no answer at all. */
import type { ErrorBody, RefusalReason } from './types.ts'

export class FastGpuError extends Error {
  /** Stable, listed in docs/errors.md. */
  readonly code: string
  /** What a person should do. */
  readonly next: string
  /** All that was wrong with an input that was refused. */
  readonly reasons: ReadonlyArray<RefusalReason>
  /** Of the HTTP answer; 0: there was none. */
  readonly status: number

  constructor(body: ErrorBody, status: number, cause?: unknown) {
    super(body.message, { cause })
    this.name = 'FastGpuError'
    this.code = body.code
    this.next = body.next
    this.reasons = body.reasons ?? []
    this.status = status
  }
}

export const unreachable = (url: string, cause: unknown): FastGpuError =>
  new FastGpuError(
    {
      code: 'FG_UNREACHABLE',
      message: `nothing answers at ${url}: ${cause instanceof Error ? cause.message : String(cause)}`,
      next: 'Start a server with "fastgpu dev", or say where it is with --url or FASTGPU_URL.'
    },
    0,
    cause
  )

export const notOurs = (url: string, status: number): FastGpuError =>
  new FastGpuError(
    {
      code: 'FG_ANSWER_MALFORMED',
      message: `${url} answered with status ${status} and something that is not of this API`,
      next: 'Check that the address is that of a fastgpu server of this version, and that no proxy answers in its place.'
    },
    status
  )
