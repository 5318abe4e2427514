/** A TCP relay that breaks each connection after so many bytes of the answer, wherever in a message that is. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface FlakyProxy {
  readonly url: string
  /** How often it broke a connection. */
  readonly broken: () => number
  readonly close: () => Promise<void>
}

/** `bytesBeforeBreak` is asked at each connection; Infinity never breaks. */
export const flakyProxy = async (port: number, bytesBeforeBreak: () => number): Promise<FlakyProxy> => {
  let broken = 0
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    let left = bytesBeforeBreak()
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    // The server checks the Host header, and a relay is another host.
    client.on('data', (chunk) =>
      upstream.write(chunk.toString('latin1').replace(/host: 127\.0\.0\.1:\d+/i, `host: 127.0.0.1:${port}`), 'latin1')
    )
    upstream.on('data', (chunk) => {
      client.write(chunk.subarray(0, left))
      left -= chunk.length
      if (left > 0) return
      broken += 1
      client.end()
      upstream.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port: own } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${own}`,
    broken: () => broken,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}
