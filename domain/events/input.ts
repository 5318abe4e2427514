/** An input as the core takes it: read, decoded and named by its hashes at the edge. */
import type { Cause } from './cause.ts'
import type { Said, Stream } from './inputs.ts'

export interface Input {
  readonly stream: Stream
  readonly position: number
  readonly cause: Cause
  /** sha256(type, data), each after its 4-byte length: the whole of what `cause.digest` begins. */
  readonly sha256: string
  /** When its sender says that it was made (ce_time). */
  readonly timeMs: number
  readonly said: Said
}

/** A record that is no input, and why it could not be read. */
export interface Poison {
  readonly stream: Stream
  readonly position: number
  readonly sha256: string
  readonly reason: string
}

export const isPoison = (given: Input | Poison): given is Poison => !('said' in given)
