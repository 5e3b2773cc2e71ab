/** A TCP proxy on loopback that counts the payload in both directions. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface CountingProxy {
  readonly port: number
  /** Payload bytes passed on so far, both directions. */
  bytes(): number
  close(): void
}

export async function startCountingProxy(targetPort: number): Promise<CountingProxy> {
  let bytes = 0
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, near => {
    const far = connect({ host: '127.0.0.1', port: targetPort, noDelay: true })
    pass(near, far)
    pass(far, near)
  })

  function pass(from: Socket, to: Socket): void {
    sockets.add(from)
    from.on('data', chunk => {
      bytes += chunk.length
      to.write(chunk)
    })
    from.on('error', () => to.destroy())
    from.on('close', () => {
      sockets.delete(from)
      to.end()
    })
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    bytes: () => bytes,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
