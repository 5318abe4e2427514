/** What a bench module exports, and what it answers: each figure beside a physical limit that was measured in the same run. */
export interface Result {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What the machine itself does at best, or a bound that must be kept. */
  readonly limit: { readonly name: string; readonly value: number }
  /** value / limit.value. */
  readonly ratio: number
}

export interface Options {
  /** Small sizes, which only prove that the bench runs. */
  readonly smoke: boolean
  /** Says on stderr how far it is. */
  readonly progress: (text: string) => void
}

export interface Bench {
  readonly name: string
  readonly describe: string
  readonly run: (options: Options) => Promise<ReadonlyArray<Result>>
}

export const result = (name: string, value: number, unit: string, limit: Result['limit']): Result => ({
  name,
  value: rounded(value),
  unit,
  limit: { name: limit.name, value: rounded(limit.value) },
  ratio: rounded(value / limit.value)
})

const rounded = (value: number): number => Number(value.toPrecision(4))

/** Runs it and answers how long that took. */
export const secondsOf = (work: () => void): number => {
  const start = performance.now()
  work()
  return (performance.now() - start) / 1000
}

/** Small, fast and the same in every run; a bench needs no better randomness (mulberry32). */
export const randomOf = (seed: number): ((below: number) => number) => {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** By nearest rank; `share` 0.5 is the median. */
export const percentile = (values: ReadonlyArray<number>, share: number): number => {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
}
