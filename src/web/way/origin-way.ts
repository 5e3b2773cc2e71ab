/** The way over the network that the browser itself has: requests and a WebSocket to an address of the node. */
import type { LiveSocket } from '../node/live.ts'
import { type Way, WayLost, type WayRequest } from './way.ts'

export interface OriginWayParts {
  readonly kind: 'origin' | 'home'
  /** `http(s)://host:port`. */
  readonly origin: string
  /** Opens the node; read anew for each request. */
  readonly token: () => string | undefined
}

export function createOriginWay({ kind, origin, token }: OriginWayParts): Way {
  const ending = new AbortController()
  const sockets = new Set<WebSocket>()

  async function ask(path: string, { method, headers, body, signal }: WayRequest): Promise<Response> {
    const given = token()
    const authorization: Record<string, string> = given === undefined ? {} : { Authorization: `Bearer ${given}` }
    try {
      return await fetch(`${origin}${path}`, {
        method,
        headers: { ...authorization, ...headers },
        body,
        signal: AbortSignal.any([signal, ending.signal]),
        cache: 'no-store',
        credentials: 'omit',
      })
    } catch (error) {
      signal.throwIfAborted()
      throw new WayLost({ isUnsent: false }, error)
    }
  }

  function closeSockets(): void {
    for (const socket of sockets) socket.close()
  }

  return {
    kind,
    ended: ending.signal,
    fetch: ask,
    open(onCut) {
      const socket = new WebSocket(liveUrl(origin, token()))
      sockets.add(socket)
      socket.addEventListener('close', ({ wasClean }) => {
        sockets.delete(socket)
        if (!wasClean) onCut()
      })
      return socket as LiveSocket
    },
    async check(signal) {
      try {
        return (await ask('/healthz', { method: 'GET', headers: {}, body: null, signal })).status > 0
      } catch {
        return false
      }
    },
    close() {
      ending.abort()
      closeSockets()
    },
    // What the browser itself has under way needs no connection of ours.
    retire: closeSockets,
  }
}

/** A browser gives a WebSocket no headers: the token stands in the path (specification/relay.md, N1.1). */
export function liveUrl(origin: string, token: string | undefined): string {
  return `${origin.replace(/^http/, 'ws')}/${token === undefined ? '' : `k/${token}/`}`
}
