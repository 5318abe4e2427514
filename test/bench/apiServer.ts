/** The server's side of the bench `api`, in a process of its own: all of `dev`, or a bare node:http server that echoes what it gets. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { startDev } from '../../services/dev/dev.ts'

interface Server {
  readonly url: string
  readonly token: string
  readonly close: () => Promise<unknown>
}

const echo = async (): Promise<Server> => {
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, token: '', close: () => new Promise((resolve) => server.close(resolve)) }
}

/** Its one GPU fits no job of the bench, so that submissions alone are measured and no processes. */
const dev = async (): Promise<Server> => {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'fastgpu-api-'))
  const started = await startDev({
    stateDirectory,
    port: 0,
    version: 'bench',
    simulate: '1xH100:1',
    by: 'bench',
    onAlarm: (alarm) => {
      throw new Error(alarm)
    },
    onTrouble: (trouble) => void (trouble && process.stderr.write(`${trouble.code}: ${trouble.message}\n`))
  })
  if (E.isLeft(started)) throw new Error(started.left.message)
  const close = async (): Promise<void> => {
    await started.right.close()
    rmSync(stateDirectory, { recursive: true, force: true })
  }
  return { url: started.right.url, token: started.right.token, close }
}

const server = await (process.argv[2] === 'echo' ? echo() : dev())
process.send?.({ url: server.url, token: server.token })
process.once('disconnect', () => void server.close().then(() => process.exit()))
