/**
 * Launches through whichever launcher works, and goes on with another one when it dies. A launch may be sent twice that way; the
 * claim makes sure that it happens once.
 */
import { openLauncher, type LaunchFrame, type Launcher, type LauncherKind, type LauncherNews } from './launcher.ts'

export type LaunchNews =
  | Exclude<LauncherNews, { readonly type: 'Claimed' }>
  /** Another process is the run already, or will never be: its claim tells. */
  | { readonly type: 'Claimed' }
  /** The launcher died while the run lived: its end must be found out in another way. */
  | { readonly type: 'Orphaned' }

export interface Launching {
  readonly launch: (frame: Omit<LaunchFrame, 'id'>, told: (news: LaunchNews) => void) => void
  /** The number of the launcher's process, where there is one. */
  readonly pid: () => number | undefined
  readonly close: () => void
}

/** A launcher that dies this often with the same run is not to blame on chance. */
const TRIES_MAX = 3

interface Pending {
  readonly frame: LaunchFrame
  readonly told: (news: LaunchNews) => void
  tries: number
  started: boolean
}

export const launching = (kinds: ReadonlyArray<LauncherKind>): Launching => {
  const pending = new Map<number, Pending>()
  let usable = [...kinds]
  let launcher: Launcher | undefined
  let nextId = 0
  let closed = false

  const open = (): Launcher | undefined => {
    const kind = usable[0]
    if (kind === undefined || closed) return undefined
    launcher ??= openLauncher(kind, { told: hear, died })
    return launcher
  }
  const hear = (news: LauncherNews): void => {
    const entry = pending.get(news.id)
    if (entry === undefined) return
    if (news.type === 'Started') entry.started = true
    else pending.delete(news.id)
    entry.told(news)
  }
  const died = (ready: boolean, why: string): void => {
    launcher = undefined
    if (!ready) usable = usable.slice(1)
    for (const [id, entry] of [...pending]) {
      if (entry.started) {
        pending.delete(id)
        entry.told({ type: 'Orphaned' })
      } else if (!closed) send(entry, why)
    }
  }
  const send = (entry: Pending, why: string): void => {
    const open_ = entry.tries++ < TRIES_MAX ? open() : undefined
    if (open_ !== undefined) return open_.send(entry.frame)
    pending.delete(entry.frame.id)
    entry.told({ type: 'Failed', id: entry.frame.id, code: -1, detail: `no launcher works here: ${why}`.slice(0, 400) })
  }
  open()
  return {
    launch: (frame, told) => {
      if (closed) return
      const entry: Pending = { frame: { ...frame, id: nextId++ }, told, tries: 0, started: false }
      pending.set(entry.frame.id, entry)
      send(entry, 'none could be started')
    },
    pid: () => launcher?.pid,
    close: () => {
      closed = true
      launcher?.close()
    }
  }
}
