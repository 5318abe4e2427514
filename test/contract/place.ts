/** Where an adapter keeps its log during a test: it can be opened several times at once, as by rivals, and again later. */
export interface Place<A> {
  readonly open: () => Promise<A>
  /** Ends with the place whatever was opened in it. */
  readonly remove: () => Promise<void>
}

/** The value of an answer that a test expects to be no fault. */
export const valueOf = <A>(
  result: { readonly _tag: 'Left'; readonly left: unknown } | { readonly _tag: 'Right'; readonly right: A }
): A => {
  if (result._tag === 'Left') throw new Error(`a fault: ${JSON.stringify(result.left)}`)
  return result.right
}

/** Waits until something holds, as long as the test runner allows; no test depends on how long it takes. */
export const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 2))
}
