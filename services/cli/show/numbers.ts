/** Integers of the domain, in the units that people read. */

export const money = (micro: number, digits = 2): string => {
  const [whole = '', fraction] = (Math.abs(micro) / 1e6).toFixed(digits).split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return `${micro < 0 ? '-' : ''}${grouped}${fraction === undefined ? '' : `.${fraction}`}`
}

const HOUR_MS = 3_600_000
/** From here on two digits are enough; below, four show every second. */
const MUCH_HOURS = 10

/** All numbers of a table with as many digits as its largest one wants. */
export const gpuHoursOf = (mostMs: number): ((gpuMs: number) => string) => {
  const digits = mostMs >= MUCH_HOURS * HOUR_MS ? 2 : 4
  return (gpuMs) => (gpuMs / HOUR_MS).toFixed(digits)
}

export const memory = (mib: number): string => (mib >= 1024 ? `${trim((mib / 1024).toFixed(1))} GiB` : `${mib} MiB`)

export const percent = (part: number, whole: number): string => (whole === 0 ? '-' : `${((part / whole) * 100).toFixed(1)}%`)

/** Thousandths as a number without needless zeros: 1500 is 1.5. */
export const thousandths = (milli: number): string => trim((milli / 1000).toFixed(3))

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

const trim = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)

/** A number of GPUs, which can be a fraction. */
export const count = (value: number): string => trim(value.toFixed(3))
