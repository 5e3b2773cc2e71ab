/** The WebSockets of the relay: taken in within bounds, kept alive, ended when they are dead, stuck or abused. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket, WebSocketServer } from 'ws'
import type { Clock } from '../observe/clock.ts'
import { MAX_CIRCUIT_BODY_BYTES } from '../wire/limits.ts'
import type { RelayLimits } from './limits.ts'
import { createWriter, type Writer } from './outgoing.ts'
import { type Bucket, createBucket } from './rate.ts'
import type { Client, Session } from './session.ts'

/** What is known of a connection before it has said anything. */
export interface Arrival {
  /** A program of this machine, or somebody with the access token. */
  readonly trusted: boolean
  /** Whether it came with the claim token of a node that has no owner yet. */
  readonly mayClaim: boolean
  /** IP address of the other end; undefined when it is not known. */
  readonly address: string | undefined
  /** Whether the other end is this machine, so that compression only costs. */
  readonly isLocal: boolean
  /** The device that came; undefined for who came without a token. */
  readonly device?: ArrivedDevice | undefined
  /** Whether it came over a circuit, which carries little. */
  readonly limited?: boolean
}

export interface ArrivedDevice {
  /** Aborted when the owner shuts it out. */
  readonly revoked: AbortSignal
  /** To be told when something is heard of it. */
  seen(): void
}

export interface EndpointParts {
  readonly limits: RelayLimits
  readonly clock: Clock
  /** Whether the owner has blocked this address. */
  readonly isBlocked: (address: string | undefined) => boolean
  readonly createSession: (client: Client) => Session
}

export interface Endpoint {
  /** Takes over the socket of an upgrade request, or answers why not. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, arrival: Arrival): void
  connections(): number
  /** The owner has changed who may come, or what they may do. */
  lookAgain(): void
  /** Says goodbye to all (1001); who does not answer is cut off when the server closes. */
  close(): void
}

/** RFC 6455 §7.4.1. */
const GOING_AWAY = 1001
const NORMAL = 1000
const TOO_MUCH = 1008

/**
 * No context is kept between messages, and windows are small: a connection that is idle costs little more than its
 * socket. Only what is longer than a packet is compressed.
 */
const COMPRESSION = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  serverMaxWindowBits: 12,
  threshold: 1_400,
  concurrencyLimit: 4,
  zlibDeflateOptions: { level: 3, memLevel: 5, chunkSize: 4 * 1024 },
  zlibInflateOptions: { chunkSize: 1024 },
}

/** `narrow` where the client lets the node bound its window: 4 KiB in place of 32. */
type Servers = Readonly<Record<'plain' | 'narrow' | 'wide' | 'circuit', WebSocketServer>>

/** Loaded for the first client: a node that passes on what others post may never have one. */
async function loadServers({ maxMessageBytes }: RelayLimits): Promise<Servers> {
  const { WebSocketServer } = await import('ws')
  const options = {
    noServer: true,
    clientTracking: false,
    maxPayload: maxMessageBytes,
    maxFragments: 1_024,
    maxBufferedChunks: 8_192,
  }
  return {
    plain: new WebSocketServer({ ...options, perMessageDeflate: false }),
    narrow: new WebSocketServer({ ...options, perMessageDeflate: { ...COMPRESSION, clientMaxWindowBits: 12 } }),
    wide: new WebSocketServer({ ...options, perMessageDeflate: COMPRESSION }),
    circuit: new WebSocketServer({ ...options, maxPayload: MAX_CIRCUIT_BODY_BYTES, perMessageDeflate: COMPRESSION }),
  }
}

/** Of the offers of RFC 7692 §7 the two in use are taken; with any other the connection does without. */
function serverFor({ headers }: IncomingMessage, { isLocal, limited = false }: Arrival): keyof Servers {
  if (limited) return 'circuit'
  if (isLocal) return 'plain'
  const offers = (headers['sec-websocket-extensions'] ?? '').split(',').map(offer => offer.trim().toLowerCase())
  if (offers.some(offer => /^permessage-deflate *; *client_max_window_bits$/.test(offer))) return 'narrow'
  return offers.includes('permessage-deflate') ? 'wide' : 'plain'
}

export function createEndpoint(parts: EndpointParts): Endpoint {
  return new WebSocketEndpoint(parts)
}

