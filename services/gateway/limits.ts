/** Everything here has a bound, and each bound a name and a unit. */
export interface Limits {
  readonly bodyBytesMax: number
  /** How long `?wait=accepted` waits. */
  readonly waitMsMax: number
  /** Wishes that are on their way at once. */
  readonly waitingMax: number
  /** Clients that follow events or logs at once. */
  readonly streamsMax: number
  readonly socketsMax: number
  readonly receiveMsMax: number
  readonly heartbeatMs: number
  readonly stallMsMax: number
  /** How long open answers may take to end when the server closes. */
  readonly closeMsMax: number
}

export const defaultLimits: Limits = {
  bodyBytesMax: 64 * 1024,
  waitMsMax: 10_000,
  waitingMax: 16_384,
  streamsMax: 256,
  socketsMax: 1_024,
  receiveMsMax: 10_000,
  heartbeatMs: 15_000,
  stallMsMax: 30_000,
  closeMsMax: 3_000
}
