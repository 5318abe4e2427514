/** Real answers of nvidia-smi, and what a driver writes where something is broken: the parser never makes up, and never loses, a GPU. */
import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { shortModel } from '../../infra/devices/models.ts'
import { nvidiaSmi } from '../../infra/devices/nvidiaSmi.ts'
import { parseNvidiaSmi, pciAddressOf } from '../../infra/devices/parseNvidiaSmi.ts'
import { simulatedMachines } from '../../infra/devices/simulated.ts'

const folder = new URL('../../../shared/nvidia-smi/', import.meta.url)
const there = existsSync(folder)
const real = (name: string): string => readFileSync(new URL(name, folder), 'utf8')
const devicesOf = (text: string, stderr = '') => {
  const answer = parseNvidiaSmi(text, stderr)
  if (E.isLeft(answer)) throw new Error(answer.left.message)
  return answer.right
}
const faultOf = (text: string, stderr = ''): string => {
  const answer = parseNvidiaSmi(text, stderr)
  return E.isLeft(answer) ? answer.left.code : `none, but ${answer.right.length} GPUs`
}
const header = 'index, name, uuid, pci.bus_id, memory.total [MiB], mig.mode.current, count, temperature.gpu, utilization.gpu [%]'
const row = (index: number, count: number, told: Partial<Record<'temperature' | 'utilization' | 'mig', string>> = {}): string => {
  const { temperature = '40', utilization = '0 %', mig = '[N/A]' } = told
  return `${index}, NVIDIA L40S, GPU-${index}, 00000000:0${index}:00.0, 46068 MiB, ${mig}, ${count}, ${temperature}, ${utilization}`
}
const table = (...rows: ReadonlyArray<string>): string => [header, ...rows, ''].join('\n')

it('the real answers are there where the tests must not skip them', () => {
  if (process.env['CI'] === 'true') expect(there, `no ${folder.pathname}`).toBe(true)
  else if (!there) console.warn(`skipped: the real nvidia-smi answers are not at ${folder.pathname}`)
})

describe.skipIf(!there)('real answers of nvidia-smi', () => {
  const expected: Readonly<Record<string, readonly [string, number, string]>> = {
    'linux-x86_64__nvidia-h100-80gb-hbm3__590.48.01': ['H100', 81_559, 'healthy'],
    'linux-x86_64__nvidia-h100-mig__590.48.01': ['H100', 81_559, 'partitioned'],
    'linux-x86_64__nvidia-h200-mig__590.48.01': ['H200', 143_771, 'partitioned'],
    'linux-x86_64__nvidia-h200__590.48.01': ['H200', 143_771, 'healthy'],
    'linux-x86_64__nvidia-l40s__595.80': ['L40S', 46_068, 'healthy'],
    'windows-x86_64__nvidia-geforce-rtx-2080-super__610.62': ['RTX 2080 SUPER', 8192, 'healthy']
  }
  for (const [name, [model, memoryMib, health]] of Object.entries(expected))
    for (const load of ['idle', 'load'])
      it(`${name} under ${load} is one ${model}`, () => {
        const devices = devicesOf(real(`sliced/${name}.query-gpu.${load}.csv`))
        expect(devices).toMatchObject([{ index: 0, model, memoryMib, health }])
        expect(devices[0]!.pciAddress).toMatch(/^0000:[0-9a-f]{2}:[0-9a-f]{2}$/)
      })

  it('covers every table that was collected', () => {
    const tables = readdirSync(new URL('sliced/', folder)).filter((name) => name.includes('query-gpu'))
    expect(tables.map((name) => name.replace(/\.query-gpu.*/, '')).sort()).toEqual(
      Object.keys(expected)
        .flatMap((name) => [name, name])
        .sort()
    )
  })

  it('none of them, cut off anywhere, is taken for a whole answer', () => {
    const text = real('sliced/linux-x86_64__nvidia-l40s__595.80.query-gpu.idle.csv')
    const cuts = fc.property(fc.integer({ min: 0, max: text.length - 1 }), (at) => {
      expect(['FG_GPUS_INCOMPLETE', 'FG_GPUS_UNREADABLE']).toContain(faultOf(text.slice(0, at)))
    })
    fc.assert(cuts, { numRuns: 300 })
  })
})

