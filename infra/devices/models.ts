/**
 * Short names of GPU models, as people ask for them: "NVIDIA H100 80GB HBM3" is an H100. A form factor that makes another card of it
 * stays in the name; the amount of memory does not, since jobs ask for that apart. The first rule that matches counts.
 */
type Rule = readonly [expression: RegExp, short: string]

/** `$1` is the first group of the expression. */
const RULES: ReadonlyArray<Rule> = [
  [/^(GH200|GB200|GB300)\b.*$/, '$1'],
  [/^([ABHLTVPKM]\d{1,4}[A-Z]?)\b.*\bNVL\b.*$/, '$1-NVL'],
  [/^([ABHLTVPKM]\d{1,4}[A-Z]?)\b.*\bPCIE\b.*$/i, '$1-PCIe'],
  [/^([ABHLTVPKM]\d{1,4}[A-Z]?)(?:[ -].*)?$/, '$1'],
  [/^(RTX (?:PRO )?A?\d{3,4}(?: (?:SUPER|Ti|Ada))*)\b.*$/, '$1'],
  [/^(GTX \d{3,4}(?: (?:SUPER|Ti))*)\b.*$/, '$1']
]

const VENDOR = /^(?:NVIDIA|GRID|Tesla|Quadro|GeForce|Graphics Device)\s+/i
/** What a model's name may hold: domain/events/request.ts. */
const FORBIDDEN = /[^A-Za-z0-9 ._-]+/g
const CHARS_MAX = 64

export const shortModel = (product: string): string => {
  let name = product.trim()
  while (VENDOR.test(name)) name = name.replace(VENDOR, '')
  const rule = RULES.find(([expression]) => expression.test(name))
  const short = (rule === undefined ? name : name.replace(rule[0], rule[1])).replace(FORBIDDEN, '-').slice(0, CHARS_MAX).trim()
  return /^[A-Za-z0-9]/.test(short) ? short : 'unknown'
}

/** Memory in MiB of models that simulated nodes may have, as nvidia-smi says it of real ones. */
const MEMORY_MIB: Readonly<Record<string, number>> = {
  H200: 143_771,
  H100: 81_559,
  A100: 81_920,
  L40S: 46_068,
  A10: 23_028,
  V100: 32_768,
  T4: 15_360,
  P100: 16_384
}
const OTHER_MEMORY_MIB = 16_384

export const memoryOf = (model: string): number => MEMORY_MIB[model] ?? OTHER_MEMORY_MIB
