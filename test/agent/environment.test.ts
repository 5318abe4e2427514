/** What a job's process finds in its environment, and what a node registers. */
import { describe, expect, it } from 'vitest'
import type { Device, Machine } from '../../domain/ports/devices.ts'
import { RegisterNode } from '../../domain/events/inputs.ts'
import { JobBody, type Launch } from '../../domain/ports/runner.ts'
import { environmentOf, masterPortOf } from '../../services/agent/environment.ts'
import { localMachine, nodeName, offeredOf, registrationOf } from '../../services/agent/machine.ts'

const device = (index: number, health: Device['health'] = 'healthy'): Device => ({
  index,
  uuid: `GPU-${index}`,
  model: 'H100',
  product: 'NVIDIA H100 80GB HBM3',
  memoryMib: 81_559,
  pciAddress: `0000:0${index}:00`,
  health,
  detail: ''
})
const body = {
  command: ['true'],
  cwd: '/work',
  env: { HOME: '/home/me', RANK: 'mine', LD_LIBRARY_PATH: '/lib', CUDA_VISIBLE_DEVICES: 'all of them' }
}
const launch = (more: Partial<Launch> = {}): Launch => ({
  job: 12,
  attempt: 2,
  member: 0,
  members: 1,
  token: 99,
  node: 'n1',
  gpus: [],
  body: '',
  masterAddress: '127.0.0.1',
  masterPort: 29_500,
  name: 'train',
  tenant: 'T',
  ...more
})
const gpu = (index: number, milli = 1000): Launch['gpus'][number] => ({ index, uuid: `GPU-${index}`, milli, memoryMib: 81_559 })

describe('the environment of a process', () => {
  it('is the submitter’s, with the GPUs that it holds and nothing of other GPUs', () => {
    const env = environmentOf(
      launch({ gpus: [gpu(1), gpu(3)] }),
      body,
      [0, 1, 2, 3].map((index) => device(index))
    )
    expect(env).toMatchObject({ HOME: '/home/me', LD_LIBRARY_PATH: '/lib', RANK: 'mine', PWD: '/work' })
    expect(env).toMatchObject({ CUDA_VISIBLE_DEVICES: '1,3', CUDA_DEVICE_ORDER: 'PCI_BUS_ID', NVIDIA_VISIBLE_DEVICES: 'GPU-1,GPU-3' })
    expect(env).toMatchObject({
      FASTGPU_JOB: '12',
      FASTGPU_ATTEMPT: '2',
      FASTGPU_MEMBER: '0',
      FASTGPU_MEMBERS: '1',
      FASTGPU_NODE: 'n1',
      FASTGPU_GPU_MILLI: '1000'
    })
    expect(env['MASTER_ADDR']).toBeUndefined()
  })

  it('counts the GPUs as the driver does where a sick one lies between', () => {
    const machine: Machine = { ...localMachine([device(0), device(1, 'sick'), device(2), device(3, 'partitioned')]), name: 'n1' }
    expect(offeredOf(machine).map((offered) => offered.index)).toEqual([0, 2])
    expect(environmentOf(launch({ gpus: [gpu(1)] }), body, offeredOf(machine))['CUDA_VISIBLE_DEVICES']).toBe('2')
  })

  it('hides all GPUs from a job that holds none', () =>
    expect(environmentOf(launch(), body, [device(0)])).toMatchObject({
      CUDA_VISIBLE_DEVICES: '',
      NVIDIA_VISIBLE_DEVICES: 'void',
      FASTGPU_GPU_MILLI: '0'
    }))

  it('says what share of a GPU is held', () =>
    expect(environmentOf(launch({ gpus: [gpu(0, 250)] }), body, [device(0)])['FASTGPU_GPU_MILLI']).toBe('250'))

  it('gives each member of a gang its rank and where member 0 is', () =>
    expect(environmentOf(launch({ member: 2, members: 4 }), body, [])).toMatchObject({
      RANK: '2',
      WORLD_SIZE: '4',
      NODE_RANK: '2',
      NNODES: '4',
      LOCAL_RANK: '0',
      MASTER_ADDR: '127.0.0.1',
      MASTER_PORT: '29500'
    }))

  it('has another port for the next attempt, within a range that systems do not use themselves', () => {
    const ports = Array.from({ length: 50_000 }, (_, job) => masterPortOf(job, 1 + (job % 5)))
    expect(ports.every((port) => port >= 20_000 && port < 30_000)).toBe(true)
    expect(masterPortOf(7, 1)).not.toBe(masterPortOf(7, 2))
    expect(masterPortOf(7, 1)).not.toBe(masterPortOf(8, 1))
  })
})

describe('the body of a job', () => {
  it.each([
    ['no arguments', { command: [], cwd: '/', env: {} }],
    ['a directory that is not absolute', { command: ['true'], cwd: 'here', env: {} }],
    ['a NUL in an argument', { command: ['a\0b'], cwd: '/', env: {} }],
    ['a NUL in a variable', { command: ['a'], cwd: '/', env: { A: '\0' } }],
    ['a variable without a name', { command: ['a'], cwd: '/', env: { '': 'x' } }],
    ['a variable whose name ends early', { command: ['a'], cwd: '/', env: { 'A=B': 'x' } }],
    ['a number for a text', { command: ['a'], cwd: '/', env: { A: 1 } }],
    ['a key too many', { command: ['a'], cwd: '/', env: {}, stdin: 'yes' }]
  ])('with %s is refused', (_what, text) => expect(JobBody.decode(text)).toMatchObject({ _tag: 'Left' }))

  it('of a usual job is taken', () => expect(JobBody.decode(body)).toMatchObject({ _tag: 'Right' }))
})

describe('a node', () => {
  it('registers what its codec takes, and only GPUs that can be had as a whole', () => {
    const data = registrationOf(localMachine([device(0), device(1, 'sick')]), 'boot')
    expect(RegisterNode.decode(data)).toMatchObject({ _tag: 'Right' })
    expect(data.gpus).toEqual([{ uuid: 'GPU-0', model: 'H100', memoryMib: 81_559 }])
  })

  it.each([
    ['gpu-7.example.org', 'gpu-7.example.org'],
    ['_odd name_', 'odd-name_'],
    ['', 'node'],
    ['x'.repeat(80), 'x'.repeat(63)]
  ])('on host %s has a name that a shell takes', (host, name) => expect(nodeName(host)).toBe(name))
})
