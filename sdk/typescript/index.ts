/** The TypeScript SDK of FastGPU: everything a program needs to submit jobs and to follow what becomes of them. */
export { createClient, type BatchOptions, type Client, type ClientOptions, type OrderOptions, type SubmitOptions } from './client.ts'
export { FastGpuError } from './errors.ts'
export * from './types.ts'
export type { WatchedEvent, WatchOptions } from './watch.ts'
