/**
 * The newest rows of a table, kept in memory where they were appended, so that who follows the log need not cross over to the worker
 * thread and back for what has just been there.
 */
export interface Tail<A> {
  /** Rows from a number on, in order, at most so many of those that are kept; undefined where the first of them is not. */
  readonly from: (number: number, rowsMax: number) => ReadonlyArray<A> | undefined
  /** Adds the row that follows; after a gap (another process has written) everything before it is let go. */
  readonly add: (number: number, row: A, bytes: number) => void
}

const ROWS_MAX = 8192
const BYTES_MAX = 8 * 1024 * 1024

export const tail = <A>(): Tail<A> => {
  let first = 0
  let rows: Array<A> = []
  let sizes: Array<number> = []
  let bytesKept = 0

  const halve = (): void => {
    const half = Math.ceil(rows.length / 2)
    for (const size of sizes.slice(0, half)) bytesKept -= size
    rows = rows.slice(half)
    sizes = sizes.slice(half)
    first += half
  }

  return {
    from: (number, rowsMax) =>
      number >= first && number < first + rows.length ? rows.slice(number - first, number - first + rowsMax) : undefined,
    add: (number, row, bytes) => {
      if (number !== first + rows.length) {
        first = number
        rows = []
        sizes = []
        bytesKept = 0
      }
      rows.push(row)
      sizes.push(bytes)
      bytesKept += bytes
      if (rows.length > ROWS_MAX || bytesKept > BYTES_MAX) halve()
    }
  }
}
