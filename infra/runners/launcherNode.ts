/**
 * Does what launcher.pl does, on machines without Perl; that file has the protocol. Each run goes through a small shell script that is
 * always the same and never sees the program's arguments as text: it claims the run and becomes the program by "$@".
 */
import { spawn } from 'node:child_process'
import {
  accessSync,
  appendFileSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeSync
} from 'node:fs'
import { constants as osConstants } from 'node:os'
import { join, resolve } from 'node:path'

const LOOK_MS = 2
/** How the script ends where it could not claim the run. */
const NOT_CLAIMED = 125

/** $1: the folder of the run, $2: the rest of the claim's line; then the program and its arguments. */
const CLAIM = `dir=$1 rest=$2; shift 2; set -C
field() { shift 19; start=$1; }
if read -r stat 2>/dev/null </proc/self/stat; then field \${stat##*) }; else start=$(ps -o lstart= -p $$ | tr -s ' ' _); fi
{ printf 'claim %s %s %s\\n' $$ "$start" "$rest" >"$dir/claim"; } 2>/dev/null || exit ${NOT_CLAIMED}
[ -e "$dir/void" ] && exit ${NOT_CLAIMED}
unset dir rest stat start
exec "$@"`

const say = (line: string): void => {
  try {
    writeSync(1, `${line}\n`)
  } catch {
    // The agent is gone; the claims still tell the next one.
  }
}

const launch = (fields: ReadonlyArray<string>): void => {
  const [id = '', dir = '', rest = '', cwd = '', count = '0', ...others] = fields
  const command = others.slice(0, Number(count))
  const env = Object.fromEntries(
    others.slice(Number(count)).map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)])
  )
  const problem = problemOf(command[0] ?? '', cwd, env['PATH'])
  if (problem !== undefined) return failed(id, dir, rest, problem)
  const logs: Array<number> = []
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    for (const name of ['stdout', 'stderr']) logs.push(openSync(join(dir, name), 'a', 0o600))
    run(
      id,
      dir,
      spawn('/bin/sh', ['-c', CLAIM, 'sh', dir, rest, ...command], { cwd, env, detached: true, stdio: ['ignore', logs[0], logs[1]] })
    )
  } catch (error) {
    say(`F ${id} -1 cannot make the folder of the run: ${String(error).replace(/\s+/g, ' ').slice(0, 300)}`)
  } finally {
    for (const log of logs) closeSync(log)
  }
}

const run = (id: string, dir: string, child: ReturnType<typeof spawn>): void => {
  let told = false
  // The script is the run only once it has claimed it.
  const tellStart = (): void => {
    if (told || child.pid === undefined || claimOf(dir, child.pid) !== 'ours') return
    told = true
    say(`S ${id} ${child.pid}`)
  }
  const looks = setInterval(tellStart, LOOK_MS)
  child.on('error', (error) => {
    clearInterval(looks)
    say(`F ${id} -1 cannot make a process: ${error.message}`)
  })
  child.on('exit', (code, signal) => {
    clearInterval(looks)
    if (child.pid === undefined) return
    // What the program left behind holds GPUs that are free from now on.
    kill(-child.pid)
    const claim = claimOf(dir, child.pid)
    if (code === NOT_CLAIMED && claim === 'taken') return say(`C ${id}`)
    if (code === NOT_CLAIMED && claim === 'none') return say(`F ${id} -1 cannot claim the run: its folder cannot be written to`)
    tellStart()
    const end = signal === null ? `exited ${code}` : `signalled ${osConstants.signals[signal]}`
    try {
      appendFileSync(join(dir, 'claim'), `exit ${end}\n`)
    } catch {
      // The agent is still told.
    }
    say(`X ${id} ${end}`)
  })
}

/** Whose run it is: of this process, of another or of nobody for ever, or nobody's yet. */
const claimOf = (dir: string, pid: number): 'ours' | 'taken' | 'none' => {
  if (existsSync(join(dir, 'void'))) return 'taken'
  try {
    const [, owner] = /^claim (\d+) .*\n/.exec(readFileSync(join(dir, 'claim'), 'utf8')) ?? []
    return owner === undefined ? 'none' : Number(owner) === pid ? 'ours' : 'taken'
  } catch {
    return 'none'
  }
}

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Nothing is left of it.
  }
}

type Problem = readonly [code: number, detail: string]

/** A start that cannot succeed ends as one, and is written down like any other end. */
const failed = (id: string, dir: string, rest: string, [code, detail]: Problem): void => {
  const text = detail.replace(/[\0-\x1f]/g, ' ').slice(0, 400)
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    const file = openSync(join(dir, 'claim'), 'ax', 0o600)
    writeSync(file, `claim ${process.pid} none ${rest}\nexit launchFailed ${code} ${text}\n`)
    closeSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return say(`C ${id}`)
  }
  say(`F ${id} ${code} ${text}`)
}

const problemOf = (program: string, cwd: string, path: string | undefined): Problem | undefined => {
  try {
    if (!statSync(cwd).isDirectory()) return [-1, `cannot enter the working directory ${cwd}: Not a directory`]
  } catch {
    return [-1, `cannot enter the working directory ${cwd}: No such file or directory`]
  }
  const files = program.includes('/')
    ? [resolve(cwd, program)]
    : (path ?? '/usr/bin:/bin').split(':').map((folder) => resolve(cwd, folder, program))
  const there = files.filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true)
  if (there.length === 0) return [127, `cannot run ${program}: No such file or directory`]
  return there.some(isExecutable) ? undefined : [126, `cannot run ${program}: Permission denied`]
}

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

let input: Buffer = Buffer.alloc(0)
for (const signal of ['SIGHUP', 'SIGINT'] as const) process.on(signal, () => undefined)
process.stdin.on('data', (bytes: Buffer) => {
  input = input.length === 0 ? bytes : Buffer.concat([input, bytes])
  while (input.length >= 4 && input.length >= 4 + input.readUInt32BE(0)) {
    const end = 4 + input.readUInt32BE(0)
    launch(input.toString('utf8', 4, end).split('\0'))
    input = input.subarray(end)
  }
})
say('ready')
