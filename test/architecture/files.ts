/** The files of the project, found twice: by walking its folders, which is what the checks look at, and by asking git, which proves it. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export interface SourceFile {
  /** Relative to the root, with slashes. */
  readonly path: string
  readonly text: string
}

/** What git ignores, and git itself; nothing else of the project is left out. */
const FOREIGN = new Set(['node_modules', 'dist', 'coverage', '.git', '.fastgpu', '__pycache__'])

const walk = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (FOREIGN.has(entry.name)) return []
    return entry.isDirectory() ? walk(path) : entry.isFile() ? [path] : []
  })

export const paths: ReadonlyArray<string> = walk('').toSorted()

export const readSource = (path: string): SourceFile => ({ path, text: readFileSync(join(root, path), 'utf8') })

export const isScript = (path: string): boolean => /\.(ts|mts|cts|tsx|js|mjs|cjs)$/.test(path)

/** Every TypeScript and JavaScript file. */
export const scripts: ReadonlyArray<SourceFile> = paths.filter(isScript).map(readSource)

/** What git holds or would take: the second witness. */
export const pathsByGit = (): ReadonlyArray<string> =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(root, path)))
    .toSorted()
