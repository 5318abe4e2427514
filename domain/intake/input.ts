/** An input as the core takes it: read, decoded and named by its hashes at the edge. */
import type { Cause } from '../events/cause.ts'
import type { Said, Stream } from '../events/inputs.ts'

export interface Input {
  readonly stream: Stream
  readonly position: number
  readonly cause: Cause
  /** When its sender says that it was made (ce_time). */
  readonly timeMs: number
  readonly said: Said
}

/** A record that is no input: the hash of its bytes, and why it could not be read. */
export interface Poison {
  readonly stream: Stream
  readonly position: number
  readonly sha256: string
  readonly reason: string
}

export const isPoison = (given: Input | Poison): given is Poison => !('said' in given)
