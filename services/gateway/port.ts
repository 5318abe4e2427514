/** Whether a port can be had: asked before anything is started, so that a taken one changes nothing. */
import { createServer } from 'node:net'
import * as E from 'fp-ts/lib/Either.js'
import { fault, type Fault } from '../../domain/ports/fault.ts'

/** Listens for a moment. Another program may still take the port before the gateway does; then that one says so. */
export const canListen = (host: string, port: number): Promise<E.Either<Fault, void>> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(E.left(listenFault(error, host, port))))
    server.listen({ host, port }, () => server.close(() => resolve(E.right(undefined))))
  })

export const listenFault = (error: unknown, host: string, port: number): Fault => {
  const { code = 'unknown error' } = error as { readonly code?: string }
  return code === 'EADDRINUSE' || code === 'EACCES'
    ? fault('FG_PORT_TAKEN', `${host}:${port} cannot be listened on (${code})`)
    : fault('FG_PORT_TAKEN', `${host}:${port} cannot be listened on: ${error instanceof Error ? error.message : code}`)
}
