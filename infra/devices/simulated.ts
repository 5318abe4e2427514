/**
 * Nodes that are made up, for a machine without GPUs: they hold jobs as real nodes do, and the jobs are real processes, only that
 * there is no GPU. Nothing here pretends to be hardware: names, ids and a label say that they are simulated.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Device, Machine } from '../../domain/ports/devices.ts'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import { parseFleet } from '../traces/fleet.ts'
import { memoryOf } from './models.ts'

/** Two nodes of four GPUs: enough for a gang, small enough to be full. */
export const SIMULATED_DEFAULT = '2xH100:4'
/** All of them run in one process on one machine. */
export const SIMULATED_NODES_MAX = 256
/** What a common GPU server has of it for each GPU. */
const CPU_MILLI_PER_GPU = 16_000
const MEMORY_MIB_PER_GPU = 131_072

/** `2xH100:4` is two nodes of four H100 each; several by comma. They are named sim-1, sim-2, ... */
export const simulatedMachines = (fleet: string = SIMULATED_DEFAULT): E.Either<Fault, ReadonlyArray<Machine>> => {
  const parsed = parseFleet(fleet)
  if (E.isLeft(parsed)) return parsed
  if (parsed.right.length > SIMULATED_NODES_MAX)
    return E.left(fault('FG_FLEET_MALFORMED', `"${fleet}" is more than ${SIMULATED_NODES_MAX} simulated nodes`))
  return E.right(
    parsed.right.map((node, at) =>
      machine(
        `sim-${at + 1}`,
        node.gpus.map((gpu) => gpu.model)
      )
    )
  )
}

const machine = (name: string, models: ReadonlyArray<string>): Machine => ({
  name,
  cpuMilli: CPU_MILLI_PER_GPU * Math.max(models.length, 1),
  memoryMib: MEMORY_MIB_PER_GPU * Math.max(models.length, 1),
  labels: { simulated: 'true' },
  devices: models.map((model, index) => device(name, model, index)),
  simulated: true
})

const device = (node: string, model: string, index: number): Device => ({
  index,
  uuid: `SIM-${node}-${index}`,
  model,
  product: `simulated ${model}`,
  memoryMib: memoryOf(model),
  pciAddress: '',
  health: 'healthy',
  detail: ''
})
