/** From the words of the command line to the verb that they name, and from what it did to an exit code. */
import { closest } from './closest.ts'
import { overview } from './overview.ts'
import { EXIT, misused, Quit } from './quit.ts'
import { nounVerbs, synonyms, verbs, type Verb } from './verbs.ts'

export const run = async (words: ReadonlyArray<string>): Promise<void> => {
  process.stdout.on('error', outputBroke)
  // Nobody reads the messages any more, such as behind `fastgpu dev 2>&1 | head`: that ends no server.
  process.stderr.on('error', () => undefined)
  try {
    await dispatch(words)
  } catch (error) {
    process.exitCode = report(error)
  }
  // Idle connections would hold the process for seconds; what was written is given to the system first.
  process.stdout.write('', () => setImmediate(() => process.exit()))
}

/** `fastgpu jobs | head` closes the pipe early, and that is no error; a full disk is one. */
const outputBroke = (error: NodeJS.ErrnoException): never => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok)
  process.stderr.write(`fastgpu: the output cannot be written: ${error.message}\n`)
  process.exit(EXIT.failed)
}

const dispatch = async (words: ReadonlyArray<string>): Promise<void> => {
  const { leading, rest } = splitLeading(words)
  const asked = rest[0]
  if (asked === undefined || asked === 'help') {
    const topic = rest[1]
    if (topic !== undefined) return runVerb(topic, ['--help'])
    if (leading.length > 0 && !leading.some((word) => word === '-h' || word === '--help'))
      throw misused(`${leading.join(' ')}: there is no verb`, overviewHint)
    process.stdout.write(overview())
    return
  }
  const aliased = Object.hasOwn(nounVerbs, rest.slice(0, 2).join(' ')) ? nounVerbs[rest.slice(0, 2).join(' ')] : undefined
  if (aliased !== undefined) return runVerb(aliased, [...leading, ...rest.slice(2)])
  return runVerb(asked, [...leading, ...rest.slice(1)])
}

const overviewHint = '"fastgpu --help" lists the verbs.'

/** `fastgpu --json jobs` means `fastgpu jobs --json`. */
const splitLeading = (words: ReadonlyArray<string>): { readonly leading: ReadonlyArray<string>; readonly rest: ReadonlyArray<string> } => {
  let index = 0
  while (words[index]?.startsWith('-') === true) index += words[index] === '--url' || words[index] === '--state-dir' ? 2 : 1
  return { leading: words.slice(0, index), rest: words.slice(index) }
}

const runVerb = async (word: string, words: ReadonlyArray<string>): Promise<void> => {
  const name = (Object.hasOwn(synonyms, word) ? synonyms[word] : undefined) ?? word
  const verb: Verb | undefined = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  if (verb === undefined) throw unknownVerb(word)
  const [{ commandOf }, { define }] = await Promise.all([import('./command.ts'), verb.load()])
  const command = commandOf(name, verb.summary)
  define(command)
  await command.parseAsync(words, { from: 'user' })
}

const unknownVerb = (word: string): Error => {
  const near = closest(word, [...Object.keys(verbs), ...Object.keys(synonyms)])
  return misused(`there is no verb "${word}"${near === undefined ? '' : `; did you mean "${near}"?`}`, overviewHint)
}

/** Says what went wrong, and answers the exit code. What is not a Quit and not commander's is a bug, and shows where it is. */
const report = (error: unknown): number => {
  if (error instanceof Quit) {
    if (error.message !== '') process.stderr.write(`fastgpu: ${error.message}\n`)
    for (const line of error.next) process.stderr.write(`  ${line}\n`)
    return error.exitCode
  }
  if (isCommanders(error)) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  process.stderr.write(
    `fastgpu: internal error, which is a bug in fastgpu: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`
  )
  return EXIT.internal
}

/** Commander has printed the message itself; help and version end this way too, with exit code 0. */
const isCommanders = (error: unknown): error is { readonly exitCode: number } =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('commander.') && 'exitCode' in error
