/** What a request's transport tells the app beside the request itself, and the request as the routes see it. */
import type { Duplex } from 'node:stream'
import type { RequestFacts } from './access.ts'
import type { Body } from './body.ts'
import type { Failure } from './reply.ts'

/** Hono's bindings (`c.env`). A transport without sockets gives none of them, and nothing is trusted then. */
export interface Connection {
  readonly remoteAddress?: string | undefined
  /** The peer ID of the other end where it came over the overlay, and whether over a circuit that a relay limits. */
  readonly peer?: string | undefined
  readonly limited?: boolean
  readonly secure?: boolean
  /** Whether the transport holds each body to its Content-Length, as an HTTP/1.1 parser does. */
  readonly exactLength?: boolean
  /** Ends the connection at once, whatever is on its way. */
  readonly cut?: () => void
  /** Called for a body that may take as long as it takes: whoever reads it bounds that. */
  readonly unhurried?: () => void
}

/** What came over the overlay instead of a TCP port says so. */
export interface PeerSocket extends Duplex {
  readonly peer: string
  readonly limited: boolean
}

export function isPeerSocket(socket: Duplex): socket is PeerSocket {
  return 'peer' in socket && typeof socket.peer === 'string'
}

export interface ApiRequest extends RequestFacts {
  readonly method: string
  /** It came over a circuit, which carries little: what is large waits for a direct connection. */
  readonly limited: boolean
  /** The token of `/k/<token>/…`. */
  readonly pathToken: string | undefined
  /** Path and query, as they were asked for. */
  readonly path: string
  /** Within the bounds of size and time; once. @param type of its content; JSON unless told otherwise */
  readonly readBody: (type?: string) => Promise<Body | Failure>
  /** The body as it comes, of any size, for a route that bounds it by itself; once. Undefined when there is none. */
  readonly openBody: () => ReadableStream<Uint8Array> | undefined
  /** Ends the connection in the middle of an answer, so that the other end knows that something is missing. */
  readonly cut: () => void
}

/** What answers on one path with one method. */
export type Route = (request: ApiRequest) => Promise<Response>
