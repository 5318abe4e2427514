/** What people call the things that numbers stand for. A number that is not known is not in the answer. */
import type { Request } from '../../domain/events/request.ts'
import { jobs } from '../jobRows.ts'
import { labels, machines, models, shapes, tenants } from '../names.ts'
import { answered, wanting, type Question } from '../question.ts'

export interface Numbers {
  readonly jobs: ReadonlyArray<number>
  readonly nodes: ReadonlyArray<number>
  readonly gpus: ReadonlyArray<number>
  readonly tenants: ReadonlyArray<number>
  readonly models: ReadonlyArray<number>
  readonly labels: ReadonlyArray<number>
  readonly shapes: ReadonlyArray<number>
}

/** Pairs of a number and what it is called. */
type Named<A> = ReadonlyArray<readonly [number, A]>
export interface NamesFound {
  readonly jobs: Named<{ readonly name: string; readonly tenant: string }>
  readonly nodes: Named<string>
  /** Their UUIDs. */
  readonly gpus: Named<string>
  readonly tenants: Named<string>
  readonly models: Named<string>
  /** Printed as key=value. */
  readonly labels: Named<string>
  readonly shapes: Named<Request>
}

export const askNames = (asked: Numbers): Question<NamesFound> => {
  const among = (column: string, values: ReadonlyArray<number>) => ({ among: { column, values } })
  return wanting(
    [
      jobs.select(among('job', asked.jobs)),
      machines.select(among('node', asked.nodes)),
      tenants.select(among('tenant', asked.tenants)),
      models.select(among('model', asked.models)),
      labels.select(among('label', asked.labels)),
      shapes.select(among('shape', asked.shapes)),
      ...asked.gpus.map((gpu) =>
        machines.select({
          where: [{ column: 'firstGpu', op: '<=', value: gpu }],
          order: [
            { column: 'firstGpu', descending: true },
            { column: 'node', descending: true }
          ],
          limit: 1
        })
      )
    ],
    (...found) => {
      const [foundJobs, foundNodes, foundTenants, foundModels, foundLabels, foundShapes, ...owners] = found
      return answered({
        jobs: foundJobs.map((row) => [row.job, { name: row.name, tenant: row.tenant }] as const),
        nodes: foundNodes.map((row) => [row.node, row.name] as const),
        tenants: foundTenants.map((row) => [row.tenant, row.name] as const),
        models: foundModels.map((row) => [row.model, row.name] as const),
        labels: foundLabels.map((row) => [row.label, `${row.key}=${row.value}`] as const),
        shapes: foundShapes.map((row) => [row.shape, row.request] as const),
        gpus: asked.gpus.flatMap((gpu, index) => {
          const [owner] = owners[index] ?? []
          const uuid = owner?.gpus[gpu - owner.firstGpu]?.uuid
          return uuid === undefined ? [] : [[gpu, uuid] as const]
        })
      })
    }
  )
}
