/** The port on this machine: each TCP connection becomes a stream to the node, whatever is said on it. */
import { createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

export interface LocalPort {
  readonly port: number
  close(): Promise<void>
}

export interface LocalPortParts {
  readonly port: number
  /** A new stream to the node. Throws when there is no way to it. */
  readonly open: (signal: AbortSignal) => Promise<Duplex>
  /** Why there is no way at present, as a sentence. */
  readonly whyNot: () => string
}

/** The node gives a device 64 streams; some are for this program's own questions. */
const MAX_CONNECTIONS = 56
/** A connection on which nothing is said. */
const FIRST_BYTE_MS = 10_000
/** A request waits so long for a way. */
const WAY_MS = 4_000
const HOST = '127.0.0.1'

/** Only programs of this machine get in. Rejects with the system's error when the port cannot be had. */
export async function openLocalPort({ port, open, whyNot }: LocalPortParts): Promise<LocalPort> {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // Whoever reads or writes learns of a reset by the close.
    socket.on('error', () => {})
    socket.setTimeout(FIRST_BYTE_MS, () => socket.destroy())
    // Nobody at the node waits for who says nothing.
    socket.once('readable', () => void lead(socket))
  })
  server.maxConnections = MAX_CONNECTIONS

  async function lead(socket: Socket): Promise<void> {
    socket.setTimeout(0)
    let stream: Duplex
    try {
      stream = await open(AbortSignal.timeout(WAY_MS))
    } catch {
      return refuse(socket, '503 Service Unavailable', whyNot())
    }
    if (socket.destroyed) return void stream.destroy()
    join(socket, stream)
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, HOST, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise(resolve => void server.close(() => resolve()))
    },
  }
}

function join(socket: Socket, stream: Duplex): void {
  let isAnswered = false
  stream.once('data', () => {
    isAnswered = true
  })
  stream.on('error', () => {})
  socket.pipe(stream)
  stream.pipe(socket)
  socket.once('close', () => stream.destroy())
  stream.once('close', () => {
    // Half an answer must not look like a whole one.
    if (stream.readableEnded) socket.end()
    else if (isAnswered) socket.resetAndDestroy()
    else refuse(socket, '502 Bad Gateway', 'The way to your node broke before it answered. Try again.')
  })
}

/** As the node itself words a refusal (specification/rest-api.md, R1.12). */
function refuse(socket: Socket, status: string, sentence: string): void {
  if (socket.destroyed) return
  const body = JSON.stringify({ Error: sentence, code: 'no-way' })
  const head = [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Retry-After: 5',
    'Connection: close',
  ]
  socket.unpipe()
  socket.resume()
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  socket.setTimeout(FIRST_BYTE_MS, () => socket.destroy())
}
