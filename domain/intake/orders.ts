/** Orders of operators: cordon, uncordon, drain, policy, price. An order that finds nothing left to change is noted. */
import { refusal } from '../events/errors.ts'
import type { Fact } from '../events/facts.ts'
import type { Said } from '../events/inputs.ts'
import { FACT_BYTES_MAX } from '../events/round.ts'
import { encodedBytes } from '../events/size.ts'
import { nodeNo, type NodeNo } from '../kernel/ids.ts'
import { countOf, numberOf } from '../kernel/names.ts'
import { at, readShelf } from '../kernel/shelf.ts'
import { read } from '../kernel/table.ts'
import { CORDONED, DRAINING, Nodes, RETIRED } from '../cluster/tables.ts'
import type { State } from '../cluster/state.ts'
import type { Input } from '../events/input.ts'
import { noted, refused } from './jobs.ts'
import { naming } from './naming.ts'

const node = Nodes.column
/** One input's facts fit into a round: this much is for the policy, and the rest for who set it. */
const POLICY_BYTES_MAX = FACT_BYTES_MAX - 8 * 1024

type Order<T extends Said['type']> = Extract<Said, { readonly type: T }>['data']

/** The newest node of a name that is not retired, or undefined. */
export const nodeNamed = (state: State, name: string): NodeNo | undefined => {
  const number = numberOf(state.nodeNames, name)
  if (number < 0) return undefined
  const row = at(readShelf(state.newestNode), number)
  return (node.flags.get(read(state.nodes), row) & RETIRED) === 0 ? nodeNo(row) : undefined
}

export const cordonNode = (state: State, input: Input, data: Order<'fastgpu.node.cordon'>): ReadonlyArray<Fact> =>
  onNode(state, input, data.node, (number, flags, reason) =>
    (flags & CORDONED) !== 0 && reason === data.reason
      ? noted(input)
      : { type: 'NodeCordoned', cause: input.cause, node: number, reason: data.reason, ...by(data) }
  )

export const uncordonNode = (state: State, input: Input, data: Order<'fastgpu.node.uncordon'>): ReadonlyArray<Fact> =>
  onNode(state, input, data.node, (number, flags) =>
    (flags & (CORDONED | DRAINING)) === 0
      ? noted(input)
      : {
          type: 'NodeUncordoned',
          cause: input.cause,
          node: number,
          ...by(data),
          ...(data.reason === undefined ? {} : { reason: data.reason })
        }
  )

export const drainNode = (state: State, input: Input, data: Order<'fastgpu.node.drain'>): ReadonlyArray<Fact> =>
  onNode(state, input, data.node, (number, flags, reason) => {
    const stopAtMs = data.stopAtMs ?? -1
    const same = (flags & DRAINING) !== 0 && reason === data.reason && node.stopAtMs.get(read(state.nodes), number) === stopAtMs
    return same ? noted(input) : { type: 'NodeDrained', cause: input.cause, node: number, reason: data.reason, stopAtMs, ...by(data) }
  })

/** A policy may only name models and labels that the pool knows, since it holds them as numbers. */
export const setPolicy = (state: State, input: Input, data: Order<'fastgpu.policy.set'>): ReadonlyArray<Fact> => {
  const { policy } = data
  const models = countOf(state.models)
  const labels = countOf(state.labels)
  const unknown = policy.targets.some(
    ({ shape }) => shape.models.flat().some((model) => model >= models) || shape.labels.some((label) => label >= labels)
  )
  if (unknown)
    return [
      refused(input, [refusal('FG_POLICY_INVALID', 'a target shape names the number of a model or label that this pool does not have')])
    ]
  if (policy.retryDelayMs > policy.retryDelayMsMax)
    return [
      refused(input, [
        refusal('FG_POLICY_INVALID', `retryDelayMs ${policy.retryDelayMs} is above retryDelayMsMax ${policy.retryDelayMsMax}`)
      ])
    ]
  const bytes = encodedBytes(policy)
  if (bytes > POLICY_BYTES_MAX)
    return [refused(input, [refusal('FG_POLICY_INVALID', `the policy takes ${bytes} bytes; at most ${POLICY_BYTES_MAX} fit into a round`)])]
  return [{ type: 'PolicySet', cause: input.cause, policy, ...by(data) }]
}

export const setPrice = (state: State, input: Input, data: Order<'fastgpu.price.set'>): ReadonlyArray<Fact> => {
  const names = naming(state)
  const model = names.model(data.model)
  if (names.reasons.length > 0) return [refused(input, names.reasons)]
  return [...names.facts, { type: 'PriceSet', cause: input.cause, model, microPerGpuHour: data.microPerGpuHour, ...by(data) }]
}

const by = (data: { readonly by?: string | undefined }): { readonly by?: string } => (data.by === undefined ? {} : { by: data.by })

const onNode = (
  state: State,
  input: Input,
  name: string,
  decide: (node: NodeNo, flags: number, reason: string) => Fact
): ReadonlyArray<Fact> => {
  const number = nodeNamed(state, name)
  if (number === undefined) return [refused(input, [refusal('FG_NODE_UNKNOWN', `there is no node "${name}" in this pool`)])]
  return [decide(number, node.flags.get(read(state.nodes), number), at(readShelf(state.nodeFacts), number).reason)]
}
