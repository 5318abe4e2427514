/** `fastgpu nodes`: the nodes of the pool with what is free on each, or one node with its GPUs. */
import type { Command } from 'commander'
import type { Gpu, Node } from '../../../sdk/typescript/index.ts'
import { example, printing, remote } from '../command.ts'
import { withServer } from '../server.ts'
import { clean } from '../show/clean.ts'
import { memory, thousandths } from '../show/numbers.ts'
import { paintState } from '../show/paint.ts'
import { bar } from '../show/plot.ts'
import { pairs, table, type Column } from '../show/table.ts'
import { stamp } from '../show/time.ts'
import { show, terminalOf, type CommonOptions, type Terminal } from '../terminal.ts'

interface Options extends CommonOptions {
  readonly model?: string
}

export const define = (command: Command): void => {
  command.argument('[node]', 'Show this one with its GPUs').option('--model <model>', 'Only nodes with a GPU of this model')
  remote(printing(command))
  example(command, 'fastgpu nodes', 'fastgpu nodes node-7')
  command.action(async (name: string | undefined, options: Options) => {
    const terminal = terminalOf(options)
    if (name !== undefined) {
      const node = await withServer(options, (client) => client.node(name))
      return show(terminal, { data: node, table: () => details(node, terminal), ids: () => [node.node] })
    }
    const all = await withServer(options, (client) => client.nodes())
    const nodes = options.model === undefined ? all : all.filter((node) => node.gpus.some((gpu) => gpu.model === options.model))
    return show(terminal, {
      data: nodes,
      table: (wide) => (nodes.length === 0 ? ['There are no nodes.'] : table(nodes, columns(terminal), wide, terminal.screen)),
      ids: () => nodes.map((node) => node.node)
    })
  })
}

const BAR_CHARACTERS = 8

const columns = (terminal: Terminal): ReadonlyArray<Column<Node>> => [
  { title: 'NODE', cell: (node) => node.node, shrinksTo: 8 },
  { title: 'STATE', cell: (node) => paintState(node.state, terminal), painted: true },
  { title: 'MODEL', cell: (node) => modelsOf(node) },
  { title: 'GPUS FREE', cell: (node) => `${thousandths(freeMilli(node))}/${node.gpus.length}`, right: true },
  { title: 'HELD', cell: (node) => held(node, terminal.plain) },
  { title: 'CPUS FREE', cell: (node) => `${thousandths(node.cpuFreeMilli)}/${thousandths(node.cpuMilli)}`, right: true },
  { title: 'MEMORY FREE', cell: (node) => `${memory(node.memoryFreeMib)}/${memory(node.memoryMib)}`, right: true },
  { title: 'REASON', cell: (node) => (node.reason === '' ? '-' : node.reason), shrinksTo: 6 },
  { title: 'LABELS', cell: (node) => labelsOf(node), wide: true }
]

const freeMilli = (node: Node): number => node.gpus.reduce((sum, gpu) => sum + gpu.freeMilli, 0)

const held = (node: Node, plain: boolean): string => {
  const all = node.gpus.length * 1000
  return bar(all - freeMilli(node), all, BAR_CHARACTERS, plain).padEnd(BAR_CHARACTERS)
}

const modelsOf = (node: Node): string => [...new Set(node.gpus.map((gpu) => gpu.model))].join(',') || '-'

const labelsOf = (node: Node): string =>
  Object.entries(node.labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',') || '-'

const stopOf = ({ stopAtMs }: Node): string => (stopAtMs === null ? '' : `; what still runs at ${stamp(stopAtMs)} is stopped`)

const details = (node: Node, terminal: Terminal): ReadonlyArray<string> => [
  ...pairs([
    ['Node', `${node.node} (N${node.number})`],
    ['State', `${paintState(node.state, terminal)}${node.reason === '' ? '' : `: ${clean(node.reason)}`}${stopOf(node)}`, 'painted'],
    ['CPUs', `${thousandths(node.cpuFreeMilli)} of ${thousandths(node.cpuMilli)} free`],
    ['Memory', `${memory(node.memoryFreeMib)} of ${memory(node.memoryMib)} free`],
    ['Labels', labelsOf(node)]
  ]),
  '',
  ...table<Gpu>(node.gpus, [
    { title: 'GPU', cell: (gpu) => String(gpu.index), right: true },
    { title: 'MODEL', cell: (gpu) => gpu.model },
    { title: 'MEMORY', cell: (gpu) => memory(gpu.memoryMib), right: true },
    { title: 'FREE', cell: (gpu) => thousandths(gpu.freeMilli), right: true },
    { title: 'JOBS', cell: (gpu) => gpu.jobs.join(',') || '-' },
    { title: 'UUID', cell: (gpu) => gpu.uuid }
  ])
]
