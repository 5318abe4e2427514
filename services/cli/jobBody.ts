/**
 * The body of a job: what the agent needs to run it, as JSON text. It carries the submitter's directory and environment, within
 * the size that a job's body may have.
 */
import { misused } from './quit.ts'

/** As BODY_CHARS_MAX of domain/events/inputs.ts, which a test compares; importing it would load all codecs on the way to `submit`. */
export const BODY_CHARS_MAX = 16_384

export type Environment = Readonly<Record<string, string | undefined>>

export interface BodyWish {
  readonly command: ReadonlyArray<string>
  readonly cwd: string
  /** The submitter's environment, as far as the job shall have it. */
  readonly inherited: Environment
  /** Variables given by name: never left out. */
  readonly given: Readonly<Record<string, string>>
}

export interface Body {
  readonly text: string
  /** Names of inherited variables that did not fit. */
  readonly left: ReadonlyArray<string>
}

/** Of the shell that submits, and wrong for the job's process. */
const NEVER = new Set(['_', 'SHLVL', 'OLDPWD', 'PWD'])

/** Likely to change what a job does, so they stay however large they are. */
const KEPT =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_.+|TZ|TMPDIR|LD_LIBRARY_PATH|PYTHON.*|VIRTUAL_ENV|CONDA_.+|CUDA_.+|NCCL_.+|OMP_.+|MKL_.+|HF_.+|TORCH_.+|WANDB_.+|FASTGPU_.+)$/

/** Where all of it does not fit, inherited variables that no job is likely to need are left out, the largest first. */
export const bodyOf = (wish: BodyWish): Body => {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(wish.inherited)) if (value !== undefined && !NEVER.has(name)) env[name] = value
  Object.assign(env, wish.given)
  const textOf = (): string => JSON.stringify({ command: wish.command, cwd: wish.cwd, env })
  const left: Array<string> = []
  let chars = textOf().length
  for (const { name, size } of sheddable(env, wish.given)) {
    if (chars <= BODY_CHARS_MAX) break
    Reflect.deleteProperty(env, name)
    left.push(name)
    chars -= size
  }
  const text = textOf()
  if (text.length > BODY_CHARS_MAX) throw tooLarge(text.length, wish.command, env)
  return { text, left }
}

const sheddable = (
  env: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>
): ReadonlyArray<{ readonly name: string; readonly size: number }> =>
  Object.entries(env)
    .filter(([name]) => !KEPT.test(name) && !Object.hasOwn(given, name))
    .map(([name, value]) => ({ name, size: JSON.stringify(name).length + JSON.stringify(value).length + 2 }))
    .sort((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1))

const tooLarge = (chars: number, command: ReadonlyArray<string>, env: Readonly<Record<string, string>>): Error => {
  const largest = Object.entries(env)
    .sort((a, b) => b[1].length - a[1].length)
    .slice(0, 3)
    .map(([name, value]) => `${name} (${value.length} characters)`)
  const parts = [
    `the command has ${JSON.stringify(command).length} characters`,
    ...(largest.length > 0 ? [`the largest variables are ${largest.join(', ')}`] : [])
  ]
  return misused(
    `the command and its environment have ${chars} characters, and a job can carry ${BODY_CHARS_MAX}: ${parts.join('; ')}`,
    'Put the work into a script, or submit with --no-inherit and the variables that the job needs (-e NAME).'
  )
}
