/** `fastgpu explain`: all reasons why a job waits, each in a sentence with its counts, the ones that never pass by themselves first. */
import type { Command } from 'commander'
import type { Explanation, WaitClass, WaitReason } from '../../../sdk/typescript/index.ts'
import { example, printing, remote } from '../command.ts'
import { jobNumberOf } from '../parse/jobNumber.ts'
import { withServer } from '../server.ts'
import { clean } from '../show/clean.ts'
import { plural } from '../show/numbers.ts'
import { duration } from '../show/time.ts'
import { show, terminalOf, type CommonOptions, type Terminal } from '../terminal.ts'

export const define = (command: Command): void => {
  command.argument('<job>', 'Such as J12')
  remote(printing(command))
  example(command, 'fastgpu explain J12')
  command.action(async (word: string, options: CommonOptions) => {
    const terminal = terminalOf(options)
    const explanation = await withServer(options, (client) => client.explain(jobNumberOf(word)))
    await show(terminal, {
      data: explanation,
      table: () => lines(explanation, terminal, Date.now()),
      ids: () => explanation.reasons.map((reason) => reason.code)
    })
  })
}

/** What each class means for somebody who waits. */
const CLASSES: Readonly<Record<WaitClass, string>> = {
  never: 'waiting does not help',
  policy: 'somebody chose it so',
  capacity: 'others hold what it needs',
  order: 'it is not its turn',
  transient: 'it passes by itself'
}
const ORDER = Object.keys(CLASSES)

const lines = (explanation: Explanation, terminal: Terminal, nowMs: number): ReadonlyArray<string> => {
  const { job, phase, never, nodesTotal, nodesFeasible, ahead, sinceMs } = explanation
  const since = duration(Math.abs(nowMs - sinceMs))
  if (phase !== 'pending') return [`${job} does not wait: it has been ${clean(phase)} for ${since}.`]
  const { bold, red } = terminal.paint
  const reasons = [...explanation.reasons].sort((a, b) => ORDER.indexOf(a.class) - ORDER.indexOf(b.class))
  return [
    bold(sinceMs > nowMs ? `${job} waits, and is tried again in ${since}.` : `${job} has been waiting for ${since}.`),
    never
      ? red(`It can never run on the ${plural(nodesTotal, 'node')} that there are: it waits until others come, or until it is cancelled.`)
      : `${nodesFeasible} of ${plural(nodesTotal, 'node')} could take it, or a member of it, now.`,
    '',
    ...(reasons.length === 0
      ? ['  Nothing stands in its way: the next round places it.']
      : reasons.flatMap((one) => reasonLines(one, terminal))),
    ...(ahead === 0 ? [] : ['', `${plural(ahead, 'job')} ${ahead === 1 ? 'comes' : 'come'} before it.`])
  ]
}

/** The detail has the counts in it. */
const reasonLines = (reason: WaitReason, { paint }: Terminal): ReadonlyArray<string> => [
  `  ${paint.bold(reason.class.padEnd(9))}  ${clean(reason.detail)}`,
  paint.dim(`             (${clean(reason.code)}: ${CLASSES[reason.class] ?? 'a class that this version does not know'})`)
]
