/**
 * Reads the table that `nvidia-smi --query-gpu=... --format=csv` prints. Columns are found by the name in the header, since their
 * number and order differ by driver and card. A table that is cut off, or shorter than its own count, is no answer at all.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Device, DeviceHealth } from '../../domain/ports/devices.ts'
import { fault, type Fault } from '../../domain/ports/fault.ts'
import { shortModel } from './models.ts'

/** In the order in which they are asked for; the answer may have more, or another order. */
export const FIELDS = [
  'index',
  'name',
  'uuid',
  'pci.bus_id',
  'memory.total',
  'mig.mode.current',
  'count',
  'temperature.gpu',
  'utilization.gpu'
]

/** What nvidia-smi writes where it has no value, always as a whole cell, in brackets or not. */
const ABSENT = new Set(['', 'n/a', 'none', 'not supported', 'requested functionality has been deprecated', 'insufficient permissions'])
/** What it writes where a GPU does not answer any more. */
const SICK = new Set(['gpu requires reset', 'unknown error', 'err!', 'gpu is lost'])
const LOST =
  /^Unable to determine the device handle for GPU\s?(\d{1,3}(?=:\s))?:?\s*([0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}(?:\.\d)?):\s*(.+?)\.?\s*$/
const PCI = /^(?:PCI:)?([0-9A-Fa-f]{4,8}):([0-9A-Fa-f]{2}):([0-9A-Fa-f]{2})(?:\.[0-9A-Fa-f])?$/
const GPUS_MAX = 1024

type Cell = { readonly kind: 'value' | 'absent' | 'sick'; readonly text: string }
type Row = ReadonlyMap<string, Cell>

/** All GPUs by index; none only where nvidia-smi says so itself. `stdout` and `stderr` are what it printed. */
export const parseNvidiaSmi = (stdout: string, stderr = ''): E.Either<Fault, ReadonlyArray<Device>> => {
  const lines = stdout.split('\n').map((line) => line.trim())
  if (lines.some((line) => line.startsWith('No devices were found'))) return E.right([])
  if (!stdout.endsWith('\n')) return E.left(incomplete('it ends in the middle of a line'))
  const lost = [...new Set([...lines, ...stderr.split('\n').map((line) => line.trim())])].flatMap(lostOf)
  const table = lines.filter((line) => line !== '' && !LOST.test(line))
  const header = table[0]?.split(',').map((name) => name.trim().replace(/ \[[^\]]*\]$/, ''))
  if (header === undefined || !header.includes('index') || !header.includes('uuid')) return E.left(unreadable(table[0] ?? stderr))
  const rows: Array<Row> = []
  for (const line of table.slice(1)) {
    const cells = line.split(',').map((text) => cellOf(text.trim()))
    if (cells.length !== header.length) return E.left(incomplete(`a row has ${cells.length} of ${header.length} columns`))
    rows.push(new Map(header.map((name, at) => [name, cells[at]!])))
  }
  return complete(rows, lost)
}

const complete = (rows: ReadonlyArray<Row>, lost: ReadonlyArray<Lost>): E.Either<Fault, ReadonlyArray<Device>> => {
  const counted = rows.map((row) => numberOf(row.get('count'))).find((count) => count !== undefined)
  if (counted !== undefined && rows.length + lost.length < counted)
    return E.left(incomplete(`it counts ${counted} GPUs and lists ${rows.length + lost.length}`))
  if (rows.length + lost.length === 0) return E.left(incomplete('it has a header and no GPU'))
  const devices: Array<Device> = []
  for (const row of rows) {
    const device = deviceOf(row)
    if (device === undefined) return E.left(unreadable([...row.values()].map((cell) => cell.text).join(', ')))
    devices.push(device)
  }
  if (new Set(devices.map((device) => device.index)).size !== devices.length) return E.left(unreadable('two GPUs with one index'))
  for (const { index, pciAddress, why } of lost) {
    const free =
      index ?? Array.from({ length: GPUS_MAX }, (_, at) => at).find((at) => devices.every((device) => device.index !== at)) ?? GPUS_MAX
    if (devices.some((device) => device.index === free || device.pciAddress === pciAddress)) continue
    const unknown = { product: 'unknown', model: 'unknown', memoryMib: 0 }
    devices.push({ ...unknown, index: free, uuid: `PCI-${pciAddress}`, pciAddress, health: 'sick', detail: why.slice(0, 200) })
  }
  return E.right(devices.sort((a, b) => a.index - b.index))
}

const deviceOf = (row: Row): Device | undefined => {
  const index = numberOf(row.get('index'))
  const uuid = row.get('uuid')
  if (index === undefined || index >= GPUS_MAX || uuid?.kind !== 'value' || uuid.text.length > 96) return undefined
  const product = row.get('name')?.kind === 'value' ? row.get('name')!.text : 'unknown'
  const [health, detail] = healthOf(row)
  return {
    index,
    uuid: uuid.text,
    model: shortModel(product),
    product,
    memoryMib: mibOf(row.get('memory.total')),
    pciAddress: pciAddressOf(row.get('pci.bus_id')?.text ?? ''),
    health,
    detail
  }
}

const healthOf = (row: Row): readonly [DeviceHealth, string] => {
  for (const [name, cell] of row) if (cell.kind === 'sick') return ['sick', `${name}: ${cell.text}`]
  if (mibOf(row.get('memory.total')) === 0) return ['sick', 'the driver does not say how much memory it has']
  if (row.get('mig.mode.current')?.text === 'Enabled') return ['partitioned', 'it is cut into MIG slices']
  return ['healthy', '']
}

const cellOf = (text: string): Cell => {
  const bare = text.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  return { kind: SICK.has(bare) ? 'sick' : ABSENT.has(bare) ? 'absent' : 'value', text }
}

const numberOf = (cell: Cell | undefined): number | undefined =>
  cell?.kind === 'value' && /^\d{1,9}$/.test(cell.text) ? Number(cell.text) : undefined

/** 0 where the driver does not say. */
const mibOf = (cell: Cell | undefined): number => {
  const match = /^(\d{1,9}) MiB$/.exec(cell?.text ?? '')
  return match === null ? 0 : Number(match[1])
}

/** One spelling of an address that the driver, the kernel log and the bus write differently: `0000:9b:00`. */
export const pciAddressOf = (text: string): string => {
  const [, domain, bus, device] = PCI.exec(text) ?? []
  return domain === undefined ? '' : `${domain.slice(-4)}:${bus}:${device}`.toLowerCase()
}

interface Lost {
  readonly index: number | undefined
  readonly pciAddress: string
  readonly why: string
}

/** A GPU that fell off the bus has no row, only this line. */
const lostOf = (line: string): ReadonlyArray<Lost> => {
  const match = LOST.exec(line)
  if (match === null) return []
  const [, index, address, why] = match
  return [{ index: index === undefined ? undefined : Number(index), pciAddress: pciAddressOf(address!), why: why! }]
}

const incomplete = (how: string): Fault => fault('FG_GPUS_INCOMPLETE', `nvidia-smi gave no complete answer: ${how}`)
const unreadable = (what: string): Fault => fault('FG_GPUS_UNREADABLE', `nvidia-smi answered: ${what.trim().slice(0, 200) || 'nothing'}`)
