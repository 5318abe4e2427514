/** How the gateway says no: one status and one small JSON body for each code, whatever it was that went wrong. */
import { errors, refusal, type ErrorCode, type RefusalCode } from '../../domain/events/errors.ts'
import type { RefusalReason } from '../../domain/events/facts.ts'
import type { Fault } from '../../domain/ports/fault.ts'
import type { ErrorBody } from '../../sdk/typescript/types.ts'

export interface Failure {
  readonly status: number
  readonly error: ErrorBody
}

/** More text than this helps nobody, and a hostile body must not be answered with megabytes. */
export const ERROR_BYTES_MAX = 1024
const MESSAGE_BYTES_MAX = 320
export const RETRY_AFTER_S = 1

const statuses: Readonly<Partial<Record<ErrorCode, number>>> = {
  FG_INPUT_MALFORMED: 400,
  FG_POSITION_AHEAD: 400,
  FG_UNAUTHORIZED: 401,
  FG_HOST_FORBIDDEN: 403,
  FG_ORIGIN_FORBIDDEN: 403,
  FG_NOT_FOUND: 404,
  FG_JOB_UNKNOWN: 404,
  FG_NODE_UNKNOWN: 404,
  FG_RUN_UNKNOWN: 404,
  FG_REQUEST_TIMEOUT: 408,
  FG_ID_REUSED: 409,
  FG_BODY_TOO_LARGE: 413,
  FG_CONTENT_TYPE: 415
}
const REFUSED = 422
const BROKEN = 503

const isKnown = (code: string): code is ErrorCode => Object.hasOwn(errors, code)

export const refused = (code: RefusalCode, message: string): Failure => failureOf([refusal(code, message)])

/** The reasons for which intake refused an input; the first gives the code and the status. */
export const failureOf = (reasons: ReadonlyArray<RefusalReason>): Failure => {
  const code = reasons[0]?.code ?? 'FG_INPUT_MALFORMED'
  const message = reasons[0]?.message ?? 'the input was refused'
  return {
    status: isKnown(code) ? (statuses[code] ?? REFUSED) : REFUSED,
    error: {
      code,
      message: reasons.length > 1 ? `${clip(message)} (and ${reasons.length - 1} more)` : clip(message),
      next: isKnown(code) ? errors[code].next : 'Correct the input.',
      reasons: reasons.map((reason) => ({ code: reason.code, message: clip(reason.message) }))
    }
  }
}

/** All that is wrong with the text or the shape of an input, each in a sentence. */
export const malformed = (sentences: ReadonlyArray<string>): Failure =>
  failureOf(sentences.map((sentence) => refusal('FG_INPUT_MALFORMED', sentence)))

export const broken = (fault: Fault): Failure => ({
  status: BROKEN,
  error: { code: fault.code, message: clip(fault.message), next: clip(fault.next) }
})

export const busy = (message: string): Failure => ({ status: BROKEN, error: { code: 'FG_BUSY', message, next: errors.FG_BUSY.next } })

/** The body as it is sent: reasons are left out from the end until it is small enough, and then the message is what is cut. */
export const encodeFailure = (failure: Failure): string => {
  const { reasons = [], ...error } = failure.error
  for (let count = reasons.length; count > 0; count--) {
    const text = JSON.stringify({ error: { ...error, reasons: reasons.slice(0, count) } })
    if (Buffer.byteLength(text) <= ERROR_BYTES_MAX) return text
  }
  return JSON.stringify({ error })
}

/** Without control characters and lone surrogates, and not longer than a sentence may be. */
const clip = (text: string): string => {
  const clean = text.toWellFormed().replace(/[\p{C}"\\]/gu, "'")
  if (Buffer.byteLength(clean) <= MESSAGE_BYTES_MAX) return clean
  return `${Buffer.from(clean).subarray(0, MESSAGE_BYTES_MAX).toString('utf8').replace(/�+$/, '')}...`
}
