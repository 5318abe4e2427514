/**
 * Gives dense numbers to the names of one input: known names have theirs, new ones get the next, with the facts that say so. There
 * are bounds, since a name that nobody uses any more still takes room in the state for ever.
 */
import type { Fact } from '../events/facts.ts'
import { refusal } from '../events/errors.ts'
import type { RefusalReason } from '../events/facts.ts'
import { GPU_MILLI, type Request, type Shape } from '../events/request.ts'
import { labelNo, modelNo, shapeNo, tenantNo, type LabelNo, type ModelNo, type ShapeNo, type TenantNo } from '../kernel/ids.ts'
import { countOf, numberOf, type Names } from '../kernel/names.ts'
import { shapeKey } from '../cluster/shapeKey.ts'
import type { State } from '../cluster/state.ts'

export const TENANTS_MAX = 100_000
export const MODELS_MAX = 10_000
export const LABELS_MAX = 1_000_000
export const SHAPES_MAX = 1_000_000

/** Numbers given while one input is taken in; a name that comes twice gets one number. */
export interface Naming {
  readonly facts: ReadonlyArray<Fact>
  readonly reasons: ReadonlyArray<RefusalReason>
  readonly tenant: (name: string) => TenantNo
  readonly model: (name: string) => ModelNo
  readonly label: (key: string, value: string) => LabelNo
  readonly shape: (request: Request) => ShapeNo
}

export const naming = (state: State): Naming => {
  const facts: Array<Fact> = []
  const reasons: Array<RefusalReason> = []
  const given = new Map<string, number>()

  const number = (kind: string, names: Names, name: string, numbersMax: number, fact: (number: number) => Fact): number => {
    const known = numberOf(names, name)
    if (known >= 0) return known
    const earlier = given.get(`${kind} ${name}`)
    if (earlier !== undefined) return earlier
    let next = countOf(names)
    for (const key of given.keys()) if (key.startsWith(`${kind} `)) next += 1
    if (next >= numbersMax)
      reasons.push(refusal('FG_NAMES_TOO_MANY', `this pool already has ${numbersMax} different ${kind}s; "${name}" would be one more`))
    given.set(`${kind} ${name}`, next)
    facts.push(fact(next))
    return next
  }

  const tenant = (name: string): TenantNo =>
    tenantNo(number('tenant', state.tenants, name, TENANTS_MAX, (n) => ({ type: 'TenantNamed', tenant: tenantNo(n), name })))
  const model = (name: string): ModelNo =>
    modelNo(number('model', state.models, name, MODELS_MAX, (n) => ({ type: 'ModelNamed', model: modelNo(n), name })))
  const label = (key: string, value: string): LabelNo =>
    labelNo(number('label', state.labels, `${key}=${value}`, LABELS_MAX, (n) => ({ type: 'LabelNamed', label: labelNo(n), key, value })))
  const shape = (request: Request): ShapeNo => {
    const numbered = numberShape(request, model, label)
    return shapeNo(
      number('shape', state.shapeKeys, shapeKey(numbered), SHAPES_MAX, (n) => ({
        type: 'ShapeDefined',
        shape: shapeNo(n),
        request: numbered
      }))
    )
  }
  return { facts, reasons, tenant, model, label, shape }
}

/** The canonical form of a request: sorted where order means nothing, and every default said. */
const numberShape = (request: Request, model: (name: string) => ModelNo, label: (key: string, value: string) => LabelNo): Shape => ({
  nodes: request.nodes ?? 1,
  gpus: request.gpus,
  gpuMilli: request.gpus === 0 ? GPU_MILLI : (request.gpuMilli ?? GPU_MILLI),
  models: (request.gpuModels ?? []).map((choice) => [...choice].map(model).sort((a, b) => a - b)),
  gpuMemoryMib: request.gpuMemoryMib ?? 0,
  cpuMilli: request.cpuMilli ?? 0,
  memoryMib: request.memoryMib ?? 0,
  labels: Object.keys(request.labels ?? {})
    .sort()
    .map((key) => label(key, request.labels?.[key] ?? ''))
    .sort((a, b) => a - b)
})
