/** A line between two nodes that can be cut and mended: a TCP proxy on loopback. */
import { connect, createServer, type Socket } from 'node:net'
import type { CleanUp } from './clean-up.ts'

export interface CuttableProxy {
  readonly port: number
  /** Ends every connection, and takes none until it is mended. */
  cut(): void
  mend(): void
}

/** @param target port on loopback, asked at each connection: the node behind may start later */
export async function startCuttableProxy(cleanUp: CleanUp, target: () => number): Promise<CuttableProxy> {
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer(near => {
    if (isCut) return near.destroy()
    const far = connect(target(), '127.0.0.1')
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.on('error', () => socket.destroy())
      socket.pipe(other)
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const end = () => {
    for (const socket of sockets) socket.destroy()
  }
  cleanUp.add(() => {
    end()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    port: address.port,
    cut() {
      isCut = true
      end()
    },
    mend() {
      isCut = false
    },
  }
}
