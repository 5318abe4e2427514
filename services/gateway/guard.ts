/**
 * Who may speak at all. The server listens on this machine only, but so does every web page's browser: the Host check stops DNS
 * rebinding, the Origin check stops other pages, and the token stops everybody else.
 */
import { hash, timingSafeEqual } from 'node:crypto'
import { refused, type Failure } from './failure.ts'

export interface Asking {
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly authorization: string | undefined
}

/** Nothing where the request may go on. */
export type Guard = (asking: Asking, open: boolean) => Failure | undefined

export const guardOf = (token: string, hosts: ReadonlyArray<string>, port: number): Guard => {
  const own = new Set(hosts.map((host) => `${host}:${port}`))
  const wanted = digest(token)
  return (asking, open) => {
    const host = asking.host?.toLowerCase() ?? ''
    if (!own.has(host)) return refused('FG_HOST_FORBIDDEN', `the Host header says "${host.slice(0, 80)}", not ${[...own].join(' or ')}`)
    if (asking.origin !== undefined && asking.origin !== `http://${host}`)
      return refused('FG_ORIGIN_FORBIDDEN', `the Origin header says "${asking.origin.slice(0, 80)}"`)
    if (open) return undefined
    const given = asking.authorization ?? ''
    if (!given.startsWith(SCHEME)) return refused('FG_UNAUTHORIZED', 'the header "Authorization: Bearer TOKEN" is missing')
    // Digests have one length, so that the comparison tells nothing of the token.
    return timingSafeEqual(digest(given.slice(SCHEME.length)), wanted)
      ? undefined
      : refused('FG_UNAUTHORIZED', 'the token is not the one of this server')
  }
}

const SCHEME = 'Bearer '
const digest = (text: string): Buffer => hash('sha256', text, 'buffer')
