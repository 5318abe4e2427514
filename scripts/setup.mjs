/**
 * Installs what is missing, so that `npm start` and `npm test` work in a fresh clone. It runs before anything is installed, so it
 * needs nothing but Node 18. Where all is there it says nothing, asks no registry, and takes one look at two files.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE_MAJOR_MIN = 18
/** TypeScript without flags and `node:sqlite` need it. */
const PROJECT_NODE_MAJOR = 24
const OUTPUT_LINES_MAX = 15
/** What npm says beside the reason: warnings about the machine's own Node, which nothing will run on, and its stack. */
const NOISE = /^\s*$|^npm warn|^npm error (\s+at |$)/
const NO_NPM = -2

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const stamp = join(modules, '.fastgpu-setup')
const projectNode = join(modules, 'node', 'bin', 'node')

const main = async () => {
  if (major(process.versions.node) < NODE_MAJOR_MIN) fail(`Node ${process.versions.node} is too old.`, 'Install Node 18 or later.')
  const lock = readLock()
  const wanted = createHash('sha256').update(`${process.platform} ${process.arch}\n${lock}`).digest('hex')
  if (existsSync(projectNode) && readOr(stamp) === wanted) return
  const packages = Object.entries(JSON.parse(lock).packages)
  if (!isInstalled(packages)) await install('Installing the dependencies', outerPath())
  if (!runs(projectNode)) await mendNode()
  // An older npm leaves out what only a newer Node can load, without a word, though that is the Node we have by now.
  if (!isInstalled(packages) && major(process.versions.node) < PROJECT_NODE_MAJOR) await installOnProjectNode()
  writeFileSync(stamp, wanted)
}

const readLock = () => {
  try {
    return readFileSync(join(root, 'package-lock.json'), 'utf8')
  } catch (error) {
    return fail(`package-lock.json cannot be read (${error.code}).`, 'Restore it: git checkout package-lock.json')
  }
}

/** Whether exactly this is in place, also by somebody's own `npm ci` or `npm install`: npm leaves a list of what it installed. */
const isInstalled = (packages) => {
  const found = JSON.parse(readOr(join(modules, '.package-lock.json')) ?? '{}').packages ?? {}
  return packages.every(([path, wanted]) =>
    found[path] === undefined ? path === '' || isForOthers(wanted) : found[path].version === wanted.version
  )
}

/** Optional packages are programs for one kind of machine each, or serve one of those. */
const isForOthers = ({ optional, os, cpu, libc }) =>
  optional === true &&
  !(os?.includes(process.platform) && (cpu ?? [process.arch]).includes(process.arch) && (libc ?? [libcHere()]).includes(libcHere()))

const libcHere = () => (process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc')

const install = async (what, path) => {
  // Development tools are part of what `npm test` needs, whatever NODE_ENV or npm's configuration would leave out.
  const done = await npm(what, ['ci', '--include=dev', '--prefer-offline', '--no-audit', '--no-fund'], path)
  if (done.code === NO_NPM) fail('There is no npm on the PATH.', 'Install npm (it comes with Node), then run the same command again.')
  if (done.code !== 0)
    fail(
      `"npm ci" failed${done.problem}:\n${done.output}`,
      'Check that this machine reaches your npm registry (npm ping) and that the disk is not full, then run the same command again.'
    )
}

/** Once more on the Node that is here by now, from a copy that npm does not delete under itself. */
const installOnProjectNode = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fastgpu-setup-'))
  copyFileSync(projectNode, join(folder, 'node'))
  await install(`Installing what ${process.version} left out`, folder + delimiter + outerPath())
  rmSync(folder, { recursive: true })
  if (!runs(projectNode)) await mendNode()
}

/** npm may have been told to run no install scripts, and then the package `node` has not fetched its program. */
const mendNode = async () => {
  const done = await npm(
    `Fetching Node ${PROJECT_NODE_MAJOR}`,
    ['rebuild', 'node', '--ignore-scripts=false', '--foreground-scripts'],
    outerPath()
  )
  if (runs(projectNode)) return
  if (major(process.versions.node) >= PROJECT_NODE_MAJOR) return borrowNode()
  fail(
    `Node ${PROJECT_NODE_MAJOR}, on which fastgpu runs, could not be fetched${done.problem}:\n${done.output}`,
    `Allow the install script of the package "node" (npm rebuild node --ignore-scripts=false), or install Node ${PROJECT_NODE_MAJOR} yourself.`
  )
}

/** For machines for which no Node is published as a package, such as those with another C library. */
const borrowNode = () => {
  say(`The package "node" has no program for this machine; using ${process.execPath} (${process.version}).`)
  mkdirSync(dirname(projectNode), { recursive: true })
  rmSync(projectNode, { force: true })
  symlinkSync(process.execPath, projectNode)
}

const npm = (what, args, path) =>
  new Promise((resolve) => {
    const startedMs = Date.now()
    say(`${what} (once; it can take a minute) ...`)
    const child = spawn('npm', args, { cwd: root, env: { ...process.env, PATH: path }, stdio: ['ignore', 'pipe', 'pipe'] })
    const lines = []
    const keep = (chunk) => {
      lines.push(
        ...String(chunk)
          .split('\n')
          .filter((line) => !NOISE.test(line))
      )
      lines.splice(0, lines.length - OUTPUT_LINES_MAX)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const answer = (code, problem) => resolve({ code, problem, output: lines.map((line) => `  ${line}`).join('\n') })
    child.on('error', (error) => answer(error.code === 'ENOENT' ? NO_NPM : -1, ` (${error.message})`))
    child.on('close', (code, signal) => {
      if (code === 0) say(`${what}: done in ${Math.round((Date.now() - startedMs) / 1000)} s.`)
      answer(code ?? -1, signal === null ? ` with exit code ${code}` : ` (${signal})`)
    })
  })

/** npm must not run on the Node inside node_modules, which it is about to delete. */
const outerPath = () =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== modules && !folder.startsWith(modules + sep))
    .join(delimiter)

const runs = (program) => {
  if (!existsSync(program) || !statSync(program).isFile()) return false
  const asked = spawnSync(program, ['--version'], { encoding: 'utf8' })
  return asked.status === 0 && major(asked.stdout.trim().slice(1)) >= PROJECT_NODE_MAJOR
}

const readOr = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined)
const major = (version) => Number(version.split('.')[0])
const say = (text) => process.stderr.write(`fastgpu setup: ${text}\n`)
const fail = (what, next) => {
  say(`${what}\n  ${next}`)
  process.exit(1)
}

await main()
