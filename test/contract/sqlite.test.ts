/** The SQLite adapters keep the contracts of their ports. */
import { eventLogContract } from './eventLogContract.ts'
import { ledgerContract } from './ledgerContract.ts'
import { sqlitePlace } from './sqlitePlace.ts'

ledgerContract('sqlite', async () => {
  const place = await sqlitePlace()
  return { open: async () => (await place.open()).ledger, remove: place.remove }
})

eventLogContract('sqlite', async () => {
  const place = await sqlitePlace()
  return { open: async () => (await place.open()).eventLog, remove: place.remove }
})
