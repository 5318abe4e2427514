/** The GPUs of one machine, as its driver tells of them. */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Fault } from './fault.ts'

/**
 * `healthy`: jobs may have it. `sick`: the driver itself says that it is broken or needs a reset. `partitioned`: it is cut into MIG
 * slices, so that nobody can have the whole of it.
 */
export type DeviceHealth = 'healthy' | 'sick' | 'partitioned'

export interface Device {
  /** As the driver numbers them, by PCI address: what CUDA_VISIBLE_DEVICES takes. */
  readonly index: number
  readonly uuid: string
  /** The short name that people ask for, such as H100. */
  readonly model: string
  /** The name as the driver says it, such as NVIDIA H100 80GB HBM3. */
  readonly product: string
  readonly memoryMib: number
  /** Domain, bus and device in lower case, such as 0000:9b:00. */
  readonly pciAddress: string
  readonly health: DeviceHealth
  /** Why it is not healthy; empty where it is. */
  readonly detail: string
}

export interface Devices {
  /**
   * All GPUs of the machine in the order of their index, none where it has none. An answer that is cut off or contradicts itself is a
   * fault and never fewer GPUs, since a node that seems to have lost GPUs would lose its jobs.
   */
  readonly probe: () => TaskEither<Fault, ReadonlyArray<Device>>
}

/** What one node has to offer, found or made up. */
export interface Machine {
  readonly name: string
  readonly cpuMilli: number
  readonly memoryMib: number
  readonly labels: Readonly<Record<string, string>>
  readonly devices: ReadonlyArray<Device>
  /** Whether its GPUs are made up; jobs on it are real processes without a GPU. */
  readonly simulated: boolean
}
