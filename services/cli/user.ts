/** Who runs the command line. */
import { userInfo } from 'node:os'

/** A user without an entry in the machine's list, as in many containers, has a number at least. */
export const userName = (): string => {
  try {
    return userInfo().username
  } catch {
    return process.env['USER'] ?? `uid${process.getuid?.() ?? ''}`
  }
}
