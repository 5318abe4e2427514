/** `--gpus` and `--gpu-model`: how many GPUs, what share of each, and of which models. */
import { misused } from '../quit.ts'

export interface GpuWish {
  readonly gpus: number
  /** The share of each GPU in thousandths; left out: all of it. */
  readonly gpuMilli?: number
  readonly gpuModels?: ReadonlyArray<ReadonlyArray<string>>
}

const HELP = 'Write a number (2), a share of one (0.5), a number of shares (2x0.5), or any of these behind a model (H100:8).'

export const gpusOf = (text: string): GpuWish => {
  const colon = text.lastIndexOf(':')
  const amount = text.slice(colon + 1).trim()
  const models = colon < 0 ? {} : { gpuModels: modelsOf(text.slice(0, colon), '--gpus') }
  const match = /^(?:(\d+)x)?(\d+(?:\.\d+)?)$/.exec(amount)
  if (match === null) throw misused(`--gpus "${text}" is not a number of GPUs`, HELP)
  const share = Number(match[2])
  if (match[1] === undefined && Number.isInteger(share)) return { gpus: share, ...models }
  const gpuMilli = Math.round(share * 1000)
  if (share > 1) throw misused(`--gpus "${text}": a share is at most 1, the whole GPU`, HELP)
  if (gpuMilli < 1 || Math.abs(gpuMilli - share * 1000) > 1e-6)
    throw misused(`--gpus "${text}": a share is a whole number of thousandths of a GPU, at least 0.001`, HELP)
  const gpus = Number(match[1] ?? 1)
  return gpuMilli === 1000 ? { gpus, ...models } : { gpus, gpuMilli, ...models }
}

/** `A,B`: A is liked better than B. `A|B`: either is as good. */
export const modelsOf = (text: string, flag: string): ReadonlyArray<ReadonlyArray<string>> => {
  const choices = text.split(',').map((choice) => choice.split('|').map((model) => model.trim()))
  if (choices.some((choice) => choice.some((model) => model === '')))
    throw misused(
      `${flag} "${text}" names an empty model`,
      'Write models in order of preference: H100,A100. Equally good ones: "H100|H200".'
    )
  return choices
}
