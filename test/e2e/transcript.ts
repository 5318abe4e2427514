/** A transcript in a document: commands behind `$ `, what they print below, and `…` for what differs from run to run. */

export interface Typed {
  readonly command: string
  readonly prints: ReadonlyArray<string>
  /** Typed where the server runs, which goes on until ^C. */
  readonly atServer: boolean
  readonly line: number
}

export const transcriptOf = (markdown: string): ReadonlyArray<Typed> => {
  const typed: Array<{ command: string; prints: Array<string>; atServer: boolean; line: number }> = []
  let block: { readonly atServer: boolean } | undefined
  markdown.split('\n').forEach((line, index) => {
    if (block === undefined) block = line.startsWith('```console') ? { atServer: line.includes('terminal=server') } : undefined
    else if (line === '```') block = undefined
    else if (line.startsWith('$ ') || line === '^C')
      typed.push({ command: line.replace(/^\$ /, ''), prints: [], atServer: block.atServer, line: index + 1 })
    else typed.at(-1)?.prints.push(line)
  })
  return typed
}

/**
 * The first expected line that is not there, or undefined. A line of `…` alone stands for any lines, also none; `…` inside a line for
 * any text. Runs of spaces are alike, since columns move with their content. What comes after the last expected line must be nothing.
 */
export const missing = (expected: ReadonlyArray<string>, printed: string): string | undefined => {
  const lines = printed.replace(/\n+$/, '').split('\n')
  const match = (at: number, line: number): string | undefined => {
    const wanted = expected[at]
    if (wanted === undefined)
      return line >= lines.length || printed.trim() === '' ? undefined : `nothing more, but there is: ${lines[line] ?? ''}`
    if (wanted.trim() === '…') {
      let first: string | undefined
      for (let rest = line; rest <= lines.length; rest++) {
        const failed = match(at + 1, rest)
        if (failed === undefined) return undefined
        first ??= failed
      }
      return first
    }
    const there = lines[line]
    return there !== undefined && patternOf(wanted).test(there) ? match(at + 1, line + 1) : wanted
  }
  return match(0, 0)
}

const patternOf = (line: string): RegExp =>
  new RegExp(
    `^${line
      .trim()
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/ +/g, ' +'))
      .join('.*')}\\s*$`.replace('^', '^\\s*')
  )