class WebSocketEndpoint implements Endpoint {
  readonly #parts: EndpointParts
  #servers: Promise<Servers> | undefined
  readonly #open = new Set<Connection>()
  readonly #byAddress = new Map<string, Neighbourhood>()
  #local = 0
  #cancelRound = () => {}
  #closed = false

  constructor(parts: EndpointParts) {
    this.#parts = parts
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, arrival: Arrival): void {
    // Until somebody listens for it, an error would end the program.
    socket.on('error', ignore)
    this.#servers ??= loadServers(this.#parts.limits)
    void this.#servers.then(servers => {
      const refusal = this.#refusalOf(arrival)
      if (refusal !== undefined) {
        refuseUpgrade(socket, refusal)
        return
      }
      servers[serverFor(request, arrival)].handleUpgrade(request, socket, head, webSocket => {
        socket.off('error', ignore)
        this.#begin(webSocket, socket, arrival)
      })
    })
  }

  #refusalOf(arrival: Arrival): string | undefined {
    if (this.#parts.isBlocked(arrival.address)) return '403 Forbidden'
    if (arrival.device?.revoked.aborted === true) return '401 Unauthorized'
    return this.#closed || !this.#hasRoomFor(arrival) ? '503 Service Unavailable\r\nRetry-After: 10' : undefined
  }

  connections(): number {
    return this.#open.size
  }

  lookAgain(): void {
    for (const connection of this.#open) {
      if (this.#parts.isBlocked(connection.address)) connection.end(TOO_MUCH, 'blocked: by the owner of this relay')
      else connection.lookAgain()
    }
  }

  close(): void {
    this.#closed = true
    this.#cancelRound()
    for (const connection of this.#open) connection.end(GOING_AWAY, 'The node is stopping.')
  }

  #hasRoomFor({ isLocal, address }: Arrival): boolean {
    const { limits } = this.#parts
    if (isLocal) return this.#local < limits.maxLocalConnections
    const same = this.#byAddress.get(address ?? '')?.connections ?? 0
    return this.#open.size - this.#local < limits.maxRemoteConnections && same < limits.maxConnectionsOfAddress
  }

  #begin(webSocket: WebSocket, socket: Duplex, arrival: Arrival): void {
    const { limits } = this.#parts
    const place = arrival.isLocal ? undefined : this.#placeOf(arrival.address ?? '')
    if (arrival.isLocal) this.#local += 1
    else place!.connections += 1
    const bucket = arrival.trusted
      ? undefined
      : (place?.bucket ?? createBucket(limits.addressBurst, limits.addressRate))
    const connection = new Connection(webSocket, socket, arrival, bucket, this.#parts)
    this.#open.add(connection)
    const cut = () => connection.cut(TOO_MUCH, 'restricted: This device has been shut out.')
    arrival.device?.revoked.addEventListener('abort', cut, { once: true })
    webSocket.once('close', () => {
      arrival.device?.revoked.removeEventListener('abort', cut)
      this.#open.delete(connection)
      if (arrival.isLocal) this.#local -= 1
      else place!.connections -= 1
      connection.closed()
    })
    if (this.#open.size === 1) this.#nextRound()
  }

  #placeOf(address: string): Neighbourhood {
    const { addressBurst, addressRate } = this.#parts.limits
    const place = this.#byAddress.get(address) ?? { connections: 0, bucket: createBucket(addressBurst, addressRate) }
    this.#byAddress.set(address, place)
    return place
  }

  #nextRound(): void {
    this.#cancelRound()
    this.#cancelRound = this.#parts.clock.after(this.#parts.limits.pingMs, () => this.#round())
  }

  #round(): void {
    const nowMs = this.#parts.clock.nowMs()
    for (const connection of this.#open) connection.check(nowMs)
    for (const [address, { connections, bucket }] of this.#byAddress) {
      // An address that comes back at once must not find a full stock.
      if (connections === 0 && bucket.isFull(nowMs)) this.#byAddress.delete(address)
    }
    if (!this.#closed && (this.#open.size > 0 || this.#byAddress.size > 0)) this.#nextRound()
  }
}

/** The connections of one address, and what they may ask for together. */
interface Neighbourhood {
  connections: number
  readonly bucket: Bucket
}

const ignore = (): void => {}

