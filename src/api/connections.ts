/** How many connections the server holds: strangers are bounded apart from this machine, so the owner gets in. */
import type { Server, Socket } from 'node:net'
import { isLoopbackAddress } from './access.ts'

/** From elsewhere: of one address (a household behind one router), and together; WebSockets are among them. */
const MAX_PER_ADDRESS = 64
const MAX_REMOTE = 1_280
/** From this machine, whose programs are the owner's. */
const MAX_LOCAL = 5_120

/** The open connections, TLS handshakes included, which `closeAllConnections` does not know. */
export interface Connections {
  destroyAll(): void
}

/** Refuses what is beyond the bounds by closing it at once. */
export function boundConnections(server: Server): Connections {
  const open = new Set<Socket>()
  const byAddress = new Map<string, number>()
  let remote = 0

  function admit(socket: Socket, address: string): boolean {
    if (isLoopbackAddress(address)) return open.size - remote < MAX_LOCAL
    const same = byAddress.get(address) ?? 0
    if (same >= MAX_PER_ADDRESS || remote >= MAX_REMOTE) return false
    remote += 1
    byAddress.set(address, same + 1)
    socket.once('close', () => {
      remote -= 1
      const left = (byAddress.get(address) ?? 1) - 1
      if (left === 0) byAddress.delete(address)
      else byAddress.set(address, left)
    })
    return true
  }

  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress
    // Without an address the other end has gone already.
    if (address === undefined || !admit(socket, address)) {
      socket.destroy()
      return
    }
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return {
    destroyAll() {
      for (const socket of open) socket.destroy()
    },
  }
}
