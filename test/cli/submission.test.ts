/** From flags and job files to the request that is sent, and what of the environment fits into it. */
import { describe, expect, it } from 'vitest'
import * as inputs from '../../domain/events/inputs.ts'
import { BODY_CHARS_MAX, bodyOf } from '../../services/cli/jobBody.ts'
import { jobFileOf } from '../../services/cli/jobFile.ts'
import { submissionOf, type JobFlags } from '../../services/cli/request.ts'

const submitter = { cwd: '/home/ann/work', env: { PATH: '/bin', SHLVL: '2', LESS: '-R' }, user: 'ann' }
const submission = (flags: JobFlags) => submissionOf({ command: ['python', 'train.py'], ...flags }, submitter)

describe('a submission', () => {
  it('carries directory and environment, and what the shell counts for itself stays out', () => {
    expect(JSON.parse(submission({}).job.body)).toEqual({
      command: ['python', 'train.py'],
      cwd: '/home/ann/work',
      env: { PATH: '/bin', LESS: '-R' }
    })
  })
  it('with every flag is what the server takes', () => {
    const { job } = submission({
      tenant: 'ml',
      gpus: '8',
      nodes: '4',
      gpuModel: 'H100,A100',
      gpuMemory: '80G',
      cpus: '16',
      memory: '64Gi',
      label: ['zone=a', 'disk=nvme'],
      priority: '-5',
      time: '2h',
      retries: '3',
      name: 'train',
      env: ['SEED=1', 'LESS'],
      cwd: 'sub'
    })
    expect(inputs.SubmitJob.is(job)).toBe(true)
    expect(job).toMatchObject({ tenant: 'ml', priority: -5, maxRuntimeMs: 7_200_000, retries: 3, name: 'train' })
    expect(job.request).toEqual({
      gpus: 8,
      nodes: 4,
      gpuModels: [['H100'], ['A100']],
      gpuMemoryMib: 76_294,
      cpuMilli: 16_000,
      memoryMib: 65_536,
      labels: { zone: 'a', disk: 'nvme' }
    })
    expect(JSON.parse(job.body)).toMatchObject({ cwd: '/home/ann/work/sub', env: { SEED: '1', LESS: '-R' } })
  })
  it('asks for one GPU where nothing is said', () => expect(submission({}).job.request).toEqual({ gpus: 1 }))
  it('is paid by the user where nobody else is named', () => {
    expect(submission({}).job.tenant).toBe('ann')
    const odd = submissionOf({ command: ['x'] }, { ...submitter, user: 'DOM\\ann smith' })
    expect(odd.job.tenant).toBe('DOM-ann-smith')
    expect(submissionOf({ command: ['x'] }, { ...submitter, env: { FASTGPU_TENANT: 'ml' } }).job.tenant).toBe('ml')
  })
  it('without a command is none', () => expect(() => submissionOf({}, submitter)).toThrow('no command'))
  it('names the model once', () => expect(() => submission({ gpus: 'H100:1', gpuModel: 'A100' })).toThrow('twice'))
})

describe("a job's environment", () => {
  const wish = { command: ['true'], cwd: '/', given: {} }
  const big = (chars: number) => 'x'.repeat(chars)

  it('has the limit that the server has', () => expect(BODY_CHARS_MAX).toBe(inputs.BODY_CHARS_MAX))
  it('loses its largest variables first where it is too large, and says which', () => {
    const body = bodyOf({ ...wish, inherited: { SMALL: '1', A: big(9000), B: big(8000), C: big(100) } })
    expect(body.left).toEqual(['A'])
    expect(Object.keys((JSON.parse(body.text) as { env: object }).env)).toEqual(['SMALL', 'B', 'C'])
    expect(body.text.length).toBeLessThanOrEqual(BODY_CHARS_MAX)
  })
  it('keeps what jobs need and what was given by name, however large', () => {
    const body = bodyOf({ ...wish, inherited: { PATH: big(5000), JUNK: big(4000), PYTHONPATH: big(5000) }, given: { DATA: big(4000) } })
    expect(body.left).toEqual(['JUNK'])
  })
  it('that cannot be made small enough is refused with the largest named', () => {
    expect(() => bodyOf({ ...wish, inherited: { PATH: big(20_000) } })).toThrow('PATH (20000 characters)')
  })
  it('fits to the character, quotes and all', () => {
    for (let chars = 16_300; chars < 16_390; chars++) {
      const { text, left } = bodyOf({ ...wish, inherited: { Q: '"'.repeat(20), V: big(chars) } })
      expect(text.length).toBeLessThanOrEqual(BODY_CHARS_MAX)
      expect(left.length).toBe(
        chars + 20 * 2 + JSON.stringify({ command: ['true'], cwd: '/', env: { Q: '', V: '' } }).length > BODY_CHARS_MAX ? 1 : 0
      )
    }
  })
})

describe('a job file', () => {
  it('has a field for each flag', () => {
    expect(
      jobFileOf(
        'gpus: 0.5\nnodes: 2\ngpu-model: [H100, A100]\nlabel: {zone: a}\nenv: [SEED=1, HOME]\ncommand: [python, train.py, 3]',
        'job.yaml'
      )
    ).toEqual({
      gpus: '0.5',
      nodes: '2',
      gpuModel: 'H100,A100',
      label: ['zone=a'],
      env: ['SEED=1', 'HOME'],
      command: ['python', 'train.py', '3']
    })
  })
  it('runs a command of one line by the shell', () => {
    expect(jobFileOf('command: echo $SEED | wc', 'job.yaml').command).toEqual(['/bin/sh', '-c', 'echo $SEED | wc'])
  })
  it('may be JSON', () => expect(jobFileOf('{"gpus": 2, "command": ["true"]}', 'x')).toEqual({ gpus: '2', command: ['true'] }))
  it.each([
    ['gpu: 1', 'there is no field "gpu"; did you mean "gpus"?'],
    ['gpus: {a: 1}', 'gpus is neither a text nor a number'],
    ['gpus:', 'gpus has no value'],
    ['gpus: .nan', 'neither a text nor a number'],
    ['gpus: 1\ngpus: 2', 'not YAML'],
    ['- gpus', 'does not describe a job'],
    ['a: [', 'not YAML'],
    ['__proto__: 1', 'no field "__proto__"'],
    ['constructor: 1', 'no field "constructor"'],
    ['', 'does not describe a job']
  ])('%j is refused', (text, message) => expect(() => jobFileOf(text, 'job.yaml')).toThrow(message))
  it('cannot be a bomb', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghi'].map((name, index) => `${name}: &${name} [${`*${'abcdefgh'[index] ?? ''},`.repeat(9)}]`).join('\n')}`
    expect(() => jobFileOf(bomb, 'job.yaml')).toThrow('not YAML that can be read')
    expect(() => jobFileOf('x'.repeat(300_000), 'job.yaml')).toThrow('at most')
  })
})