/** One of thousands, most of them idle: what it can do without is not kept. */
class Connection implements Client {
  readonly writer: Writer
  readonly #webSocket: WebSocket
  readonly #arrival: Arrival
  readonly #shared: EndpointParts
  readonly #session: Session
  readonly #bucket: Bucket | undefined
  readonly #addressBucket: Bucket | undefined
  #isAlive = true
  #paused = false
  #heardMs: number
  /** Since when more than `pauseBytes` wait for it. */
  #stalledMs: number | undefined
  #refused = 0

  constructor(
    webSocket: WebSocket,
    socket: Duplex,
    arrival: Arrival,
    addressBucket: Bucket | undefined,
    shared: EndpointParts,
  ) {
    const { limits, clock, createSession } = shared
    this.#webSocket = webSocket
    this.#arrival = arrival
    this.#addressBucket = addressBucket
    this.#shared = shared
    this.#heardMs = clock.nowMs()
    this.#bucket = arrival.trusted ? undefined : createBucket(limits.connectionBurst, limits.connectionRate)
    this.writer = createWriter(socket, webSocket, limits)
    webSocket.on('message', (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary))
    webSocket.on('pong', () => {
      this.#isAlive = true
      arrival.device?.seen()
    })
    // What ws finds wrong with a frame it answers itself, by a close with the code of RFC 6455.
    webSocket.on('error', ignore)
    this.#session = createSession(this)
  }

  get trusted(): boolean {
    return this.#arrival.trusted
  }

  get limited(): boolean {
    return this.#arrival.limited === true
  }

  get mayClaim(): boolean {
    return this.#arrival.mayClaim
  }

  /** The other end hears why, and is not heard any more, whether it says goodbye or not. */
  cut(code: number, reason: string): void {
    this.end(code, reason)
    this.#session.close()
  }

  get address(): string | undefined {
    return this.#arrival.address
  }

  pause(): void {
    this.#paused = true
    this.#webSocket.pause()
  }

  resume(): void {
    this.#paused = false
    this.#webSocket.resume()
  }

  end(code: number, reason: string): void {
    this.writer.flush()
    this.#webSocket.close(code, reason)
  }

  lookAgain(): void {
    this.#session.lookAgain()
  }

  closed(): void {
    this.#session.close()
  }

  /** Once in a round: ends what is dead, stuck or idle, and pings the others. */
  check(nowMs: number): void {
    const webSocket = this.#webSocket
    const { limits } = this.#shared
    this.#session.sweep()
    if (this.#isStuck(nowMs)) webSocket.terminate()
    else if (!this.trusted && this.#session.isIdle() && nowMs - this.#heardMs >= limits.idleMs) {
      this.end(NORMAL, 'Nothing was said for a long time.')
    } else if (webSocket.readyState === webSocket.OPEN) {
      this.#isAlive = false
      webSocket.ping()
    }
  }

  #isStuck(nowMs: number): boolean {
    const { limits } = this.#shared
    if (this.writer.pendingBytes() <= limits.pauseBytes) this.#stalledMs = undefined
    else this.#stalledMs ??= nowMs
    if (this.#stalledMs !== undefined) return nowMs - this.#stalledMs >= limits.stallMs
    // Who is not read from cannot be heard answering.
    return !this.#isAlive && !this.#paused
  }

  #receive(data: Buffer, isBinary: boolean): void {
    const nowMs = this.#shared.clock.nowMs()
    this.#isAlive = true
    this.#heardMs = nowMs
    if (!this.#mayGoOn(data.length, nowMs)) {
      this.#refused += 1
      if (this.#refused > this.#shared.limits.maxRefused) this.end(TOO_MUCH, 'rate-limited: too many messages')
      else this.#session.turnAway(isBinary ? '' : data.toString())
      return
    }
    this.#refused = 0
    if (isBinary) this.writer.send(BINARY_NOTICE)
    else this.#session.receive(data.toString())
  }

  #mayGoOn(bytes: number, nowMs: number): boolean {
    if (this.#bucket === undefined) return true
    const cost = 1 + Math.floor(bytes / this.#shared.limits.bytesPerToken)
    return this.#bucket.take(cost, nowMs) && this.#addressBucket!.take(cost, nowMs)
  }
}

const BINARY_NOTICE = JSON.stringify(['NOTICE', 'invalid: A message is a text frame; this one was binary.'])

/** As HTTP, for there is no WebSocket yet. */
function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
