/** The GPUs of this machine, found with nvidia-smi. A machine without nvidia-smi has none. */
import { execFile } from 'node:child_process'
import * as E from 'fp-ts/lib/Either.js'
import type { Device, Devices } from '../../domain/ports/devices.ts'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import { FIELDS, parseNvidiaSmi } from './parseNvidiaSmi.ts'

/** A driver that hangs must not hang the agent; a healthy one answers within a second or two, also where the GPUs have to wake up. */
const TIMEOUT_MS = 20_000
const OUTPUT_BYTES_MAX = 4 * 1024 * 1024

export const nvidiaSmi = (file = 'nvidia-smi'): Devices => ({ probe: () => () => probe(file) })

const probe = (file: string): Promise<E.Either<Fault, ReadonlyArray<Device>>> =>
  new Promise((resolve) => {
    const args = [`--query-gpu=${FIELDS.join(',')}`, '--format=csv']
    execFile(file, args, { timeout: TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error === null) return resolve(parseNvidiaSmi(stdout, stderr))
      if (error.code === 'ENOENT' || stdout.includes('No devices were found')) return resolve(E.right([]))
      if (error.killed === true)
        return resolve(E.left(fault('FG_GPUS_UNREADABLE', `nvidia-smi did not answer within ${TIMEOUT_MS / 1000} s`)))
      // It ends with an error when one GPU of several fell off the bus, and still lists the others.
      const answer = parseNvidiaSmi(stdout, stderr)
      const said = `${stdout}\n${stderr}`.trim().slice(0, 200)
      resolve(E.isRight(answer) ? answer : E.left(fault('FG_GPUS_UNREADABLE', `nvidia-smi failed: ${said || error.message.slice(0, 200)}`)))
    })
  })
