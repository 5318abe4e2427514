/** All views of a pool, in the order in which they are projected: the others look names up. */
import { billingView } from './billing.ts'
import { demandView } from './demand.ts'
import { fleetView } from './fleet.ts'
import { jobsView } from './jobs.ts'
import { names } from './names.ts'
import { outcomesView } from './outcomes.ts'
import { queueView } from './queue.ts'
import { utilizationView } from './utilization.ts'
import type { View } from './view.ts'

export const views: ReadonlyArray<View> = [names, jobsView, outcomesView, queueView, fleetView, utilizationView, billingView, demandView]
