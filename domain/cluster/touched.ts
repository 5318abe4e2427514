/** Which rows the events of a round can have changed. */
import type { Event } from '../events/event.ts'
import type { Look } from './look.ts'
import { Holds, Jobs } from './tables.ts'

const hold = Holds.column

export interface Touched {
  readonly jobs: ReadonlySet<number>
  readonly nodes: ReadonlySet<number>
}

export const touchedBy = (look: Look, events: ReadonlyArray<Event>): Touched => {
  const jobs = new Set<number>()
  const nodes = new Set<number>()
  for (const event of events) {
    if ('job' in event && event.job < look.jobs.size) jobs.add(event.job)
    if ('node' in event && event.node < look.nodes.size) nodes.add(event.node)
    if (event.type === 'JobAllocated') for (const task of event.tasks) if (task.node < look.nodes.size) nodes.add(task.node)
  }
  // A job that still lives has given back, or taken, on the nodes of its holds.
  for (const row of jobs) addNodesOf(look, row, nodes)
  return { jobs, nodes }
}

const addNodesOf = (look: Look, row: number, nodes: Set<number>): void => {
  const { holds } = look
  let steps = 0
  for (let at = Jobs.column.firstHold.get(look.jobs, row); at >= 0 && at < holds.size; at = hold.next.get(holds, at)) {
    const node = hold.node.get(holds, at)
    if (node < look.nodes.size) nodes.add(node)
    // A list that goes in a circle is found by `checkJob`; here it only has to end.
    if (++steps > holds.size) return
  }
}
