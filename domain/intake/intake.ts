/**
 * Decides what one input means now. Its facts are folded before the next input is taken in. Everything may be sent again: jobs and
 * orders are known by (source, id), reports by node, boot and attempt; the second time nothing is recorded.
 */
import { refusal } from '../events/errors.ts'
import type { Fact } from '../events/facts.ts'
import { inputTypes } from '../events/inputs.ts'
import { at as valueAt, readShelf } from '../kernel/shelf.ts'
import { lookUp } from '../cluster/ids.ts'
import type { State } from '../cluster/state.ts'
import { forget, hear, type Heard } from './heard.ts'
import type { Input } from '../events/input.ts'
import { cancelJob, refused, submitJob } from './jobs.ts'
import { cordonNode, drainNode, nodeNamed, setPolicy, setPrice, uncordonNode } from './orders.ts'
import { registerNode, reportFinished, reportStarted } from './reports.ts'

/**
 * How far ahead a sender's clock may be. The window of 2,000,000 ids must never be shorter than this, or a new input could not be told from
 * an old one: it is not below 33,000 inputs a second that go on for a minute.
 */
export const SKEW_MS_MAX = 60_000

export interface Taken {
  readonly facts: ReadonlyArray<Fact>
  readonly heard: Heard
}

export const intake = (state: State, heard: Heard, input: Input, atMs: number): Taken => {
  if (input.stream === 'heartbeats') return takeReport(state, heard, input, atMs)
  const known = lookUp(state.ids, input.cause)
  if (known !== undefined) {
    if (known.sameContent) return { facts: [], heard }
    return {
      facts: [refused(input, [refusal('FG_ID_REUSED', `the id "${input.cause.id}" of ${input.cause.source} was used for another input`)])],
      heard
    }
  }
  // An id that fell out of the window may have been used, by an input whose clock was wrong by the skew at most.
  if (input.timeMs < state.ids.windowStartMs + SKEW_MS_MAX && state.ids.windowStartMs > 0)
    return {
      facts: [
        refused(input, [
          refusal('FG_TIME_BEFORE_WINDOW', `the input's time ${input.timeMs} is before ${state.ids.windowStartMs + SKEW_MS_MAX}`)
        ])
      ],
      heard
    }
  if (input.timeMs > atMs + SKEW_MS_MAX)
    return {
      facts: [refused(input, [refusal('FG_TIME_AHEAD', `the input's time ${input.timeMs} is more than ${SKEW_MS_MAX} ms after ${atMs}`)])],
      heard
    }
  return { facts: takeWish(state, input), heard }
}

const takeWish = (state: State, input: Input): ReadonlyArray<Fact> => {
  const { said } = input
  // Who may write to a stream may say what belongs there, and nothing else.
  if (inputTypes[said.type].stream !== input.stream) return [onWrongStream(input)]
  switch (said.type) {
    case 'fastgpu.job.submit':
      return submitJob(state, input, said.data)
    case 'fastgpu.job.cancel':
      return cancelJob(state, input, said.data)
    case 'fastgpu.node.cordon':
      return cordonNode(state, input, said.data)
    case 'fastgpu.node.uncordon':
      return uncordonNode(state, input, said.data)
    case 'fastgpu.node.drain':
      return drainNode(state, input, said.data)
    case 'fastgpu.policy.set':
      return setPolicy(state, input, said.data)
    case 'fastgpu.price.set':
      return setPrice(state, input, said.data)
    case 'fastgpu.node.register':
    case 'fastgpu.node.heartbeat':
    case 'fastgpu.run.started':
    case 'fastgpu.run.finished':
    case 'fastgpu.leader.beat':
      return [onWrongStream(input)]
    default: {
      const unreachable: never = said
      return unreachable
    }
  }
}

const onWrongStream = (input: Input): Fact => {
  const { type } = input.said
  return refused(input, [refusal('FG_WRONG_STREAM', `${type} belongs on the stream ${inputTypes[type].stream}, not on ${input.stream}`)])
}

const takeReport = (state: State, heard: Heard, input: Input, atMs: number): Taken => {
  const { said } = input
  switch (said.type) {
    case 'fastgpu.node.register': {
      const facts = registerNode(state, input, said.data)
      const known = nodeNamed(state, said.data.node)
      return { facts, heard: known === undefined || facts.length === 0 ? heard : forget(heard, known) }
    }
    case 'fastgpu.node.heartbeat': {
      const known = nodeNamed(state, said.data.node)
      const current = known !== undefined && valueAt(readShelf(state.nodeFacts), known).boot === said.data.boot
      return { facts: [], heard: current ? hear(heard, known, said.data.seq, atMs) : heard }
    }
    case 'fastgpu.run.started':
      return { facts: reportStarted(state, said.data), heard }
    case 'fastgpu.run.finished':
      return { facts: reportFinished(state, said.data), heard }
    default:
      // The leader's own beat concerns standbys; wishes have no business here and no right to an answer.
      return { facts: [], heard }
  }
}
