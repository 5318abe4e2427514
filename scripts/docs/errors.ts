/** docs/errors.md: every FG_* code, from the one table of them. */
import { errors } from '../../domain/events/errors.ts'

export const errorsPage = (): string =>
  [
    '# Errors',
    '',
    'Generated from `domain/events/errors.ts` by `npm run docs`. A **refusal** is an answer: the input broke a rule and changed nothing. A',
    '**fault** says that the world broke; one that may pass by itself is tried again. A code never changes its meaning.',
    '',
    '| code | kind | what happened | what to do |',
    '| --- | --- | --- | --- |',
    ...Object.entries(errors).map(([code, error]) => `| \`${code}\` | ${kindOf(error)} | ${error.what} | ${error.next} |`),
    ''
  ].join('\n')

const kindOf = (error: (typeof errors)[keyof typeof errors]): string =>
  error.kind === 'refusal' ? 'refusal' : error.retriable ? 'fault, may pass' : 'fault'
