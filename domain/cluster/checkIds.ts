/** What must hold of the idempotency window. */
import { entriesOf, isFindable } from './ids.ts'
import type { Look } from './look.ts'

export const checkIds = (look: Look): void => {
  const { ids } = look.state
  if (ids.count > ids.window.idsMax) look.report('IdsFindable', `${ids.count} inputs are remembered, of ${ids.window.idsMax} at most`)
  let before = 0
  for (const entry of entriesOf(ids)) {
    if (!isFindable(ids, entry.row)) look.report('IdsFindable', `the input ${entry.key} is remembered and not found`)
    if (entry.atMs < before) look.report('IdsFindable', `the input ${entry.key} stands behind a younger one`)
    before = entry.atMs
  }
}
