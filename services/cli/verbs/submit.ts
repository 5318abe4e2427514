/** `fastgpu submit`: a job from flags, or from a file with a field for each flag. */
import { readFileSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import type { Command } from 'commander'
import type { Accepted, Client } from '../../../sdk/typescript/index.ts'
import { example, printing, remote } from '../command.ts'
import { exitCodeOf, sayEnding } from '../ending.ts'
import { gather } from '../parse/pairs.ts'
import { EXIT, misused, Quit } from '../quit.ts'
import { submissionOf, type JobFlags, type Submission } from '../request.ts'
import { withServer } from '../server.ts'
import { clean } from '../show/clean.ts'
import { requestText } from '../show/request.ts'
import { show, terminalOf, type CommonOptions, type Terminal } from '../terminal.ts'
import { userName } from '../user.ts'

interface Options extends CommonOptions, JobFlags {
  readonly file?: string
  readonly wait?: boolean
  readonly follow?: boolean
  readonly dryRun?: boolean
}

export const define = (command: Command): void => {
  command
    .argument('[command...]', 'What to run, behind --')
    .option('--gpus <gpus>', 'GPUs on each node: 2, H100:8, a share 0.5, two halves 2x0.5 (default: 1)')
    .option('--tenant <tenant>', 'Who pays (default: FASTGPU_TENANT, or your user name)')
    .option('-N, --nodes <n>', 'Nodes, all or none (default: 1)')
    .option('--gpu-model <models>', 'Models in order of preference: A,B; "A|B": either is as good')
    .option('--gpu-memory <size>', 'Memory that each GPU must have: 40G, 40Gi')
    .option('--cpus <n>', 'CPUs on each node: 4, 0.5, 500m')
    .option('--memory <size>', 'Memory on each node: 32G, 32Gi')
    .option('-l, --label <key=value>', 'A label that each node must have; repeatable', gather)
    .option('--priority <n>', 'Higher goes first (default: 0)')
    .option('-t, --time <duration>', 'Stop it after that: 90s, 2h, 1h30m (default: no limit)')
    .option('--retries <n>', 'Further attempts after a failure (default: 0)')
    .option('-n, --name <name>', 'A name to find it by')
    .option('-e, --env <key=value>', 'A variable for the job; KEY alone takes your value; repeatable', gather)
    .option('--no-inherit', 'Give the job none of your environment but what -e names')
    .option('-C, --cwd <dir>', 'The directory to run in (default: this one)')
    .option('--id <id>', 'Idempotency key: the same id submits once, however often it is sent')
    .option('-f, --file <file>', 'Read the job from a YAML file with fields named like these flags; -: from stdin')
    .option('--wait', "Wait for its end; the exit code is the job's")
    .option('--follow', 'Wait, and print its output; Ctrl-C leaves the job running')
    .option('--dry-run', 'Print the request that would be sent, and send nothing')
    .passThroughOptions()
  remote(printing(command))
  example(
    command,
    'fastgpu submit --gpus 1 -- python train.py',
    'fastgpu submit --gpus H100:8 -N 4 -t 12h --retries 2 --follow -- torchrun train.py',
    'fastgpu submit -f job.yaml --priority 10'
  )
  command.action(async (words: ReadonlyArray<string>, options: Options) => {
    process.exitCode = await submit(words, options)
  })
}

const submit = async (words: ReadonlyArray<string>, options: Options): Promise<number> => {
  const terminal = terminalOf(options)
  const flags = { ...(await fileFlags(options.file)), ...flagsOf(words, options) }
  const submission = submissionOf(flags, { cwd: workingDirectory(flags.cwd), env: process.env, user: userName() })
  if (submission.left.length > 0)
    terminal.warn(
      `fastgpu: your environment is larger than a job can carry, so the job will not have ${submission.left.join(', ')}; give what it needs with -e`
    )
  if (options.dryRun === true) {
    const sent = { ...submission.job, ...(submission.id === undefined ? {} : { id: submission.id }) }
    await show(terminal, { data: sent, table: () => [JSON.stringify(sent, undefined, 2)], ids: () => [] })
    return EXIT.ok
  }
  return withServer(options, (client) => send(client, submission, options, terminal))
}

/** Where it was removed meanwhile there is no other that could be meant. */
const workingDirectory = (given: string | undefined): string => {
  try {
    return process.cwd()
  } catch {
    if (given !== undefined && isAbsolute(given)) return '/'
    throw new Quit(EXIT.failed, 'the current directory is gone', ["Change to one that is there, or name the job's own with --cwd."])
  }
}

/** The flags that were given: an absent one leaves the file's word. */
const flagsOf = (words: ReadonlyArray<string>, options: Options): JobFlags => {
  const { inherit, ...flags } = options
  return { ...flags, ...(inherit === false ? { inherit } : {}), ...(words.length === 0 ? {} : { command: words }) }
}

const fileFlags = async (file: string | undefined): Promise<JobFlags> => {
  if (file === undefined) return {}
  const { jobFileOf } = await import('../jobFile.ts')
  try {
    return jobFileOf(readFileSync(file === '-' ? 0 : file, 'utf8'), file === '-' ? 'stdin' : file)
  } catch (error) {
    if (error instanceof Quit) throw error
    throw misused(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const send = async (client: Client, submission: Submission, options: Options, terminal: Terminal): Promise<number> => {
  const answer = await client.submit(submission.job, submission.id === undefined ? {} : { id: submission.id })
  if (answer.outcome !== 'accepted') {
    terminal.warn(`fastgpu: the job is recorded and not yet decided on; send it again with --id ${answer.id} to hear its number`)
    await show(terminal, { data: answer, table: () => [`id ${answer.id}`], ids: () => [answer.id] })
    return EXIT.ok
  }
  for (const { message, code } of answer.warnings) terminal.warn(`warning: ${clean(message)} (${clean(code)})`)
  const waits = options.wait === true || options.follow === true
  if (!waits || terminal.format !== 'json') await showAccepted(answer, submission, options.follow === true, terminal)
  return waits ? stay(client, answer, options, terminal) : EXIT.ok
}

const showAccepted = async (answer: Accepted, submission: Submission, follows: boolean, terminal: Terminal): Promise<void> => {
  const { tenant, request } = submission.job
  const line = `${answer.job} submitted: ${requestText(request)}, for tenant ${tenant}`
  // While the job's output is copied, stdout is the job's alone.
  if (follows) terminal.say(line)
  else await show(terminal, { data: answer, table: () => [line], ids: () => [answer.job] })
}

const stay = async (client: Client, answer: Accepted, options: Options, terminal: Terminal): Promise<number> => {
  const { detachOnInterrupt, endOf } = await import('../follow.ts')
  detachOnInterrupt(answer.number)
  const ending = await endOf(client, { number: answer.number, position: answer.position, logs: options.follow === true }, terminal)
  terminal.say(`${answer.job} ${sayEnding(ending)}`)
  if (terminal.format === 'json') terminal.out(JSON.stringify({ ...answer, ending }, undefined, 2))
  return exitCodeOf(ending)
}