describe('what a driver writes where something is wrong', () => {
  it.each(['[GPU requires reset]', 'GPU requires reset', '[Unknown Error]', 'Unknown Error', 'ERR!'])('%s is a sick GPU', (spelling) => {
    expect(devicesOf(table(row(0, 2, { temperature: spelling }), row(1, 2)))).toMatchObject([{ health: 'sick' }, { health: 'healthy' }])
  })

  it.each([
    '[N/A]',
    'N/A',
    '[Not Supported]',
    'Not Supported',
    '[Insufficient Permissions]',
    '[Requested functionality has been deprecated]',
    'None'
  ])('%s only means that a value is not known', (spelling) =>
    expect(devicesOf(table(row(0, 1, { temperature: spelling, utilization: spelling })))).toMatchObject([
      { health: 'healthy', memoryMib: 46_068 }
    ])
  )

  it('a GPU that is cut into MIG slices cannot be had as a whole', () =>
    expect(devicesOf(table(row(0, 1, { utilization: '[N/A]', mig: 'Enabled' })))).toMatchObject([{ health: 'partitioned' }]))

  it('fewer rows than GPUs counted is an incomplete answer', () => {
    expect(faultOf(table(row(0, 8)))).toBe('FG_GPUS_INCOMPLETE')
    expect(faultOf(`${header}\n`)).toBe('FG_GPUS_INCOMPLETE')
    expect(faultOf(table(row(0, 1).slice(0, 40)))).toBe('FG_GPUS_INCOMPLETE')
  })

  it('a GPU that fell off the bus is sick, and the others stay', () => {
    const first = 'Unable to determine the device handle for GPU1: 0000:34:00.0: Unknown Error'
    expect(devicesOf(table(row(0, 2)), first)).toMatchObject([
      { health: 'healthy' },
      { index: 1, pciAddress: '0000:34:00', health: 'sick' }
    ])
    const second = 'Unable to determine the device handle for GPU0000:CB:00.0: Unknown Error'
    expect(devicesOf(`${second}\n${table(row(0, 3), row(2, 3))}`)).toMatchObject([
      { index: 0 },
      { index: 1, uuid: 'PCI-0000:cb:00', health: 'sick', detail: 'Unknown Error' },
      { index: 2 }
    ])
  })

  it('columns are found by name, in any order and with strangers between', () => {
    const devices = devicesOf('fan.speed [%], memory.total [MiB], uuid, index, name\n[N/A], 81920 MiB, GPU-a, 3, NVIDIA A100-SXM4-80GB\n')
    expect(devices).toMatchObject([{ index: 3, uuid: 'GPU-a', model: 'A100', memoryMib: 81_920, health: 'healthy' }])
  })

  it('no devices are none, and anything else is a fault', () => {
    expect(devicesOf('No devices were found\n')).toEqual([])
    expect(faultOf('')).toBe('FG_GPUS_INCOMPLETE')
    expect(faultOf("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n")).toBe('FG_GPUS_UNREADABLE')
    expect(faultOf(table(row(0, 2), row(0, 2)))).toBe('FG_GPUS_UNREADABLE')
  })

  it('never throws, whatever it is given', () => {
    const junk = fc.property(fc.string({ unit: 'binary' }), fc.string(), (out, err) => void parseNvidiaSmi(`${header}\n${out}\n`, err))
    fc.assert(junk, { numRuns: 1000 })
  })

  it('one address has one spelling', () => {
    expect(pciAddressOf('00000000:9B:00.0')).toBe('0000:9b:00')
    expect(pciAddressOf('PCI:0000:9b:00')).toBe('0000:9b:00')
  })
})

describe('short names of models', () => {
  it.each([
    ['NVIDIA H100 80GB HBM3', 'H100'],
    ['NVIDIA H100 PCIe', 'H100-PCIe'],
    ['NVIDIA H100 NVL', 'H100-NVL'],
    ['NVIDIA H200', 'H200'],
    ['NVIDIA A100-SXM4-80GB', 'A100'],
    ['NVIDIA A100-PCIE-40GB', 'A100-PCIe'],
    ['NVIDIA A100 80GB PCIe', 'A100-PCIe'],
    ['Tesla V100-SXM2-16GB', 'V100'],
    ['Tesla T4', 'T4'],
    ['NVIDIA L40S', 'L40S'],
    ['NVIDIA A10G', 'A10G'],
    ['NVIDIA B200', 'B200'],
    ['NVIDIA GH200 480GB', 'GH200'],
    ['NVIDIA GeForce RTX 4090', 'RTX 4090'],
    ['NVIDIA GeForce RTX 2080 SUPER', 'RTX 2080 SUPER'],
    ['NVIDIA GeForce GTX 1070 Ti', 'GTX 1070 Ti'],
    ['NVIDIA RTX A5000', 'RTX A5000'],
    ['NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition', 'RTX PRO 6000'],
    ['NVIDIA RTX 6000 Ada Generation', 'RTX 6000 Ada'],
    ['Some (new) card', 'Some -new- card'],
    ['', 'unknown']
  ])('%s is %s', (product, short) => expect(shortModel(product)).toBe(short))
})

describe('machines that are made up', () => {
  it('are two nodes of four GPUs, and say that they are simulated', () => {
    const machines = simulatedMachines()
    expect(machines).toMatchObject({ right: [{ name: 'sim-1', simulated: true, labels: { simulated: 'true' } }, { name: 'sim-2' }] })
    if (E.isRight(machines))
      expect(machines.right[0]!.devices.map((device) => device.uuid)).toEqual(['SIM-sim-1-0', 'SIM-sim-1-1', 'SIM-sim-1-2', 'SIM-sim-1-3'])
  })
  it('are as many as the fleet says, and no more than one process can serve', () => {
    const machines = simulatedMachines('1xA100:2, 2xT4:1')
    expect(E.isRight(machines) && machines.right.map((machine) => machine.devices.map((device) => device.model))).toEqual([
      ['A100', 'A100'],
      ['T4'],
      ['T4']
    ])
    expect(simulatedMachines('many')).toMatchObject({ left: { code: 'FG_FLEET_MALFORMED' } })
    expect(simulatedMachines('1000xH100:8')).toMatchObject({ left: { code: 'FG_FLEET_MALFORMED' } })
  })
})

it('a machine without nvidia-smi has no GPUs', async () => {
  expect(await nvidiaSmi('/nowhere/nvidia-smi').probe()()).toEqual(E.right([]))
})
