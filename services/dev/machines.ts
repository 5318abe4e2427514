/** What this machine has to offer: its GPUs as the driver tells of them, or else made-up nodes, said plainly. */
import * as E from 'fp-ts/lib/Either.js'
import type { Devices, Machine } from '../../domain/ports/devices.ts'
import type { Fault } from '../../domain/ports/fault.ts'
import { simulatedMachines } from '../../infra/devices/simulated.ts'
import { localMachine } from '../agent/machine.ts'

/** `fleet` asks for made-up nodes, whatever GPUs there are. */
export const machinesOf = async (devices: Devices, fleet: string | undefined): Promise<E.Either<Fault, ReadonlyArray<Machine>>> => {
  if (fleet !== undefined) return simulatedMachines(fleet)
  const found = await devices.probe()()
  if (E.isLeft(found)) return found
  return found.right.length > 0 ? E.right([localMachine(found.right)]) : simulatedMachines()
}
