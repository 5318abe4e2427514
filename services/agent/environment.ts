/** The environment of a job's process: the submitter's, with what only the allocation knows on top. */
import { GPU_MILLI } from '../../domain/events/request.ts'
import type { Device } from '../../domain/ports/devices.ts'
import type { JobBody, Launch } from '../../domain/ports/runner.ts'

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Ports of gang masters: below the range that systems give out by themselves. */
const MASTER_PORT_MIN = 20_000
const MASTER_PORTS = 10_000

/** Where member 0 of an attempt listens: the same for whoever computes it, and another one for the next attempt. */
export const masterPortOf = (job: number, attempt: number): number => MASTER_PORT_MIN + ((job + (attempt - 1) * 7919) % MASTER_PORTS)

/** `offered` are the GPUs that the node registered, in that order: an allocation counts them. */
export const environmentOf = (launch: Launch, body: JobBody, offered: ReadonlyArray<Device>): Readonly<Record<string, string>> => {
  const indexes = launch.gpus.map((gpu) => offered[gpu.index]?.index ?? gpu.index)
  return {
    PATH: DEFAULT_PATH,
    PWD: body.cwd,
    ...body.env,
    // Numbered as nvidia-smi does, and not by speed as CUDA would by itself.
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    CUDA_VISIBLE_DEVICES: indexes.join(','),
    // For containers that the job itself starts. "void" hides the GPUs that the job does not hold.
    NVIDIA_VISIBLE_DEVICES: launch.gpus.length === 0 ? 'void' : launch.gpus.map((gpu) => gpu.uuid).join(','),
    FASTGPU_JOB: String(launch.job),
    FASTGPU_ATTEMPT: String(launch.attempt),
    FASTGPU_MEMBER: String(launch.member),
    FASTGPU_MEMBERS: String(launch.members),
    FASTGPU_NODE: launch.node,
    FASTGPU_TENANT: launch.tenant,
    FASTGPU_GPU_MILLI: String(launch.gpus[0]?.milli ?? (launch.gpus.length > 0 ? GPU_MILLI : 0)),
    ...(launch.members > 1 ? gangOf(launch) : {})
  }
}

/** What torch.distributed and its kin read. One process a member: a member that starts one for each of its GPUs sets its own ranks. */
const gangOf = (launch: Launch): Readonly<Record<string, string>> => ({
  RANK: String(launch.member),
  WORLD_SIZE: String(launch.members),
  LOCAL_RANK: '0',
  LOCAL_WORLD_SIZE: '1',
  NODE_RANK: String(launch.member),
  NNODES: String(launch.members),
  MASTER_ADDR: launch.masterAddress,
  MASTER_PORT: String(launch.masterPort)
})
