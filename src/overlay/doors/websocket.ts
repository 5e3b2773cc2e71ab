/** The WebSocket door: `/ws`, and `/tls/ws` on the same port when there is a certificate (specification/away.md, D2). */
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import { createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Logger as LibraryLogger, Upgrader } from '@libp2p/interface'
import { AbstractMultiaddrConnection, ipPortToMultiaddr } from '@libp2p/utils'
import { type WebSocket, WebSocketServer } from 'ws'
import type { DoorEnd, HalfOpen, HalfOpenPlace } from './half-open.ts'

/** PEM, the chain from the server's certificate upwards, and its key. */
export interface DoorKeyPair {
  readonly cert: string | Buffer
  readonly key: string | Buffer
}

export interface WebSocketDoorParts {
  readonly upgrader: Pick<Upgrader, 'upgradeInbound'>
  readonly halfOpen: HalfOpen
  /** For the library's own log. */
  readonly libraryLog: LibraryLogger
  /** Somebody's TCP connection has arrived, whatever comes of it. */
  readonly onArrival: (ip: string) => void
  readonly count: (end: DoorEnd) => void
}

export interface WebSocketDoor {
  readonly port: number
  /** Serves TLS with this pair from now on. Throws when the two do not belong together. */
  useCertificate(pair: DoorKeyPair): void
  close(): Promise<void>
}

/** A peer writes frames of noise of 64 KiB, some of them together; nobody has proved a key before the first ones. */
const MAX_FRAME_BYTES = 1024 * 1024
const MAX_HEADER_BYTES = 8 * 1024
/** A browser sends its headers at once. */
const HEADERS_MS = 10_000
/** What may wait for a peer that does not read before the muxer is told to wait too. */
const MAX_WAITING_BYTES = 1024 * 1024
const KEEP_ALIVE_MS = 30_000
/** First byte of a TLS record that begins a handshake (RFC 8446 §5.1); HTTP begins with a letter. */
const TLS_HANDSHAKE = 0x16
const GOING_AWAY = 1001

/**
 * Listens. The port is shared by both forms: the first byte tells which one a client speaks.
 * @param port 0 takes a free one
 * @throws the system's error when the address cannot be listened on
 */
export async function openWebSocketDoor(
  { host, port }: { readonly host: string; readonly port: number },
  { upgrader, halfOpen, libraryLog, onArrival, count }: WebSocketDoorParts,
): Promise<WebSocketDoor> {
  const ended = new AbortController()
  const sockets = new Set<Socket>()
  /** Of each socket whose peer has proved no key yet, by its other end: over TLS there are two objects of one socket. */
  const places = new Map<string, HalfOpenPlace>()
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
  })
  const limits = { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_MS, requestTimeout: HEADERS_MS }
  const plain = serving(createHttpServer(limits, refuse))
  let secure: HttpsServer | undefined

  function serving<S extends Server>(server: S): S {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      webSockets.handleUpgrade(request, socket, head, webSocket => void letIn(webSocket, request)),
    )
    // Without a listener Node answers with a text, which is more than a port scan needs.
    server.on('clientError', (_, socket) => void socket.destroy())
    server.on('tlsClientError', (_, socket: Duplex) => void socket.destroy())
    return server
  }

  async function letIn(webSocket: WebSocket, { socket }: IncomingMessage): Promise<void> {
    const connection = new WebSocketConnection(webSocket, socket, libraryLog)
    try {
      await upgrader.upgradeInbound(connection, { signal: ended.signal })
      count('let in')
    } catch (error) {
      connection.abort(error instanceof Error ? error : new Error('not let in'))
      socket.destroy()
      count('failed')
    } finally {
      places.get(endOf(socket))?.leave()
    }
  }

  const door = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS }, socket => {
    const ip = socket.remoteAddress
    const end = endOf(socket)
    if (ip !== undefined) onArrival(ip)
    const place = ip === undefined ? undefined : halfOpen.enter(ip, () => socket.destroy())
    socket.on('error', () => socket.destroy())
    if (place === undefined) {
      count('too many')
      socket.destroy()
      return
    }
    sockets.add(socket)
    places.set(end, place)
    socket.once('close', () => {
      place.leave()
      places.delete(end)
      sockets.delete(socket)
    })
    socket.once('readable', () => {
      const first: Buffer | null = socket.read()
      if (first === null) return
      const server = first[0] === TLS_HANDSHAKE ? secure : plain
      socket.unshift(first)
      if (server === undefined) socket.destroy()
      else server.emit('connection', socket)
    })
  })
  await listen(door, host, port)
  door.on('error', error => libraryLog.error('the WebSocket door failed - %e', error))
  const address = door.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    useCertificate(pair) {
      if (secure === undefined)
        secure = serving(
          createHttpsServer({ ...limits, ...pair, minVersion: 'TLSv1.2', handshakeTimeout: HEADERS_MS }, refuse),
        )
      else secure.setSecureContext(pair)
    },
    async close() {
      ended.abort()
      const { promise, resolve } = Promise.withResolvers<void>()
      door.close(() => resolve())
      for (const socket of sockets) socket.destroy()
      await promise
    },
  }
}

/** Only WebSockets are served here. */
function refuse(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, { Upgrade: 'websocket', Connection: 'close' }).end()
}

function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

function listen(server: ReturnType<typeof createServer>, host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen({ host, port, ipv6Only: host.includes(':') }, () => {
    server.off('error', reject)
    resolve()
  })
  return promise
}

/** A WebSocket as libp2p has its connections; unlike the library's, it does not read on while its reader waits. */
class WebSocketConnection extends AbstractMultiaddrConnection {
  readonly #webSocket: WebSocket

  constructor(
    webSocket: WebSocket,
    { remoteAddress = '0.0.0.0', remotePort = 0 }: IncomingMessage['socket'],
    log: LibraryLogger,
  ) {
    const remoteAddr = ipPortToMultiaddr(remoteAddress, remotePort).encapsulate('/ws')
    super({ remoteAddr, direction: 'inbound', log: log.newScope('connection') })
    this.#webSocket = webSocket
    webSocket.on('message', (data: Buffer) => this.onData(data))
    webSocket.on('close', code =>
      code === 1000 || code === GOING_AWAY ? this.onTransportClosed() : this.onRemoteReset(),
    )
    webSocket.on('error', error => this.abort(error))
  }

  override sendData(
    data: Parameters<AbstractMultiaddrConnection['sendData']>[0],
  ): ReturnType<AbstractMultiaddrConnection['sendData']> {
    this.#webSocket.send(data.subarray(), () => {
      if (this.writableNeedsDrain && this.#webSocket.bufferedAmount === 0) this.safeDispatchEvent('drain')
    })
    return { sentBytes: data.byteLength, canSendMore: this.#webSocket.bufferedAmount < MAX_WAITING_BYTES }
  }

  override async sendClose(): Promise<void> {
    this.#webSocket.close(1000)
  }

  override sendReset(): void {
    this.#webSocket.terminate()
  }

  override sendPause(): void {
    this.#webSocket.pause()
  }

  override sendResume(): void {
    this.#webSocket.resume()
  }
}
