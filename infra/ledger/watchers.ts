/** Who wants to hear that something grew. A listener that takes itself off while it is called disturbs no other. */
export interface Watchers {
  readonly add: (grown: () => void) => () => void
  readonly call: () => void
  readonly clear: () => void
}

export const watchers = (): Watchers => {
  // Each registration is an entry of its own, so that one function may be registered twice.
  const entries = new Set<{ readonly grown: () => void }>()
  return {
    add: (grown) => {
      const entry = { grown }
      entries.add(entry)
      return () => {
        entries.delete(entry)
      }
    },
    call: () => {
      for (const entry of [...entries]) if (entries.has(entry)) entry.grown()
    },
    clear: () => entries.clear()
  }
}
