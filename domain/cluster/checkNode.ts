/** What must hold of one node and its GPUs, and the recount of all that is held. */
import { GPU_MILLI } from '../events/request.ts'
import { countOf } from '../kernel/names.ts'
import { at, readShelf } from '../kernel/shelf.ts'
import type { Look } from './look.ts'
import { DRAINING, Gpus, HOLD, Holds, Jobs, Nodes, RETIRED } from './tables.ts'

const node = Nodes.column
const gpu = Gpus.column
const hold = Holds.column

export const checkNode = (look: Look, row: number): void => {
  const { nodes, gpus, state } = look
  const cpuFree = node.cpuFree.get(nodes, row)
  const memoryFree = node.memoryFree.get(nodes, row)
  if (cpuFree < 0 || cpuFree > node.cpuMilli.get(nodes, row))
    look.report('NodeWithinCapacity', `N${row} has ${cpuFree} of ${node.cpuMilli.get(nodes, row)} CPU milli free`)
  if (memoryFree < 0 || memoryFree > node.memoryMib.get(nodes, row))
    look.report('NodeWithinCapacity', `N${row} has ${memoryFree} of ${node.memoryMib.get(nodes, row)} MiB free`)
  if (node.stopAtMs.get(nodes, row) >= 0 && (node.flags.get(nodes, row) & (DRAINING | RETIRED)) === 0)
    look.report('DrainEnds', `N${row} does not drain and stops its jobs at ${node.stopAtMs.get(nodes, row)}`)
  for (const label of at(readShelf(state.nodeFacts), row).labels)
    if (label >= countOf(state.labels)) look.report('NumbersKnown', `N${row} has the label ${label}, which has no name`)
  const first = node.firstGpu.get(nodes, row)
  for (let number = first; number < first + node.gpuCount.get(nodes, row); number++) {
    if (number >= gpus.size || gpu.node.get(gpus, number) !== row) look.report('GpusBelong', `G${number} is not of N${row}`)
    else checkGpu(look, number)
  }
}

const checkGpu = (look: Look, row: number): void => {
  const { gpus, state } = look
  const freeMilli = gpu.freeMilli.get(gpus, row)
  if (freeMilli < 0 || freeMilli > GPU_MILLI) look.report('GpuWithinOne', `G${row} has ${freeMilli} of ${GPU_MILLI} milli free`)
  const model = gpu.model.get(gpus, row)
  if (model >= countOf(state.models)) look.report('NumbersKnown', `G${row} is of model ${model}, which has no name`)
}

/** Adds up all unfinished holds, and compares with what the nodes and the GPUs say is free. */
export const recount = (look: Look): void => {
  const { nodes, gpus, holds, jobs, state } = look
  const cpu = new Float64Array(nodes.size)
  const memory = new Float64Array(nodes.size)
  const count = new Float64Array(nodes.size)
  const milli = new Float64Array(gpus.size)
  const shapes = readShelf(state.shapeFacts)
  for (let row = 0; row < holds.size; row++) {
    const stage = hold.stage.get(holds, row)
    const onNode = hold.node.get(holds, row)
    const ofJob = hold.job.get(holds, row)
    if (stage === HOLD.free || stage === HOLD.finished || onNode >= nodes.size || ofJob >= jobs.size) continue
    const shapeRow = Jobs.column.shape.get(jobs, ofJob)
    if (shapeRow >= shapes.size) continue
    const shape = at(shapes, shapeRow)
    cpu[onNode]! += shape.cpuMilli
    memory[onNode]! += shape.memoryMib
    count[onNode]! += 1
    const first = node.firstGpu.get(nodes, onNode)
    for (let bit = 0; bit < 32; bit++) if ((hold.gpuMask.get(holds, row) & (1 << bit)) !== 0) milli[first + bit]! += shape.gpuMilli
  }
  for (let row = 0; row < nodes.size; row++)
    if (
      node.cpuFree.get(nodes, row) !== node.cpuMilli.get(nodes, row) - cpu[row]! ||
      node.memoryFree.get(nodes, row) !== node.memoryMib.get(nodes, row) - memory[row]! ||
      node.holds.get(nodes, row) !== count[row]!
    )
      look.report(
        'NodeRecounted',
        `N${row} is held for ${cpu[row]} CPU milli and ${memory[row]} MiB by ${count[row]} holds, and says otherwise`
      )
  for (let row = 0; row < gpus.size; row++)
    if (gpu.freeMilli.get(gpus, row) !== GPU_MILLI - milli[row]!)
      look.report('GpuRecounted', `G${row} is held for ${milli[row]} milli, and has ${gpu.freeMilli.get(gpus, row)} free`)
}
