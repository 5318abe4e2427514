/**
 * What a job asks for. A gang of `nodes` members, each on a node of its own, each with `gpus` GPUs there. A fraction is asked per
 * device: `gpuMilli: 500` is half of each GPU, and never the sum of two quarters on two devices.
 */
import type * as t from 'io-ts'
import { entries, exactly, integer, LabelNumber, list, ModelNumber, pattern } from './codec.ts'

/** A whole GPU, in thousandths: the unit of all shares. */
export const GPU_MILLI = 1000
/** A node's GPUs are held as a bit mask of one 32-bit word. */
export const GPUS_PER_NODE_MAX = 32
/** So that the allocation of the widest gang stays below DECISION_BYTES_MAX. */
export const GANG_NODES_MAX = 8_192
/** design.md 4: a gang has at most 16,384 GPUs, so that its allocation fits into one round. */
export const GANG_GPUS_MAX = 16_384
export const MODELS_MAX = 16
export const LABELS_MAX = 32
/** What a request or a node may say at all; fewer are taken of a request, with a word about it. */
export const LABELS_SAID_MAX = 256

const nodes = integer(1, GANG_NODES_MAX)
const gpus = integer(0, GPUS_PER_NODE_MAX)
const gpuMilli = integer(1, GPU_MILLI)
const gpuMemoryMib = integer(0, 2 ** 30)
const cpuMilli = integer(0, 2 ** 30)
const memoryMib = integer(0, 2 ** 30)

export const ModelName = pattern(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/, 'the name of a GPU model, such as H100')
export const LabelKey = pattern(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/, 'the key of a label')
export const LabelValue = pattern(/^[A-Za-z0-9._/-]{0,63}$/, 'the value of a label')

/** As people say it. `gpuModels` is a list of choices in order of preference; each choice is one model, or several that are equally good. */
export const Request = exactly(
  { gpus },
  {
    nodes,
    gpuMilli,
    gpuModels: list(list(ModelName, 1, MODELS_MAX), 1, MODELS_MAX),
    gpuMemoryMib,
    cpuMilli,
    memoryMib,
    labels: entries(LabelKey, LabelValue, LABELS_SAID_MAX)
  }
)
export type Request = t.TypeOf<typeof Request>

/** As the ledger and the state hold it: names are numbers, and what was left out has its default. */
export const Shape = exactly({
  nodes,
  gpus,
  gpuMilli,
  /** Choices in order of preference; empty: any model. */
  models: list(list(ModelNumber, 1, MODELS_MAX), 0, MODELS_MAX),
  gpuMemoryMib,
  cpuMilli,
  memoryMib,
  labels: list(LabelNumber, 0, LABELS_MAX)
})
export type Shape = t.TypeOf<typeof Shape>
