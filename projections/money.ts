/**
 * Money from GPU time, exactly: a price is in micro-units for a whole GPU held for an hour, and time in thousandths of a GPU times ms.
 * The products are beyond 2^53, so they are computed as big integers. Only a line of a bill is rounded, and its remainder is told.
 */
import { HOUR_MS } from './series.ts'

/** Thousandths of a GPU times ms in an hour of a whole GPU. */
export const MILLI_MS_PER_GPU_HOUR = 1000 * HOUR_MS

export interface Amount {
  /** Rounded down. Exact up to 2^53 micro-units, nine thousand million units of money. */
  readonly micro: number
  /** What was rounded off, in parts of a micro-unit: MILLI_MS_PER_GPU_HOUR of them are one. */
  readonly remainder: number
}

export const amountOf = (parts: ReadonlyArray<{ readonly milliMs: number; readonly microPerGpuHour: number }>): Amount => {
  let product = 0n
  for (const { milliMs, microPerGpuHour } of parts) product += BigInt(milliMs) * BigInt(microPerGpuHour)
  const unit = BigInt(MILLI_MS_PER_GPU_HOUR)
  return { micro: Number(product / unit), remainder: Number(product % unit) }
}
