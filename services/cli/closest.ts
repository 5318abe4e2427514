/** What somebody probably meant: the known word with the fewest edits, where that is few enough to be a slip. */

export const closest = (word: string, known: ReadonlyArray<string>): string | undefined => {
  const limit = Math.max(1, Math.floor(word.length / 3) + 1)
  const best = known
    .map((other) => ({ other, edits: editsOf(word, other) }))
    .sort((a, b) => a.edits - b.edits)
    .at(0)
  return best !== undefined && best.edits <= limit ? best.other : undefined
}

/** Levenshtein's distance, of words short enough to be flags. */
const editsOf = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [i, left] of [...from.slice(0, 64)].entries()) {
    const next = [i + 1]
    for (const [j, right] of [...to].entries())
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (left === right ? 0 : 1)))
    row = next
  }
  return row.at(-1) ?? 0
}
