/** A verb as a commander command, with the flags that every verb has and with our exit codes. */
import { Command, Option } from 'commander'
import { FORMATS } from './terminal.ts'

export const commandOf = (name: string, summary: string): Command =>
  new Command(`fastgpu ${name}`)
    .description(`${summary}.`)
    .helpOption('-h, --help', 'Show this help')
    .configureHelp({ sortOptions: false, styleTitle: (title) => title })
    .configureOutput({
      outputError: (text, write) => {
        write(`fastgpu: ${text.replace(/^error: /, '')}`)
        write(`  "fastgpu ${name} --help" shows the flags.\n`)
      }
    })
    .exitOverride()

/** Flags of a verb that prints data. */
export const printing = (command: Command): Command =>
  command
    .addOption(new Option('--json', 'Print JSON; the same as -o json'))
    .addOption(new Option('-o, --output <format>', `Print ${FORMATS.join(', ')}`))

/** Flags of every verb, added last so that help lists the verb's own first. */
export const common = (command: Command): Command =>
  command
    .option('-q, --quiet', 'Print no messages but errors')
    .option('--no-color', 'Print no colours (as NO_COLOR does)')
    .option('--plain', 'Print ASCII alone, without colours and block characters')

/** Flags of a verb that talks to a server. */
export const remote = (command: Command): Command =>
  common(command)
    .option('--url <url>', 'The server (default: FASTGPU_URL, or the one that runs on the state directory)')
    .option('--state-dir <dir>', 'The state directory of the server (default: FASTGPU_STATE, or ~/.local/state/fastgpu)')

export const example = (command: Command, ...lines: ReadonlyArray<string>): Command =>
  command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`)
