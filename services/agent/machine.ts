/** What a node registers: of a real machine what the system says of it, and in any case only GPUs that a job can have as a whole. */
import { availableParallelism, hostname, totalmem } from 'node:os'
import { GPUS_PER_NODE_MAX } from '../../domain/events/request.ts'
import type { RegisterNode } from '../../domain/events/inputs.ts'
import type { Device, Machine } from '../../domain/ports/devices.ts'

const MIB = 1024 * 1024

/** This machine, with the GPUs that were found. */
export const localMachine = (devices: ReadonlyArray<Device>): Machine => ({
  name: nodeName(hostname()),
  cpuMilli: availableParallelism() * 1000,
  memoryMib: Math.floor(totalmem() / MIB),
  labels: {},
  devices,
  simulated: false
})

/** A host's name as the name of a node: domain/events/inputs.ts says what that may be. */
export const nodeName = (host: string): string => {
  const name = host
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 63)
  return name === '' ? 'node' : name
}

/** The GPUs that jobs may have, in the order in which allocations count them. */
export const offeredOf = (machine: Machine): ReadonlyArray<Device> =>
  machine.devices.filter((device) => device.health === 'healthy').slice(0, GPUS_PER_NODE_MAX)

export const registrationOf = (machine: Machine, boot: string): RegisterNode => ({
  node: machine.name,
  boot,
  cpuMilli: machine.cpuMilli,
  memoryMib: machine.memoryMib,
  gpus: offeredOf(machine).map(({ uuid, model, memoryMib }) => ({ uuid, model, memoryMib })),
  labels: machine.labels
})
