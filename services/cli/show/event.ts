/** An event of the public feed in one sentence. An unknown type is shown with its data: a reader bears what it does not know. */
import type { Request, WatchedEvent } from '../../../sdk/typescript/index.ts'
import { sayExit } from '../ending.ts'
import { clean } from './clean.ts'
import { money } from './numbers.ts'
import { requestText } from './request.ts'

type Data = WatchedEvent['data']
type Say = (data: Data) => string

const word = (data: Data, key: string): string => {
  const value = data[key]
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? clean(String(value)) : ''
}
const numberIn = (data: Data, key: string): number | null => (typeof data[key] === 'number' ? data[key] : null)
const named = (data: Data, key: string, letter: string): string => {
  const name = word(data, `${key}Name`)
  return name === '' ? `${letter}${word(data, key)}` : name
}
const job = (data: Data): string => `J${word(data, 'job')}`
const because = (data: Data): string => (word(data, 'reason') === '' ? '' : `: ${word(data, 'reason')}`)
const by = (data: Data): string => (word(data, 'by') === '' ? '' : ` by ${word(data, 'by')}`)

const sentences: Readonly<Record<string, Say>> = {
  JobSubmitted: (data) =>
    `${job(data)}${word(data, 'name') === '' ? '' : ` (${word(data, 'name')})`} submitted for tenant ${named(data, 'tenant', 'T')}`,
  JobAllocated: (data) => `${job(data)} attempt ${word(data, 'attempt')} got ${placesOf(data)}`,
  RunStarted: (data) => `${job(data)} attempt ${word(data, 'attempt')} member ${word(data, 'member')} started${onNode(data)}`,
  RunFinished: (data) =>
    `${job(data)} attempt ${word(data, 'attempt')} member ${word(data, 'member')} ended${onNode(data)}: ${exitText(data)}`,
  CancelRequested: (data) => `${job(data)} is to be cancelled${by(data)}${because(data)}`,
  StopOrdered: (data) => `${job(data)} attempt ${word(data, 'attempt')} is to stop: ${word(data, 'reason')}`,
  JobRequeued: (data) => `${job(data)} waits again, attempt ${word(data, 'attempt')} ${word(data, 'reason')}`,
  JobEnded: (data) => `${job(data)} ${word(data, 'outcome')}`,
  NodeRegistered: (data) => `node ${word(data, 'name')} joined with ${listOf(data['gpus']).length} GPUs`,
  NodeRebooted: (data) => `node ${named(data, 'node', 'N')} has a new agent`,
  NodeRetired: (data) => `node ${named(data, 'node', 'N')} is gone${because(data)}`,
  NodeCordoned: (data) => `node ${named(data, 'node', 'N')} cordoned${by(data)}${because(data)}`,
  NodeUncordoned: (data) => `node ${named(data, 'node', 'N')} uncordoned${by(data)}${because(data)}`,
  NodeDrained: (data) => `node ${named(data, 'node', 'N')} drains${by(data)}${because(data)}`,
  PolicySet: (data) => `policy set${by(data)}`,
  PriceSet: (data) =>
    `price of ${named(data, 'model', 'model ')} set to ${money(numberIn(data, 'microPerGpuHour') ?? 0, 4)} a GPU-hour${by(data)}`,
  TenantNamed: (data) => `tenant T${word(data, 'tenant')} is ${word(data, 'name')}`,
  ModelNamed: (data) => `GPU model ${word(data, 'model')} is ${word(data, 'name')}`,
  LabelNamed: (data) => `label ${word(data, 'label')} is ${word(data, 'key')}=${word(data, 'value')}`,
  ShapeDefined: (data) => `jobs ask for ${shapeOf(data)} for the first time (shape ${word(data, 'shape')})`,
  WaitReasonsChanged: (data) =>
    listOf(data['codes']).length === 0
      ? `jobs that ask for ${shapeOf(data)} wait for nothing any more`
      : `jobs that ask for ${shapeOf(data)} wait: ${listOf(data['codes']).join(', ')}`,
  InputNoted: (data) => `${word(data, 'input')} had nothing left to change`,
  InputRefused: (data) => `${word(data, 'input')} refused: ${reasonsOf(data)}`,
  PlanFailed: (data) => `planning failed${because(data)}`
}

/** Without line breaks and control characters, whoever wrote the names in it. */
export const eventSentence = (event: WatchedEvent): string => {
  const type = event.type.replace(/^fastgpu\./, '')
  const say = Object.hasOwn(sentences, type) ? sentences[type] : undefined
  return clean(say === undefined ? `${type} ${JSON.stringify(event.data)}` : say(event.data))
}

const listOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

const onNode = (data: Data): string => (word(data, 'nodeName') === '' ? '' : ` on ${word(data, 'nodeName')}`)

const exitText = (data: Data): string => {
  const exit = word(data, 'exit')
  const known = exit === 'exited' || exit === 'signalled' || exit === 'lost' || exit === 'launchFailed' ? exit : undefined
  return sayExit(known, numberIn(data, 'code'), word(data, 'detail')) || exit
}

const shapeOf = (data: Data): string => {
  const request = data['shapeRequest'] as Request | null | undefined
  return request === null || request === undefined ? `shape ${word(data, 'shape')}` : requestText(request)
}

const TASKS_SHOWN_MAX = 4

const placesOf = (data: Data): string => {
  const tasks = listOf(data['tasks']).map((task) => {
    const { node, nodeName, gpus } = (task ?? {}) as { readonly node?: unknown; readonly nodeName?: unknown; readonly gpus?: unknown }
    const where = typeof nodeName === 'string' ? nodeName : `N${String(node)}`
    const held = listOf(gpus)
    return held.length === 0 ? `a place on ${where}` : `${held.map((gpu) => `G${String(gpu)}`).join(',')} on ${where}`
  })
  const shown = tasks.slice(0, TASKS_SHOWN_MAX).join('; ')
  return tasks.length > TASKS_SHOWN_MAX ? `${shown}; and ${tasks.length - TASKS_SHOWN_MAX} more` : shown
}

const reasonsOf = (data: Data): string =>
  listOf(data['reasons'])
    .map((reason) => {
      const { code, message } = (reason ?? {}) as { readonly code?: unknown; readonly message?: unknown }
      return `${String(message)} (${String(code)})`
    })
    .join('; ')
