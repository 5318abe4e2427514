/** The server's side of the bench `api`, in a process of its own: the gateway, or a bare node:http server that echoes what it gets. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as E from 'fp-ts/lib/Either.js'
import { startGateway } from '../../services/gateway/gateway.ts'
import { memoryBackend } from '../gateway/memoryBackend.ts'

const echo = async (): Promise<string> => {
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const gateway = async (): Promise<string> => {
  const started = await startGateway({ backend: memoryBackend().backend, token: 'bench', port: 0 })
  if (E.isLeft(started)) throw new Error(started.left.message)
  return started.right.url
}

const url = await (process.argv[2] === 'echo' ? echo() : gateway())
process.send?.(url)
process.on('disconnect', () => process.exit())
