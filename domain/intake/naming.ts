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

interface Kind {
  readonly word: string
  readonly names: Names
  readonly numbersMax: number
}

export const naming = (state: State): Naming => {
  const facts: Array<Fact> = []
  const reasons: Array<RefusalReason> = []
  const given = new Map<string, number>()

  const number = (kind: Kind, name: string, fact: (number: number) => Fact): number => {
    const known = numberOf(kind.names, name)
    if (known >= 0) return known
    const key = `${kind.word} ${name}`
    const earlier = given.get(key)
    if (earlier !== undefined) return earlier
    let next = countOf(kind.names)
    for (const other of given.keys()) if (other.startsWith(`${kind.word} `)) next += 1
    if (next >= kind.numbersMax)
      reasons.push(
        refusal('FG_NAMES_TOO_MANY', `this pool already has ${kind.numbersMax} different ${kind.word}s; "${name}" would be one more`)
      )
    given.set(key, next)
    facts.push(fact(next))
    return next
  }
  const tenants: Kind = { word: 'tenant', names: state.tenants, numbersMax: TENANTS_MAX }
  const models: Kind = { word: 'model', names: state.models, numbersMax: MODELS_MAX }
  const labels: Kind = { word: 'label', names: state.labels, numbersMax: LABELS_MAX }
  const shapes: Kind = { word: 'shape', names: state.shapeKeys, numbersMax: SHAPES_MAX }

  const tenant = (name: string): TenantNo => tenantNo(number(tenants, name, (n) => ({ type: 'TenantNamed', tenant: tenantNo(n), name })))
  const model = (name: string): ModelNo => modelNo(number(models, name, (n) => ({ type: 'ModelNamed', model: modelNo(n), name })))
  const label = (key: string, value: string): LabelNo =>
    labelNo(number(labels, `${key}=${value}`, (n) => ({ type: 'LabelNamed', label: labelNo(n), key, value })))
  const shape = (request: Request): ShapeNo => {
    const numbered = numberShape(request, model, label)
    return shapeNo(number(shapes, shapeKey(numbered), (n) => ({ type: 'ShapeDefined', shape: shapeNo(n), request: numbered })))
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
