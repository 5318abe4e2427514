/** A fault of the world, met without a server in between: what happened, its code, and what to do. */
import type { Fault } from '../../domain/ports/fault.ts'
import { EXIT, Quit } from './quit.ts'
import { clean } from './show/clean.ts'

export const faulted = (fault: Fault): Quit => new Quit(EXIT.failed, `${clean(fault.message)} (${fault.code})`, [clean(fault.next)])
