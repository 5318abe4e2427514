/**
 * Fleets in words: `64xV100:8` is 64 nodes with 8 GPUs of the model V100 each, several by comma; or a node table of openb. A node of a
 * fleet in words has as much CPU and memory as any job may ask for, since the traces that it is for say nothing of them.
 */
import * as E from 'fp-ts/lib/Either.js'
import { GPUS_PER_NODE_MAX } from '../../domain/events/request.ts'
import type { RegisterNode } from '../../domain/events/inputs.ts'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import { openbNodes } from './openb.ts'

const PART = /^(\d{1,6})x([A-Za-z0-9][A-Za-z0-9 ._-]{0,63}):(\d{1,2})$/
const NODES_MAX = 100_000
const CPU_MILLI = 1_000_000
const MEMORY_MIB = 16 * 1024 * 1024
const GPU_MEMORY_MIB = 81_920

export const parseFleet = (spec: string): E.Either<Fault, ReadonlyArray<RegisterNode>> => {
  const nodes: Array<RegisterNode> = []
  for (const part of spec.split(',')) {
    const match = PART.exec(part.trim())
    const [, count, model, gpus] = match ?? []
    if (count === undefined || model === undefined || gpus === undefined)
      return E.left(fault('FG_FLEET_MALFORMED', `"${part}" is not NODESxMODEL:GPUS, such as 64xV100:8`))
    if (Number(gpus) > GPUS_PER_NODE_MAX || nodes.length + Number(count) > NODES_MAX)
      return E.left(fault('FG_FLEET_MALFORMED', `"${part}" is above ${GPUS_PER_NODE_MAX} GPUs a node or ${NODES_MAX} nodes`))
    for (let index = 0; index < Number(count); index++) {
      const node = `${model.replaceAll(' ', '-')}-${String(nodes.length).padStart(4, '0')}`
      const facts = Array.from({ length: Number(gpus) }, (_, at) => ({ uuid: `${node}-${at}`, model, memoryMib: GPU_MEMORY_MIB }))
      nodes.push({ node, boot: 'fleet', cpuMilli: CPU_MILLI, memoryMib: MEMORY_MIB, labels: {}, gpus: facts })
    }
  }
  return nodes.length > 0 ? E.right(nodes) : E.left(fault('FG_FLEET_MALFORMED', 'the fleet has no nodes'))
}

export const parseNodeTable = (text: string): E.Either<Fault, ReadonlyArray<RegisterNode>> => openbNodes(text)
