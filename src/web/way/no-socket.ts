/** A socket where there is no way: it closes at once, and whoever wants one tries again later. */
import type { LiveSocket } from '../node/live.ts'

export function noSocket(): LiveSocket {
  const socket: LiveSocket = { onopen: null, onmessage: null, onclose: null, send() {}, close() {} }
  queueMicrotask(() => socket.onclose?.())
  return socket
}
