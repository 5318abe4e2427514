/** `--range FROM..TO`: numbers of rounds, both included. */
import { misused } from '../quit.ts'

export interface Range {
  readonly from: number
  readonly to: number
}

export const rangeOf = (text: string | undefined): Range => {
  const match = /^(\d*)(?:\.\.(\d*))?$/.exec(text ?? '..')
  if (match === null || text === '') throw misused(`--range "${text ?? ''}" is not a range of rounds`, 'Write 10..20, 10.., ..20, or 10.')
  const [, first = '', last] = match
  const from = first === '' ? 0 : Number(first)
  const to = last === undefined ? from : last === '' ? Number.MAX_SAFE_INTEGER : Number(last)
  if (from > to) throw misused(`--range "${text ?? ''}" ends before it begins`)
  return { from, to }
}
