/** Rounds to store: plausible ones for a given head, and arbitrary ones. */
import fc from 'fast-check'
import type { Fact } from '../../domain/events/event.ts'
import type { Envelope, Head, Round } from '../../domain/events/round.ts'
import { CORE_VERSION } from '../../domain/events/round.ts'
import { jobNo, tenantNo } from '../../domain/kernel/ids.ts'
import { encodeRound } from '../../infra/ledger/roundJson.ts'

export const POOL = 'default'
/** 2026-01-01 in ms: some time that rounds may have. */
export const START_MS = 1_767_225_600_000

const named = (number: number): Fact => ({ type: 'TenantNamed', tenant: tenantNo(number), name: `t${number}` })

/** A round that follows a head and is accepted after it, unless `other` makes it differ. */
export const roundAfter = (head: Head, other: Partial<Round> = {}): Round => ({
  pool: POOL,
  number: head.number + 1,
  prev: head.hash,
  epoch: Math.max(1, head.epoch),
  leader: head.leader === '' ? 'a' : head.leader,
  core: CORE_VERSION,
  at: Math.max(head.at, START_MS),
  heardFrom: head.heardFrom,
  consumed: head.consumed,
  facts: [named(head.number + 1)],
  decisions: [],
  ...other
})

export const bytesAfter = (head: Head, other: Partial<Round> = {}): Uint8Array => encodeRound(roundAfter(head, other))

/** A round of about so many bytes. */
export const largeRoundAfter = (head: Head, bytes: number): Uint8Array => {
  const fact: Fact = {
    type: 'JobSubmitted',
    cause: { source: 's', id: 'i', key: '0'.repeat(32), digest: '0'.repeat(16) },
    job: jobNo(1),
    tenant: tenantNo(0),
    shape: 0 as never,
    priority: 0,
    maxRuntimeMs: 0,
    retries: 0,
    name: 'n',
    body: 'x'.repeat(700)
  }
  const one = JSON.stringify(fact).length + 1
  return bytesAfter(head, { facts: Array.from({ length: Math.floor(bytes / one) }, () => fact) })
}

const hex = (bytes: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...'0123456789abcdef'), { minLength: bytes * 2, maxLength: bytes * 2 }).map((digits) => digits.join(''))
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const anyText = (charsMin: number, charsMax: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ unit: 'binary', minLength: charsMin, maxLength: charsMax }).filter((text) => text.length <= charsMax),
    fc.constantFrom(',"facts":[', '","facts":[{', '\\', '"', '[{]}').filter((text) => text.length >= charsMin && text.length <= charsMax)
  )

const factsAny: fc.Arbitrary<Fact> = fc.oneof(
  fc.record({ type: fc.constant('TenantNamed' as const), tenant: fc.nat().map(tenantNo), name: anyText(1, 30) }),
  fc.record({ type: fc.constant('PlanFailed' as const), reason: anyText(0, 200) }),
  fc.record({
    type: fc.constant('CancelRequested' as const),
    cause: fc.record({ source: anyText(1, 20), id: anyText(1, 20), key: hex(16), digest: hex(8) }),
    job: fc.nat().map(jobNo),
    reason: anyText(0, 100)
  })
)

const envelopesAny: fc.Arbitrary<Envelope> = fc.record({
  pool: anyText(1, 63),
  number: count,
  prev: hex(32),
  epoch: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  leader: anyText(1, 128),
  core: fc.integer({ min: 1, max: 1000 }),
  at: fc.nat({ max: START_MS }),
  heardFrom: count,
  consumed: fc.record({
    jobs: fc.record({ next: count, hash: hex(32) }),
    orders: fc.record({ next: count, hash: hex(32) }),
    heartbeats: fc.record({ next: count })
  })
})

export const roundsAny: fc.Arbitrary<Round> = fc
  .tuple(
    envelopesAny,
    fc.array(factsAny, { maxLength: 6 }),
    fc.array(
      fc.record({
        type: fc.constant('JobEnded' as const),
        job: fc.nat().map(jobNo),
        outcome: fc.constantFrom('succeeded' as const, 'failed' as const)
      }),
      { maxLength: 4 }
    )
  )
  .map(([envelope, facts, decisions]) => ({ ...envelope, facts, decisions }))
