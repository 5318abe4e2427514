/** A place that breaks a rule of the project. */
export interface Offence {
  readonly rule: string
  readonly path: string
  readonly line: number
  readonly what: string
}

/** One line each, as an editor can open it. */
export const print = (offences: ReadonlyArray<Offence>): ReadonlyArray<string> =>
  offences.map(({ rule, path, line, what }) => `${path}:${line} [${rule}] ${what}`)
