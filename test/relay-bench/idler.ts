/**
 * A relay that keeps nothing and looks for nothing: every question gets the same 20 texts. How uneven its answers are is
 * how uneven those of the machine, of its sockets and of the asking side are.
 */
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

/** Of the sample events as they are sent, about. */
const EVENT_BYTES = 450

export const IDLER_EVENTS = 20

if (process.send !== undefined) await serve(process.send.bind(process))

async function serve(tell: (port: number) => void): Promise<void> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  const event = JSON.stringify({ content: 'x'.repeat(EVENT_BYTES) })
  server.on('connection', (client: WebSocket, { socket }: { socket: Socket }) => {
    client.on('message', data => {
      const [type, id] = JSON.parse(String(data)) as readonly string[]
      if (type !== 'REQ') return
      socket.cork()
      for (let i = 0; i < IDLER_EVENTS; i++) client.send(`["EVENT","${id}",${event}]`)
      client.send(`["EOSE","${id}"]`)
      socket.uncork()
    })
  })
  await once(server, 'listening')
  tell((server.address() as AddressInfo).port)
}
