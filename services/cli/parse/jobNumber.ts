/** `J12`, as everything prints it, or `12`. */
import { misused } from '../quit.ts'

export const jobNumberOf = (text: string): number => {
  const match = /^[Jj]?(\d{1,10})$/.exec(text.trim())
  if (match === null)
    throw misused(`"${text}" is not the number of a job`, 'Write it as submit printed it, such as J12; "fastgpu jobs" lists them.')
  return Number(match[1])
}
