/** A condition that only a bug can break. Nobody catches what it throws: the service dies and starts again from the log. */
export function invariant(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(`invariant broken: ${message}`)
}
