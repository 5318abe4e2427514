/** docs/events.md: every event that a ledger can hold and every input that a stream can carry, from the codecs themselves. */
import * as t from 'io-ts'
import { Cause } from '../../domain/events/cause.ts'
import { entryOf, fieldsOf, itemOf } from '../../domain/events/codec.ts'
import { decisionCodecs, Task } from '../../domain/events/decisions.ts'
import { factCodecs, RefusalReason } from '../../domain/events/facts.ts'
import { GpuFacts, inputTypes } from '../../domain/events/inputs.ts'
import { Policy, TargetShape } from '../../domain/events/policy.ts'
import { Request, Shape } from '../../domain/events/request.ts'
import { decisionMeanings, factMeanings, fieldMeanings, inputMeanings } from './meanings.ts'

/** Records that stand inside of others and have a name of their own. */
const records: Readonly<Record<string, t.Mixed>> = { Cause, Request, Shape, Task, Policy, TargetShape, GpuFacts, RefusalReason }
const recordMeanings: Readonly<Record<string, string>> = {
  Cause: 'The input that a fact came from. The pair (source, id) is the idempotency key.',
  Request: 'What a job asks for, as people say it.',
  Shape: 'What a job asks for, as the ledger and the state hold it: names are numbers, and what was left out has its default.',
  Task: 'What one member of a job holds on one node.',
  Policy: 'How a pool decides.',
  TargetShape: 'A shape of the workload that FGD protects room for.',
  GpuFacts: 'One physical GPU.',
  RefusalReason: 'One thing that was wrong with an input.'
}

export const eventsPage = (): string =>
  [
    '# Events and inputs',
    '',
    'Generated from the codecs by `npm run docs`. A stored version never changes; a later one gets a tag of its own (`JobSubmitted.v2`).',
    'A record has exactly the fields named here: one that is not known is refused.',
    '',
    '## Inputs',
    '',
    'What people, pipelines and agents say: the `data` of the CloudEvents on the streams `jobs`, `orders` and `heartbeats`.',
    ...Object.entries(inputTypes).flatMap(([type, { stream, codec }]) =>
      section(type, `${inputMeanings[type as keyof typeof inputTypes]} Stream: \`${stream}\`.`, codec)
    ),
    '',
    '## Facts',
    '',
    'What was learned: the first half of a round.',
    ...Object.entries(factCodecs).flatMap(([tag, codec]) => section(tag, factMeanings[tag as keyof typeof factCodecs], codec)),
    '',
    '## Decisions',
    '',
    'What `plan` answered: the second half of a round.',
    ...Object.entries(decisionCodecs).flatMap(([tag, codec]) => section(tag, decisionMeanings[tag as keyof typeof decisionCodecs], codec)),
    '',
    '## Records inside of them',
    ...Object.entries(records).flatMap(([name, codec]) => section(name, recordMeanings[name]!, codec)),
    ''
  ].join('\n')

const section = (title: string, meaning: string, codec: t.Mixed): ReadonlyArray<string> => [
  '',
  `### ${title}`,
  '',
  meaning,
  '',
  '| field | value | meaning |',
  '| --- | --- | --- |',
  ...[...(fieldsOf(codec) ?? [])].map(
    ([field, { codec, needed }]) => `| \`${field}\`${needed ? '' : ' (optional)'} | ${sayType(codec)} | ${meaningOf(title, field)} |`
  )
]

const meaningOf = (title: string, field: string): string => {
  const meaning = fieldMeanings[`${title}.${field}`] ?? fieldMeanings[field]
  if (meaning === undefined) throw new Error(`scripts/docs/meanings.ts does not say what ${title}.${field} means`)
  return meaning
}

/** A codec in words; what has a section of its own is linked. */
const sayType = (codec: t.Mixed): string => {
  const named = Object.entries(records).find(([, record]) => record === codec)
  if (named !== undefined) return `[${named[0]}](#${named[0].toLowerCase()})`
  const item = itemOf(codec)
  if (item !== undefined) return `${codec.name}: ${sayType(item)}`
  const entry = entryOf(codec)
  if (entry !== undefined) return `${codec.name}: ${entry.map(sayType).join(' with ')}`
  if (codec instanceof t.LiteralType) return `\`${codec.value}\``
  const fields = fieldsOf(codec)
  if (fields !== undefined) return `a record of ${[...fields].map(([field, inner]) => `\`${field}\` (${sayType(inner.codec)})`).join(', ')}`
  return codec.name
}
