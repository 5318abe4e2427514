/** `fastgpu dev`: a whole pool on this machine, in one process, until Ctrl-C. */
import type { Command } from 'commander'
import * as E from 'fp-ts/lib/Either.js'
import type { Machine } from '../../../domain/ports/devices.ts'
import { createClient } from '../../../sdk/typescript/index.ts'
import { common, example } from '../command.ts'
import { faulted } from '../faulted.ts'
import { integerOf } from '../parse/quantities.ts'
import { EXIT, Quit } from '../quit.ts'
import { submitSamples } from '../samples.ts'
import { clean } from '../show/clean.ts'
import { plural } from '../show/numbers.ts'
import { stateDirectoryOf } from '../stateDirectory.ts'
import { terminalOf, type CommonOptions, type Terminal } from '../terminal.ts'
import { userName } from '../user.ts'
import { versionOf } from '../version.ts'

interface Options extends CommonOptions {
  readonly port: string
  readonly simulate?: string
  readonly samples?: boolean
}

const PORT = 7070

export const define = (command: Command): void => {
  command
    .option('--port <port>', 'Where to listen on 127.0.0.1 (0: any free port)', String(PORT))
    .option('--simulate <fleet>', 'Made-up nodes in place of the GPUs of this machine, such as 2xH100:4')
    .option('--samples', 'Submit a few sample jobs, once for each state directory')
  common(command).option('--state-dir <dir>', 'Where everything is kept between runs (default: FASTGPU_STATE, or ~/.local/state/fastgpu)')
  example(command, 'fastgpu dev', 'fastgpu dev --simulate 4xH100:8,2xA100:4 --port 0 --state-dir /tmp/try')
  command.action(run)
}

const run = async (options: Options): Promise<void> => {
  const terminal = terminalOf(options)
  const { startDev } = await import('../../dev/dev.ts')
  const interrupted = signalled()
  const started = await startDev({
    stateDirectory: stateDirectoryOf(options.stateDir),
    port: integerOf(options.port, 0, 65_535, '--port'),
    version: versionOf(),
    by: userName(),
    ...(options.simulate === undefined ? {} : { simulate: options.simulate }),
    onAlarm: (alarm) => terminal.warn(`fastgpu: a bug was found and contained; please report it: ${clean(alarm)}`),
    onTrouble: (fault) =>
      terminal.warn(fault === undefined ? 'fastgpu: work goes on' : `fastgpu: ${clean(fault.message)} (${fault.code}). ${fault.next}`)
  })
  if (E.isLeft(started))
    throw faulted(started.left.retriable ? { ...started.left, next: `${started.left.next} Then start again.` } : started.left)
  const dev = started.right
  for (const line of machineLines(dev.machines, dev.simulated)) terminal.say(line)
  if (options.samples === true && dev.isFirst('samples-submitted')) {
    const client = createClient({ url: dev.url, token: dev.token })
    terminal.say(`Submitted ${plural(await submitSamples(client, dev.machines), 'sample job')}, so that there is something to look at.`)
    client.close()
  }
  terminal.say(`State is kept in ${stateDirectoryOf(options.stateDir)}.`)
  tellWhatToTry(terminal, options.samples === true)
  terminal.say(`Listening on ${dev.url}. Press Ctrl-C to stop.`)
  const fault = await Promise.race([interrupted, dev.failed])
  const live = dev.live()
  await dev.close()
  if (fault !== undefined) throw new Quit(EXIT.failed, `${clean(fault.message)} (${fault.code})`, [fault.next])
  terminal.say(
    live === 0
      ? 'Stopped. No job was running.'
      : `Stopped. ${plural(live, 'job')} ${live === 1 ? 'goes' : 'go'} on running; the next "fastgpu dev" takes them up again.`
  )
}

/** Resolves at the first Ctrl-C, or when the terminal is closed; the second ends the process at once. */
const signalled = (): Promise<undefined> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(undefined))
  })

const machineLines = (machines: ReadonlyArray<Machine>, simulated: boolean): ReadonlyArray<string> => {
  const gpus = machines.reduce((sum, machine) => sum + machine.devices.length, 0)
  const models = [...new Set(machines.flatMap((machine) => machine.devices.map((device) => device.model)))].join(', ')
  const sick = machines.flatMap((machine) =>
    machine.devices
      .filter((device) => device.health !== 'healthy')
      .map((device) => `GPU ${device.index} of ${machine.name} is ${device.health} and not used: ${device.detail}`)
  )
  const what = `${plural(machines.length, 'node')} with ${plural(gpus, 'GPU')}${gpus === 0 ? '' : ` (${models})`}`
  return [
    simulated
      ? `No GPU was used: ${what} ${machines.length === 1 ? 'is' : 'are'} SIMULATED. Jobs are real processes without a GPU.`
      : `Found ${what}.`,
    ...sick
  ]
}

const tellWhatToTry = (terminal: Terminal, samples: boolean): void => {
  terminal.say('')
  terminal.say('Try in another terminal (npx fastgpu, or bin/fastgpu from anywhere):')
  for (const line of [
    'npx fastgpu jobs',
    'npx fastgpu submit --gpus 1 --follow -- echo hi',
    ...(samples ? ['npx fastgpu explain J3'] : []),
    'npx fastgpu watch',
    'npx fastgpu usage'
  ])
    terminal.say(`  ${line}`)
  terminal.say('')
}
