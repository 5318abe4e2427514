/** All questions that the views answer, by name, so that they can be asked across threads: a name and its arguments travel, code does not. */
import { askBill } from './queries/bill.ts'
import { askNode, askNodes } from './queries/fleet.ts'
import { askForecast } from './queries/forecast.ts'
import { askJob, askJobs } from './queries/jobs.ts'
import { askNames } from './queries/names.ts'
import { askOutcome } from './queries/outcome.ts'
import { askQueue } from './queries/queue.ts'
import { askUsage } from './queries/usage.ts'
import type { Question } from './question.ts'

export const queries = {
  jobs: askJobs,
  job: askJob,
  outcome: askOutcome,
  nodes: askNodes,
  node: askNode,
  queue: askQueue,
  usage: askUsage,
  bill: askBill,
  forecast: askForecast,
  names: askNames
} as const

export type Queries = typeof queries
export type QueryName = keyof Queries
export type Asked<Q extends QueryName> = Parameters<Queries[Q]> extends readonly [infer A] ? A : Record<never, never>
export type Answer<Q extends QueryName> = ReturnType<Queries[Q]> extends Question<infer A> ? A : never
