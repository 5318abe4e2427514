/**
 * All verbs, with where each is defined: only the file of the verb that was asked for is loaded, so that none pays for the others
 * when it starts.
 */
import type { Command } from 'commander'

/** What a verb's file exports: it adds its options to the command, and its action ends with the exit code. */
export interface VerbFile {
  readonly define: (command: Command) => void
}

export interface Verb {
  readonly group: 'Jobs' | 'Fleet' | 'Accounts' | 'Policy' | 'Ledger' | 'Server'
  readonly summary: string
  readonly load: () => Promise<VerbFile>
}

/** In the order in which help lists them. */
export const verbs: Readonly<Record<string, Verb>> = {
  dev: { group: 'Server', summary: 'Run a whole pool on this machine', load: () => import('./verbs/dev.ts') },
  submit: { group: 'Jobs', summary: 'Submit a job', load: () => import('./verbs/submit.ts') },
  jobs: { group: 'Jobs', summary: 'List jobs', load: () => import('./verbs/jobs.ts') },
  job: { group: 'Jobs', summary: 'Show what happened to one job', load: () => import('./verbs/job.ts') },
  logs: { group: 'Jobs', summary: 'Print the output of a job', load: () => import('./verbs/logs.ts') },
  cancel: { group: 'Jobs', summary: 'Cancel jobs', load: () => import('./verbs/cancel.ts') },
  explain: { group: 'Jobs', summary: 'Say why a job waits', load: () => import('./verbs/explain.ts') },
  watch: { group: 'Jobs', summary: 'Print events as they happen, or from a position on', load: () => import('./verbs/watch.ts') },
  queue: { group: 'Fleet', summary: 'Show what waits, and for what', load: () => import('./verbs/queue.ts') },
  nodes: { group: 'Fleet', summary: 'List nodes, or show one', load: () => import('./verbs/nodes.ts') },
  cordon: { group: 'Fleet', summary: 'Give a node no new jobs', load: () => import('./verbs/cordon.ts') },
  uncordon: { group: 'Fleet', summary: 'Give a node jobs again', load: () => import('./verbs/uncordon.ts') },
  drain: { group: 'Fleet', summary: 'Empty a node', load: () => import('./verbs/drain.ts') },
  status: { group: 'Fleet', summary: 'Show the server and its pool at a glance', load: () => import('./verbs/status.ts') },
  usage: { group: 'Accounts', summary: 'Show who used how much GPU time', load: () => import('./verbs/usage.ts') },
  bill: { group: 'Accounts', summary: 'Show what it cost, to the GPU-second', load: () => import('./verbs/bill.ts') },
  forecast: { group: 'Accounts', summary: 'Show the GPU demand to expect', load: () => import('./verbs/forecast.ts') },
  price: { group: 'Accounts', summary: 'Set the price of a GPU model', load: () => import('./verbs/price.ts') },
  policy: { group: 'Policy', summary: 'Show or set the policy of the pool', load: () => import('./verbs/policy.ts') },
  simulate: { group: 'Policy', summary: 'Run a recorded trace through the scheduler', load: () => import('./verbs/simulate.ts') },
  verify: { group: 'Ledger', summary: 'Check the chain of a whole ledger', load: () => import('./verbs/verify.ts') },
  replay: { group: 'Ledger', summary: 'Decide the past again, and compare', load: () => import('./verbs/replay.ts') },
  ledger: { group: 'Ledger', summary: 'Print the rounds of a ledger', load: () => import('./verbs/ledger.ts') },
  completion: {
    group: 'Server',
    summary: 'Print a script that completes words in bash or zsh',
    load: () => import('./verbs/completion.ts')
  }
}

/** `fastgpu NOUN VERB` for those whose fingers expect it. */
export const nounVerbs: Readonly<Record<string, string>> = {
  'job ls': 'jobs',
  'job list': 'jobs',
  'job show': 'job',
  'job submit': 'submit',
  'job logs': 'logs',
  'job cancel': 'cancel',
  'job explain': 'explain',
  'node ls': 'nodes',
  'node list': 'nodes',
  'node show': 'nodes',
  'node cordon': 'cordon',
  'node uncordon': 'uncordon',
  'node drain': 'drain',
  'queue ls': 'queue',
  'ledger verify': 'verify',
  'ledger replay': 'replay'
}

/** One other word for a verb. */
export const synonyms: Readonly<Record<string, string>> = { node: 'nodes', log: 'logs' }
