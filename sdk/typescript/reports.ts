/** What the reports over a span of time say: usage, bill and forecast. */
export const USAGE_KEYS = ['tenant', 'model', 'node'] as const
export type UsageKey = (typeof USAGE_KEYS)[number]

/** GPU time in thousandths of a GPU times ms is exact; `gpuMs` is the same in whole GPUs: half a GPU for 2 s is 1,000. */
export interface UsageRow {
  readonly key: string
  readonly gpuMilliMs: number
  readonly gpuMs: number
  /** Attempts that held something. */
  readonly jobs: number
}

export interface Usage {
  readonly by: UsageKey
  readonly sinceMs: number
  readonly untilMs: number
  readonly rows: ReadonlyArray<UsageRow>
  readonly allocatedGpuMilliMs: number
  readonly capacityGpuMilliMs: number
  readonly allocatedGpuMs: number
  readonly capacityGpuMs: number
  /** One entry an hour, oldest first. */
  readonly hours: ReadonlyArray<{ readonly startMs: number; readonly allocatedGpuMs: number; readonly capacityGpuMs: number }>
}

export const BILL_KEYS = ['tenant', 'job'] as const
export type BillKey = (typeof BILL_KEYS)[number]

export interface BillRow {
  readonly tenant: string
  /** Only in a bill by job. */
  readonly job: number | null
  readonly model: string
  /** Only in an hourly bill. */
  readonly hourMs: number | null
  readonly microPerGpuHour: number
  /** The event that set the price; null where none had been set. */
  readonly pricePosition: number | null
  readonly gpuMilliMs: number
  readonly gpuMs: number
  /** Integer millionths of the pool's currency, rounded down. */
  readonly costMicro: number
  readonly jobs: number
  /** The events that the line comes from. */
  readonly positions: ReadonlyArray<number>
  readonly positionCount: number
}

export interface Bill {
  readonly sinceMs: number
  readonly untilMs: number
  readonly rows: ReadonlyArray<BillRow>
  /** The sum of the rows. */
  readonly totalMicro: number
  readonly idle: ReadonlyArray<{
    readonly model: string
    readonly gpuMilliMs: number
    readonly gpuMs: number
    readonly capacityGpuMilliMs: number
  }>
  readonly idleGpuMilliMs: number
  readonly capacityGpuMilliMs: number
  readonly idleGpuMs: number
  readonly capacityGpuMs: number
}

export interface Forecast {
  readonly model: string
  /** GPUs wanted on average in the hour, and the bounds within which nine of ten hours would have been. */
  readonly hours: ReadonlyArray<{ readonly startMs: number; readonly gpus: number; readonly low: number; readonly high: number }>
  readonly history: ReadonlyArray<{ readonly startMs: number; readonly gpus: number }>
  /** Mean absolute error of the method on the hours that are known, in GPUs, and that of the seasonal naive one; null: too few hours. */
  readonly errorGpus: number | null
  readonly naiveErrorGpus: number | null
}
