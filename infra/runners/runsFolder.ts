/** The folder of all runs: it belongs to one ledger, since a job's number means another job in another ledger, and it does not grow for ever. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import { printRun, type FoundRun, type Run } from '../../domain/ports/runner.ts'
import { readClaim, runOf } from './claim.ts'
import { isAlive, readText } from './identity.ts'

const OWNER = 'ledger'
const SLICE = 256

export const openRunsFolder = (dir: string, ledgerId: string): E.Either<Fault, void> => {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    const owner = readText(join(dir, OWNER))?.trim() ?? ''
    if (owner !== '' && owner !== ledgerId)
      return E.left(fault('FG_RUNS_FOREIGN', `${dir} belongs to the ledger ${owner.slice(0, 80)}, and not to ${ledgerId}`))
    // Also shows that the folder can be written to, before a job finds out.
    writeFileSync(join(dir, OWNER), `${ledgerId}\n`, { mode: 0o600 })
    return E.right(undefined)
  } catch (error) {
    return E.left(fault('FG_RUNS_UNWRITABLE', `${dir}: ${error instanceof Error ? error.message : String(error)}`))
  }
}

/** All runs that somebody claimed; in slices, so that a long list does not stop everything else. */
export const findRuns = async (dir: string, boot: string): Promise<ReadonlyArray<FoundRun>> => {
  const found: Array<FoundRun> = []
  const runs = runsIn(dir)
  for (let at = 0; at < runs.length; at++) {
    const run = runs[at]!
    const claim = readClaim(join(dir, printRun(run)))
    if (claim !== undefined) {
      const live = claim.end === undefined && isAlive(claim.process, boot)
      found.push({ ...run, node: claim.node, token: claim.token, state: live ? 'live' : 'over' })
    }
    if (at % SLICE === SLICE - 1) await new Promise<void>((resolve) => setImmediate(resolve))
  }
  return found
}

/** Removes the runs of the oldest jobs until `runsMax` are left; never one that lives. */
export const pruneRuns = async (dir: string, runsMax: number, boot: string): Promise<void> => {
  const runs = [...runsIn(dir)].sort((a, b) => a.job - b.job || a.attempt - b.attempt || a.member - b.member)
  for (const run of runs.slice(0, Math.max(0, runs.length - runsMax))) {
    const folder = join(dir, printRun(run))
    const claim = readClaim(folder)
    if (claim?.end !== undefined || (claim !== undefined && !isAlive(claim.process, boot)))
      await rm(folder, { recursive: true, force: true }).catch(() => undefined)
  }
}

const runsIn = (dir: string): ReadonlyArray<Run> =>
  readdirSync(dir).flatMap((name) => {
    const run = runOf(name)
    return run === undefined ? [] : [run]
  })
