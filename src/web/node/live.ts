/**
 * Hears of what is new as it comes, while somebody looks: a subscription at the node's relay (NIP-01). What it brings is
 * not taken from here: it is a reason to pull at once, so that everything comes in by one way and the cursor stays right.
 */

export interface LiveParts {
  /** Something is new at the node. */
  readonly onNews: () => void
  /** Opens a WebSocket to the node's relay; one that cannot be had closes at once. */
  readonly open: () => LiveSocket
  readonly wait?: (work: () => void, ms: number) => () => void
}

/** What is used of a WebSocket. */
export interface LiveSocket {
  onopen: (() => void) | null
  onmessage: ((message: { readonly data: unknown }) => void) | null
  onclose: (() => void) | null
  send(text: string): void
  close(): void
}

export interface Live {
  /** Listens, or stops to: while nobody looks, the slow pull is enough. */
  listen(isWanted: boolean): void
  /** The way has changed, or the node may be back. */
  again(): void
}

/** Events that come together are one pull. */
const GATHER_MS = 150
const FIRST_WAIT_MS = 1_000
const MAX_WAIT_MS = 60_000
const SUBSCRIPTION = 'news'

export function startLive(parts: LiveParts): Live {
  const { onNews, open, wait = later } = parts
  let isWanted = false
  let socket: LiveSocket | undefined
  let failures = 0
  let stopWaiting: (() => void) | undefined
  let stopGathering: (() => void) | undefined

  function connect(): void {
    stopWaiting?.()
    stopWaiting = undefined
    if (!isWanted || socket !== undefined) return
    let opened: LiveSocket
    try {
      opened = open()
    } catch {
      retry()
      return
    }
    socket = opened
    opened.onopen = () => opened.send(JSON.stringify(['REQ', SUBSCRIPTION, { limit: 0 }]))
    opened.onmessage = ({ data }) => {
      if (opened === socket) hear(data)
    }
    opened.onclose = () => {
      if (opened !== socket) return
      socket = undefined
      retry()
    }
  }

  function hear(data: unknown): void {
    const what = typeof data === 'string' ? /^\["([A-Z]{2,10})"/.exec(data)?.[1] : undefined
    // Stored events are all there are (none were asked for): from now on it is news.
    if (what === 'EOSE') {
      // What came while nothing was listened to was told to nobody.
      if (failures > 0) gather()
      failures = 0
    } else if (what === 'EVENT') gather()
    // The node gives nothing to this page by this way; the pull tells the person why.
    else if (what === 'CLOSED') socket?.close()
  }

  function gather(): void {
    stopGathering ??= wait(() => {
      stopGathering = undefined
      onNews()
    }, GATHER_MS)
  }

  function retry(): void {
    if (!isWanted) return
    failures++
    stopWaiting?.()
    stopWaiting = wait(connect, Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1)))
  }

  function disconnect(): void {
    stopWaiting?.()
    stopGathering?.()
    stopWaiting = undefined
    stopGathering = undefined
    const open = socket
    socket = undefined
    open?.close()
  }

  return {
    listen(wanted) {
      if (wanted === isWanted) return
      isWanted = wanted
      if (wanted) connect()
      else disconnect()
    },
    again: connect,
  }
}

function later(work: () => void, ms: number): () => void {
  const timer = setTimeout(work, ms)
  return () => clearTimeout(timer)
}
