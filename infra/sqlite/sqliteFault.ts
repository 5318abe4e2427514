/** What SQLite throws, as a fault. What is no fault of the disk or of the file is a bug of ours, and is thrown on. */
import { fault, type Fault } from '../../domain/ports/fault.ts'

/** Primary result codes of sqlite3.h. Our statements are few and fixed, so an error in one of them is an error in the file's tables. */
const ERROR = 1
const BUSY = 5
const LOCKED = 6
const NO_MEMORY = 7
const READ_ONLY = 8
const IO_ERROR = 10
const CORRUPT = 11
const FULL = 13
const CANNOT_OPEN = 14
const TOO_BIG = 18
const CONSTRAINT = 19
const MISMATCH = 20
const NOT_A_DATABASE = 26
/** The index of the write-ahead log cannot grow. */
const IO_ERROR_SHM_SIZE = IO_ERROR | (19 << 8)

export const sqliteFault = (error: unknown, file: string): Fault => {
  const code = resultCode(error)
  const said = `${file}: ${error instanceof Error ? error.message : String(error)}`
  if (code === IO_ERROR_SHM_SIZE) return fault('FG_STORE_FULL', said)
  switch (code & 0xff) {
    case FULL:
      return fault('FG_STORE_FULL', said)
    case IO_ERROR:
    case NO_MEMORY:
      return fault('FG_STORE_IO', `${said} (SQLite code ${code})`)
    case ERROR:
    case CORRUPT:
    case TOO_BIG:
    case CONSTRAINT:
    case MISMATCH:
    case NOT_A_DATABASE:
      return fault('FG_STORE_CORRUPT', said)
    case BUSY:
    case LOCKED:
      return fault('FG_STORE_LOCKED', said)
    case READ_ONLY:
    case CANNOT_OPEN:
      return fault('FG_STORE_OPEN', said)
    default:
      throw error
  }
}

export const isBusy = (error: unknown): boolean => (resultCode(error) & 0xff) === BUSY

const resultCode = (error: unknown): number =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0
