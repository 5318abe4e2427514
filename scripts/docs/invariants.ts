/** docs/invariants.md: what must hold in every state, from the table of the invariants. */
import { invariants } from '../../domain/cluster/invariants.ts'

export const invariantsPage = (): string =>
  [
    '# Invariants',
    '',
    'Generated from `domain/cluster/invariants.ts` by `npm run docs`. They are checked before a round is appended, for the rows that it',
    'touched, and for the whole state in tests, in simulation and by `fastgpu verify`.',
    '',
    '| name | what always holds |',
    '| --- | --- |',
    ...Object.entries(invariants).map(([name, says]) => `| \`${name}\` | ${says} |`),
    ''
  ].join('\n')
