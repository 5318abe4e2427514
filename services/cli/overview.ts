/** What `fastgpu --help` prints: all verbs with a line each, and where to begin. */
import { verbs } from './verbs.ts'

export const overview = (): string => {
  const groups = [...new Set(Object.values(verbs).map((verb) => verb.group))]
  const width = Math.max(...Object.keys(verbs).map((name) => name.length))
  const listed = groups.map((group) =>
    [
      `${group}:`,
      ...Object.entries(verbs)
        .filter(([, verb]) => verb.group === group)
        .map(([name, verb]) => `  ${name.padEnd(width)}  ${verb.summary}`)
    ].join('\n')
  )
  return `${HEAD}\n\n${listed.join('\n\n')}\n\n${FOOT}\n`
}

const HEAD = `Usage: fastgpu VERB [FLAGS] [ARGUMENTS]

FastGPU schedules GPU jobs on fleets of one node or ten thousand.`

const FOOT = `To begin with:
  fastgpu dev                             run a server on this machine
  fastgpu submit --gpus 1 -- echo hi      submit a job
  fastgpu jobs                            see what became of it
  fastgpu explain J1                      say why a job waits

"fastgpu VERB --help" shows the flags of a verb with an example.`
