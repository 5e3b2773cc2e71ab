/** A request to become a WebSocket: where it may be asked, and what is known of who asks. */
import { createServer, type IncomingMessage, type RequestListener, type ServerOptions } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Devices, KnownDevice } from '../flow/devices.ts'
import { callerAddress, isLoopbackAddress, markOf, type RequestFacts, trustOf, WAYS_IN } from './access.ts'
import { isPeerSocket, type PeerSocket } from './connection.ts'
import { UNKNOWN_DEVICE } from './reader.ts'
import { bearerToken, pathOf, pathToken, routePath, sameToken } from './tokens.ts'

export interface Visit {
  /** Whether they may read: by where they come from, or by the access token. */
  readonly trusted: boolean
  /** Whether they have shown the claim token of a node that has no owner yet. */
  readonly mayClaim: boolean
  /** IP address; of somebody behind a proxy of this machine the one that the proxy names. */
  readonly address: string | undefined
  readonly isLocal: boolean
  /** With whose token, or by whose key they came. */
  readonly device: KnownDevice | undefined
  /** Over a circuit, which carries little. */
  readonly limited: boolean
}

export interface VisitParts {
  readonly devices: Pick<Devices, 'find' | 'findPeer'>
  /** The one-time token while the node is unclaimed. */
  readonly claimToken: () => string | undefined
}

/** What is known of the visitor; of one at a wrong place or with a wrong token the refusal. */
export type ReadVisit = (request: IncomingMessage) => Visit | Turned

/** Status and sentence of a visitor that is not let in. */
interface Turned {
  readonly status: string
  readonly reason: string
}

export function createReadVisit({ devices, claimToken }: VisitParts): ReadVisit {
  return request => {
    const path = pathOf(request.url ?? '/')
    if (routePath(path) !== '/') return { status: '404 Not Found', reason: 'There is no WebSocket here; it is at /.' }
    const facts = factsOf(request)
    const { socket } = request
    if (isPeerSocket(socket)) return visitOf(facts, path, socket, devices)
    const trust = trustOf(facts)
    const given = [pathToken(path), bearerToken(facts.header('authorization'))].filter(token => token !== undefined)
    const mayClaim = given.some(token => sameToken(token, claimToken()))
    const device = given.map(devices.find).find(found => found !== undefined)
    const byToken = mayClaim || device !== undefined
    // A mistyped token would otherwise look like a node that asks for signatures.
    if (given.length > 0 && !byToken && trust !== 'trusted') {
      return { status: '401 Unauthorized', reason: `The token is wrong. ${WAYS_IN[trust]}` }
    }
    const address = callerAddress(facts)
    const isLocal = isLoopbackAddress(address)
    return { trusted: trust === 'trusted' || byToken, mayClaim, address, isLocal, device, limited: false }
  }
}

/** As reader.ts does it: the key decides, and marks of another page need a token beside it. */
function visitOf(
  facts: RequestFacts,
  path: string,
  { peer, limited }: PeerSocket,
  devices: VisitParts['devices'],
): Visit | Turned {
  const device = devices.findPeer(peer)
  if (device === undefined) return { status: '401 Unauthorized', reason: UNKNOWN_DEVICE.error }
  const mark = markOf(facts)
  const tokens = [pathToken(path), bearerToken(facts.header('authorization'))]
  if (mark !== 'trusted' && tokens.every(token => devices.find(token) === undefined)) {
    return { status: '401 Unauthorized', reason: WAYS_IN[mark] }
  }
  return { trusted: true, mayClaim: false, address: peer, isLocal: false, device, limited }
}

/** Whether a request wants to become a WebSocket, and nothing else. */
export function wantsWebSocket({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}

/**
 * Before Node.js 22.21 a server that takes WebSockets is not asked about the other offers: what is meant for an ordinary
 * answer (`Upgrade: h2c`) comes without one. Such a request is put back and read again by a server that takes none.
 */
export function createPassBack(listener: RequestListener, options: ServerOptions): typeof passBack {
  const plain = createServer(options, (request, response) => {
    // Nobody would watch how long the next request takes.
    response.shouldKeepAlive = false
    listener(request, response)
  })

  function passBack(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { method, url, httpVersion, rawHeaders } = request
    let text = `${method} ${url} HTTP/${httpVersion}\r\n`
    for (let i = 0; i < rawHeaders.length; i += 2) text += `${rawHeaders[i]}: ${rawHeaders[i + 1]}\r\n`
    socket.unshift(Buffer.concat([Buffer.from(`${text}\r\n`, 'latin1'), head]))
    plain.emit('connection', socket)
  }
  return passBack
}

/** Answers in HTTP, and ends the connection. */
export function refuseVisit(socket: Duplex, { status, reason }: { status: string; reason: string }): void {
  socket.on('error', () => {})
  const body = `${JSON.stringify({ Error: reason }, null, 2)}`
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

function factsOf(request: IncomingMessage): RequestFacts {
  return {
    remoteAddress: request.socket.remoteAddress,
    peer: isPeerSocket(request.socket) ? request.socket.peer : undefined,
    secure: 'encrypted' in request.socket,
    // Two Host headers count as an unknown one, as in fetch's Headers.
    header: name => request.headersDistinct[name.toLowerCase()]?.join(', '),
  }
}
