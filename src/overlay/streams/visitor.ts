/** A host of a moment, under a key of a moment, that meets nodes without joining their network: the eyes of `doctor`. */
import { setTimeout as pause } from 'node:timers/promises'
import { RELAY_V2_HOP_CODEC } from '@libp2p/circuit-relay-v2'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { Connection, PeerId } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { PING_PROTOCOL, ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { isRejection } from '../../event/rejection.ts'
import type { Clock } from '../../observe/clock.ts'
import { decodeHello, encodeHello } from '../../wire/hello.ts'
import { MAX_HELLO_BYTES } from '../../wire/limits.ts'
import { openAnnouncement } from '../announce.ts'
import { dialErrorWords } from '../dial-error.ts'
import { askReachOf, REACH_PROTOCOL } from '../nat/reach.ts'
import { sparingYamux } from '../yamux.ts'
import { ask } from './exchange.ts'
import { HELLO_PROTOCOL } from './hello.ts'

/** What a visited node said and how it answered. */
export interface Visit {
  /** The multiaddr that led there. */
  readonly address: string
  /** Node peer ID. */
  readonly node: string
  /** Program and version. */
  readonly agent: string
  readonly roundTripMs: number
  /** By how much the clock of the node is ahead of this machine's, to about half a second; undefined when it tells no time. */
  readonly clockAheadMs: number | undefined
  /** Whether it gives places to nodes that cannot be reached. */
  readonly isRelay: boolean
  /** Whether it can be asked to come in (`askIn`). */
  readonly comesIn: boolean
}

/** A visit that led to no node, in words. */
export interface FailedVisit {
  readonly failed: string
}

/** What a node says of the way in to this machine. */
export interface WayIn {
  /** The IP address from which the node sees this machine come. */
  readonly seen: string
  /** Ports at which it got in, and was seen to. */
  readonly open: readonly number[]
}

export interface Visitor {
  /** Dials, measures and says hello; a node is asked once, whatever address leads to it. Ends when the signal comes. */
  visit(address: string, signal: AbortSignal): Promise<Visit | FailedVisit>
  /** Asks the node at this address to come in at these ports, at which the visitor listens. */
  askIn(address: string, ports: readonly number[], signal: AbortSignal): Promise<WayIn | FailedVisit>
  /** Hangs up; ends within a second. */
  stop(): Promise<void>
}

export interface VisitorOptions {
  /** Multiaddrs to listen on while it is asked whether others get in; none otherwise. */
  readonly listen?: readonly string[]
  /** Program and version, shown to whom it visits. */
  readonly agent: string
  readonly clock: Clock
}

type VisitorHost = Awaited<ReturnType<typeof createVisitorHost>>

const MAX_CONNECTIONS = 64
const STOP_MS = 1_000
/** The reply may overtake the connection that it speaks of. */
const COMES_IN_MS = 1_500

/** Throws when it cannot listen where it is told to. */
export async function createVisitor(options: VisitorOptions): Promise<Visitor> {
  const host = await createVisitorHost(options)
  // Two addresses may lead to one node, which is asked once.
  const asked = new Map<string, Promise<Visit | FailedVisit>>()
  return {
    async visit(address, signal) {
      try {
        const connection = await host.dial(multiaddr(address), { signal })
        const node = connection.remotePeer.toString()
        const asking = asked.get(node) ?? askNode(host, connection, address, options, signal)
        asked.set(node, asking)
        return await asking
      } catch (error) {
        return { failed: signal.aborted ? 'no answer' : dialErrorWords(error) }
      }
    },
    async askIn(address, ports, signal) {
      try {
        const { remotePeer } = await host.dial(multiaddr(address), { signal })
        return await askIn(host, remotePeer, ports)
      } catch (error) {
        return { failed: signal.aborted ? 'no answer' : dialErrorWords(error) }
      }
    },
    // A node that does not answer the goodbye must not hold up whoever waits.
    stop: () => Promise.race([host.stop(), pause(STOP_MS)]),
  }
}

async function createVisitorHost({ agent, listen = [] }: VisitorOptions) {
  return createLibp2p({
    privateKey: await generateKeyPair('Ed25519'),
    addresses: { listen: [...listen] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [sparingYamux({})],
    connectionManager: { maxConnections: MAX_CONNECTIONS, reconnectRetries: 0 },
    nodeInfo: { userAgent: agent },
    services: { identify: identify({ runOnConnectionOpen: false }), ping: ping() },
  })
}

/** A node that says it got in must have been seen to: its word alone is not enough. */
async function askIn(host: VisitorHost, peer: PeerId, ports: readonly number[]): Promise<WayIn> {
  const watch = watchFor(host, peer)
  try {
    const { seen, open } = await askReachOf(host, peer, ports)
    return { seen, open: open.length > 0 && (await watch.comesWithin(COMES_IN_MS)) ? open : [] }
  } finally {
    watch.end()
  }
}

/** Watches for a connection that this node opens itself. */
function watchFor(host: VisitorHost, peer: PeerId): { comesWithin(ms: number): Promise<boolean>; end(): void } {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const onOpen = ({ detail }: CustomEvent<Connection>) => {
    if (detail.direction === 'inbound' && detail.remotePeer.equals(peer)) resolve(true)
  }
  host.addEventListener('connection:open', onOpen)
  return {
    comesWithin: ms => Promise.race([promise, pause(ms, false)]),
    end: () => host.removeEventListener('connection:open', onOpen),
  }
}

async function askNode(
  host: VisitorHost,
  connection: Connection,
  address: string,
  options: VisitorOptions,
  signal: AbortSignal,
): Promise<Visit | FailedVisit> {
  const { remotePeer } = connection
  const { protocols } = await host.services.identify.identify(connection, { signal })
  if (!protocols.includes(HELLO_PROTOCOL)) return { failed: 'what answers there is no node of this network' }
  const startMs = performance.now()
  const hello = await sayHello(host, remotePeer, options)
  // A node need not answer pings.
  const helloMs = performance.now() - startMs
  const roundTripMs = protocols.includes(PING_PROTOCOL)
    ? await host.services.ping.ping(remotePeer, { signal })
    : helloMs
  const isRelay = protocols.includes(RELAY_V2_HOP_CODEC)
  const comesIn = protocols.includes(REACH_PROTOCOL)
  return { address, node: remotePeer.toString(), ...hello, roundTripMs, isRelay, comesIn }
}

const HELLO_BOUNDS = { maxRequestBytes: MAX_HELLO_BYTES, maxReplyBytes: MAX_HELLO_BYTES, maxMs: 5_000 }

/** The hello of a visitor (specification/overlay.md, O2.6), and what the answer says of the time (O2.5). */
async function sayHello(
  host: VisitorHost,
  peer: Parameters<typeof ask>[1],
  { agent, clock }: VisitorOptions,
): Promise<Pick<Visit, 'agent' | 'clockAheadMs'>> {
  const request = encodeHello({ agent, abilities: [], owner: null, binding: null, announcements: [] })
  const askedMs = clock.nowMs()
  const reply = decodeHello(await ask(host, peer, HELLO_PROTOCOL, request, HELLO_BOUNDS, next => next()))
  const halfWayMs = (askedMs + clock.nowMs()) / 2
  if (isRejection(reply)) throw new Error('its hello cannot be read')
  const [own] = reply.announcements
  const said = own === undefined ? undefined : await openAnnouncement(own, undefined)
  if (said === undefined || isRejection(said) || !said.peer.equals(peer)) {
    return { agent: reply.agent, clockAheadMs: undefined }
  }
  // The second has begun at `issuedAt`; on average half of it is over.
  return { agent: reply.agent, clockAheadMs: Math.round(said.issuedAt * 1000 + 500 - halfWayMs) }
}
