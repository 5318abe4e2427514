/** How a verb ends before its time: a thrown value that carries the exit code, what went wrong, and what to do next. */

/** Documented in docs/cli.md; scripts depend on them. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notFound: 3, denied: 4, unreachable: 69, detached: 130, internal: 255 } as const

export class Quit extends Error {
  readonly exitCode: number
  /** Printed below the message, a line each. */
  readonly next: ReadonlyArray<string>

  constructor(exitCode: number, message: string, next: ReadonlyArray<string> = []) {
    super(message)
    this.exitCode = exitCode
    this.next = next
  }
}

/** The command line itself is wrong. */
export const misused = (message: string, ...next: ReadonlyArray<string>): Quit => new Quit(EXIT.usage, message, next)
