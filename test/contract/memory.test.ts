/** The adapters in memory keep the contracts of their ports. */
import { memoryEventLog } from '../../infra/memory/memoryEventLog.ts'
import { memoryLedger } from '../../infra/memory/memoryLedger.ts'
import { POOL } from '../ledger/rounds.ts'
import { eventLogContract } from './eventLogContract.ts'
import { ledgerContract } from './ledgerContract.ts'
import type { Place } from './place.ts'

/** In memory all rivals hold the same ledger, and closing for one of them must not close for all. */
const shared = <A extends { readonly close: () => Promise<void> }>(only: A): Place<A> => ({
  open: () => Promise.resolve({ ...only, close: () => Promise.resolve() }),
  remove: () => only.close()
})

ledgerContract('memory', () => Promise.resolve(shared(memoryLedger(POOL))))
eventLogContract('memory', () => Promise.resolve(shared(memoryEventLog())))
