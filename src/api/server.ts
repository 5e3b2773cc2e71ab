/** The app on a TCP port: HTTP/1.1, with TLS or without, every wait bounded. */
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener, RequestError } from '@hono/node-server'
import type { Clock } from '../observe/clock.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import {
  type CertificateFiles,
  certificateNames,
  type KeyPair,
  readCertificate,
  watchCertificate,
} from './certificates.ts'
import { type Connection, isPeerSocket, type PeerSocket } from './connection.ts'
import { boundConnections, type Connections } from './connections.ts'
import { fail, failed } from './reply.ts'
import { createPassBack, wantsWebSocket } from './upgrade.ts'

export interface ServerOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** What answers: an app's `fetch`. */
  readonly fetch: (request: Request, connection: Connection) => Response | Promise<Response>
  /** What takes over the socket of a request to become a WebSocket; without it there are none. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  readonly tls?: CertificateFiles | undefined
  readonly clock: Clock
  readonly log: Logger
  /** How often the certificate's files are looked at. */
  readonly certificateCheckMs?: number
  /** What a body may take at most, unless the app lets it. */
  readonly requestMs?: number
}

export interface ApiServer {
  /** `http(s)://host:port`, IPv6 hosts in brackets; the host as it listens. */
  readonly origin: string
  readonly port: number
  /** Serves a connection that came over the overlay as one of the port, with the same waits. */
  take(socket: PeerSocket): void
  /** DNS names of its certificate; none without TLS. */
  names(): readonly string[]
  /** Ends within a second: idle connections at once, requests at work get half of it. Idempotent. */
  close(): Promise<void>
}

/** Why the server cannot listen. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
  readonly reason: 'in-use' | 'not-permitted' | 'no-such-address' | 'other'
  readonly host: string
  readonly port: number

  constructor(reason: ListenError['reason'], host: string, port: number, cause: unknown) {
    super(`cannot listen on ${host}:${port}: ${messageOf(cause)}`, { cause })
    this.reason = reason
    this.host = host
    this.port = port
  }
}

/** Longer than the ten seconds between two pulls, so that a phone keeps its connection. */
const KEEP_ALIVE_MS = 30_000
/** A client sends its headers at once, or is none. */
const HEADERS_TIMEOUT_MS = 10_000
/** The app gives up a slow body by itself, with an answer; this ends what it cannot see. */
const REQUEST_TIMEOUT_MS = 20_000
/** A NIP-98 proof fits; nobody needs more. */
const MAX_HEADER_BYTES = 16 * 1024
const CLOSE_GRACE_MS = 500
const CLOSE_TIDY_MS = 20
const CERTIFICATE_CHECK_MS = 10_000

/**
 * Listens.
 * @throws ListenError when the address cannot be had, CertificateError when the TLS files are not usable
 */
