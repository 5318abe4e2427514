/** sha256 as this project writes it: in lower-case hexadecimal, over bytes exactly as they are stored. */
import { hash } from 'node:crypto'

export const hashOf = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex')
