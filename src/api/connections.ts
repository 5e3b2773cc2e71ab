/** How many connections the server holds: strangers are bounded apart from this machine, so the owner gets in. */
import type { Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { isLoopbackAddress } from './access.ts'
import { isPeerSocket } from './connection.ts'

/** From elsewhere: of one address (a household behind one router), and together; WebSockets are among them. */
const MAX_PER_ADDRESS = 64
const MAX_REMOTE = 1_280
/** From this machine, whose programs are the owner's. */
const MAX_LOCAL = 5_120

/** The open connections, TLS handshakes included, which `closeAllConnections` does not know. */
export interface Connections {
  /** One that came over the overlay, where it was counted. */
  add(socket: Duplex): void
  destroyAll(): void
}

/** Refuses what is beyond the bounds by closing it at once. */
export function boundConnections(server: Server): Connections {
  const open = new Set<Duplex>()
  let local = 0
  const byAddress = new Map<string, number>()
  let remote = 0

  function admit(socket: Socket, address: string): boolean {
    if (isLoopbackAddress(address)) {
      if (local >= MAX_LOCAL) return false
      local += 1
      socket.once('close', () => {
        local -= 1
      })
      return true
    }
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

  function add(socket: Duplex): void {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  }

  server.on('connection', (socket: Socket) => {
    if (isPeerSocket(socket)) return
    const address = socket.remoteAddress
    // Without an address the other end has gone already.
    if (address === undefined || !admit(socket, address)) {
      socket.destroy()
      return
    }
    add(socket)
  })
  return {
    add,
    destroyAll() {
      for (const socket of open) socket.destroy()
    },
  }
}