export async function startServer(options: ServerOptions): Promise<ApiServer> {
  const listener = requestListener(options)
  const limits = {
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    // Bounded for each request below: an import may take long.
    requestTimeout: 0,
    connectionsCheckingInterval: 2_000,
    maxHeaderSize: MAX_HEADER_BYTES,
    noDelay: true,
    // Some clients offer HTTP/2 (`Upgrade: h2c`) with every request; that is no reason not to answer it.
    shouldUpgradeCallback: (request: IncomingMessage) => options.upgrade !== undefined && wantsWebSocket(request),
  }
  const pair = options.tls === undefined ? undefined : await readCertificate(options.tls)
  let names = pair === undefined ? [] : certificateNames(pair)
  const server =
    pair === undefined
      ? createHttpServer(limits, listener)
      : createHttpsServer(
          {
            ...limits,
            ...pair,
            minVersion: 'TLSv1.2',
            handshakeTimeout: HEADERS_TIMEOUT_MS,
          },
          listener,
        )
  // A client may close its side when it has asked, as those of libp2p do, and still gets its answer.
  Object.assign(server, { httpAllowHalfOpen: true })
  const connections = boundConnections(server)
  if (options.upgrade !== undefined) {
    const passBack = createPassBack(listener, limits)
    const { upgrade } = options
    server.on('upgrade', (...offer) => (wantsWebSocket(offer[0]) ? upgrade : passBack)(...offer))
  }
  await listen(server, options.host, options.port)
  server.on('error', error => options.log('error', 'the client server failed', { reason: messageOf(error) }))
  const renew = (fresh: KeyPair) => {
    names = certificateNames(fresh)
    ;(server as HttpsServer).setSecureContext(fresh)
  }
  const stopWatching = options.tls === undefined ? undefined : keepCertificateFresh(options.tls, options, renew)
  const { port } = server.address() as AddressInfo
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  let closing: Promise<void> | undefined
  return {
    origin: `${options.tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    port,
    names: () => names,
    take(socket) {
      connections.add(socket)
      // What came over the overlay is encrypted: no handshake of TLS.
      server.emit(pair === undefined ? 'connection' : 'secureConnection', socket)
    },
    close() {
      stopWatching?.()
      closing ??= close(server, connections)
      return closing
    },
  }
}

function requestListener({
  fetch,
  log,
  requestMs = REQUEST_TIMEOUT_MS,
}: ServerOptions): ReturnType<typeof getRequestListener> {
  return getRequestListener(
    (request, { incoming, outgoing }) => {
      const { socket } = incoming as IncomingMessage
      const secure = 'encrypted' in socket
      const cut = () => void socket.destroy()
      const unhurried = hurry(incoming as IncomingMessage, requestMs)
      const overlay = isPeerSocket(socket) ? { peer: socket.peer, limited: socket.limited } : undefined
      const { remoteAddress } = socket
      const connection = { remoteAddress, ...overlay, secure, exactLength: true, cut, unhurried }
      const response = fetch(request, connection)
      return overlay === undefined ? response : sparingly(response, outgoing as ServerResponse)
    },
    {
      errorHandler(error) {
        if (error instanceof RequestError) return failed(fail(400, 'The address of the request is not valid.'))
        log('error', 'a client request failed', { reason: messageOf(error) })
        return failed(fail(500, 'The node could not do that, by a fault of its own. Its log says more.', 'fault'))
      },
    },
  )
}

/** A phone pays for each byte of a pull: nobody in between caches, nor does a page look at `Keep-Alive`. */
async function sparingly(answer: Response | Promise<Response>, outgoing: ServerResponse): Promise<Response> {
  // Said by us, Node.js adds no timeout to it.
  if (outgoing.shouldKeepAlive) outgoing.setHeader('Connection', 'keep-alive')
  const response = await answer
  response.headers.delete('Vary')
  return response
}

/** Gives a body its time. @returns what takes the limit away */
function hurry(incoming: IncomingMessage, ms: number): () => void {
  const { headers, socket } = incoming
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return () => {}
  const timer = setTimeout(() => socket.destroy(), ms).unref()
  const stop = () => clearTimeout(timer)
  incoming.once('end', stop).once('close', stop)
  return stop
}

function listen(server: Server, host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onError = (error: NodeJS.ErrnoException) => reject(new ListenError(reasonOf(error), host, port, error))
  server.once('error', onError)
  server.listen({ host, port }, () => {
    server.off('error', onError)
    resolve()
  })
  return promise
}

function reasonOf({ code }: NodeJS.ErrnoException): ListenError['reason'] {
  if (code === 'EADDRINUSE') return 'in-use'
  if (code === 'EACCES') return 'not-permitted'
  return code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' ? 'no-such-address' : 'other'
}

function keepCertificateFresh(
  files: CertificateFiles,
  options: ServerOptions,
  use: (pair: KeyPair) => void,
): () => void {
  return watchCertificate(files, {
    clock: options.clock,
    log: options.log,
    everyMs: options.certificateCheckMs ?? CERTIFICATE_CHECK_MS,
    use,
  })
}

function close(server: Server, connections: Connections): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const impatience = setTimeout(() => connections.destroyAll(), CLOSE_GRACE_MS)
  // A connection that has just got its last answer is idle again, and Node would wait for its client.
  const tidying = setInterval(() => server.closeIdleConnections(), CLOSE_TIDY_MS)
  server.close(() => {
    clearTimeout(impatience)
    clearInterval(tidying)
    // Those of the overlay are not the port's, which waits for its own only.
    connections.destroyAll()
    resolve()
  })
  return promise
}
