/**
 * When each node was last heard. Not part of the state: it changes with every heartbeat, decides nothing by itself, and a cold start
 * reads it again from the stream. What follows from it (a lost node) becomes a fact with its evidence.
 */
import { append, define, edit, read, seal, type Table } from '../kernel/table.ts'
import type { NodeNo } from '../kernel/ids.ts'

const Beats = define({ seq: 'wide', atMs: 'wide' })
const beat = Beats.column

export interface Heard {
  readonly beats: Table
}

export const nothingHeard = (): Heard => ({ beats: Beats.empty() })

/** Takes over `heard` and notes a beat; one that is not newer than the last of its boot changes nothing. */
export const hear = (heard: Heard, node: NodeNo, seq: number, atMs: number): Heard => {
  const beats = edit(heard.beats)
  while (beats.size <= node) append(beats)
  if (beat.atMs.get(beats, node) === 0 || seq > beat.seq.get(beats, node)) {
    beat.seq.set(beats, node, seq)
    beat.atMs.set(beats, node, atMs)
  }
  return { beats: seal(beats) }
}

/** A new boot counts its beats from the start again. */
export const forget = (heard: Heard, node: NodeNo): Heard => {
  const beats = edit(heard.beats)
  if (node < beats.size) {
    beat.seq.set(beats, node, 0)
    beat.atMs.set(beats, node, 0)
  }
  return { beats: seal(beats) }
}

/** Ledger time of the node's last beat; 0: not heard yet. */
export const lastHeardMs = (heard: Heard, node: NodeNo): number => {
  const beats = read(heard.beats)
  return node < beats.size ? beat.atMs.get(beats, node) : 0
}
