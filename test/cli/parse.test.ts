/** Sizes, durations, GPUs and all else that people write on the command line, in the ways in which they do. */
import { describe, expect, it } from 'vitest'
import { gpusOf, modelsOf } from '../../services/cli/parse/gpus.ts'
import { jobNumberOf } from '../../services/cli/parse/jobNumber.ts'
import { pairOf, variableOf } from '../../services/cli/parse/pairs.ts'
import { cpuMilliOf, deadlineMsOf, durationMsOf, integerOf, memoryMibOf, momentMsOf } from '../../services/cli/parse/quantities.ts'
import { rangeOf } from '../../services/cli/parse/range.ts'
import { windowOf } from '../../services/cli/parse/window.ts'

describe('memory', () => {
  it.each([
    ['40Gi', 40_960],
    ['40GiB', 40_960],
    ['512Mi', 512],
    ['1Ti', 1_048_576],
    ['40G', 38_147],
    ['80GB', 76_294],
    ['0.5Gi', 512],
    ['1k', 1],
    ['0G', 0]
  ])('%s is %i MiB', (text, mib) => expect(memoryMibOf(text, '--memory')).toBe(mib))

  it.each(['40', 'G', '-1G', '1e3G', '40 Gigabytes', '', '2000000Ti'])('"%s" is refused', (text) => {
    expect(() => memoryMibOf(text, '--memory')).toThrow('--memory')
  })
})

describe('durations', () => {
  it.each([
    ['90s', 90_000],
    ['2h', 7_200_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['500ms', 500],
    ['7d', 604_800_000],
    ['12:00:00', 43_200_000],
    ['1-00:00:01', 86_401_000]
  ])('%s is %i ms', (text, ms) => expect(durationMsOf(text, '--time')).toBe(ms))

  it.each(['90', '', 'h', '1h x', '-5m', '5 minutes'])('"%s" is refused', (text) => {
    expect(() => durationMsOf(text, '--time')).toThrow('not a duration')
  })
})

describe('GPUs', () => {
  it.each([
    ['2', { gpus: 2 }],
    ['0', { gpus: 0 }],
    ['0.5', { gpus: 1, gpuMilli: 500 }],
    ['2x0.25', { gpus: 2, gpuMilli: 250 }],
    ['2x1', { gpus: 2 }],
    ['H100:8', { gpus: 8, gpuModels: [['H100']] }],
    ['H100:0.5', { gpus: 1, gpuMilli: 500, gpuModels: [['H100']] }],
    ['H100,A100|H200:2', { gpus: 2, gpuModels: [['H100'], ['A100', 'H200']] }]
  ])('%s', (text, wish) => expect(gpusOf(text)).toEqual(wish))

  it.each(['1.5', 'many', 'H100', 'H100:', ':2', '-1', '0.0005', '0.12345', '', '2x', 'A,,B:1'])('"%s" is refused', (text) => {
    expect(() => gpusOf(text)).toThrow()
  })

  it('models stand in order of preference, equally good ones together', () => {
    expect(modelsOf('H100, A100|H200', '--gpu-model')).toEqual([['H100'], ['A100', 'H200']])
  })
})

describe('the rest', () => {
  const now = Date.UTC(2026, 2, 1, 12)

  it('CPUs are numbers or thousandths', () => {
    expect(['4', '0.5', '250m'].map((text) => cpuMilliOf(text, '--cpus'))).toEqual([4000, 500, 250])
    expect(() => cpuMilliOf('four', '--cpus')).toThrow('--cpus')
  })
  it('a whole number is neither a float nor out of range', () => {
    expect(integerOf('-5', -10, 10, '--priority')).toBe(-5)
    expect(() => integerOf('1.5', 0, 10, '--priority')).toThrow('whole number')
    expect(() => integerOf('11', 0, 10, '--priority')).toThrow('0 to 10')
  })
  it('a moment is a time ago or a date, and a deadline lies ahead', () => {
    expect(momentMsOf('2h', '--since', now)).toBe(now - 7_200_000)
    expect(momentMsOf('2026-02-28', '--since', now)).toBe(Date.UTC(2026, 1, 28))
    expect(deadlineMsOf('30m', '--stop', now)).toBe(now + 1_800_000)
    expect(deadlineMsOf('now', '--stop', now)).toBe(now)
    expect(() => momentMsOf('yesterday', '--since', now)).toThrow('not a time')
    expect(() => momentMsOf('2026-99-99', '--since', now)).toThrow('not a time')
  })
  it('a window is a day if nothing is said, and never ends before it begins', () => {
    expect(windowOf({}, now)).toEqual({ sinceMs: now - 86_400_000, untilMs: now })
    expect(() => windowOf({ since: '1h', until: '2h' }, now)).toThrow('before')
  })
  it('a job is J12 or 12', () => {
    expect([jobNumberOf('J12'), jobNumberOf('12')]).toEqual([12, 12])
    expect(() => jobNumberOf('N3')).toThrow('number of a job')
  })
  it('a variable alone takes its value from here', () => {
    expect(pairOf('zone=a=b', '--label')).toEqual(['zone', 'a=b'])
    expect(variableOf('HOME', { HOME: '/home/ann' })).toEqual(['HOME', '/home/ann'])
    expect(() => variableOf('MISSING', {})).toThrow('no such variable')
    expect(() => pairOf('=b', '--label')).toThrow('KEY=VALUE')
  })
  it('a range of rounds may be open', () => {
    expect(rangeOf('10..20')).toEqual({ from: 10, to: 20 })
    expect(rangeOf('10')).toEqual({ from: 10, to: 10 })
    expect(rangeOf('..20')).toEqual({ from: 0, to: 20 })
    expect(rangeOf(undefined)).toEqual({ from: 0, to: Number.MAX_SAFE_INTEGER })
    expect(() => rangeOf('20..10')).toThrow('ends before')
    expect(() => rangeOf('a..b')).toThrow('not a range')
  })
})
