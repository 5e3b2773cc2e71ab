/** The configuration of one node: type and defaults. Pure; `cli/` reads flags and environment into it. */
export interface Config {
  /** Where the overlay listens; port 0 takes a free one. The client side listens on the same host, port + 1. */
  readonly listen: { readonly host: string; readonly port: number }
  /** Port of the client side; 0 takes a free one. */
  readonly clientPort: number
  /** Multiaddrs of bootstraps, with or without `/p2p/…`. */
  readonly bootstraps: readonly string[]
  /** Multiaddrs, without `/p2p/…`, at which others reach this node although it cannot know so by itself. */
  readonly announce: readonly string[]
  /** Find the nodes of the same local network, and be found by them. */
  readonly mdns: boolean
  /** Ask the router to let others in, by UPnP and NAT-PMP. */
  readonly portMapping: boolean
  /** The owner's public key in hex, when given by `-p`; without it the data directory knows, or the node is unclaimed. */
  readonly owner: string | undefined
  /** False: every write of a client is refused. */
  readonly writable: boolean
  /** Check signatures with the system's libsecp256k1 where it is installed. */
  readonly nativeVerifier: boolean
  readonly dataDir: string
  /** Doors for browsers (WebSocket on TCP, WebRTC-direct on UDP); `auto`: where others reach this node. Port 0 takes free ones. */
  readonly browsers: { readonly when: 'auto' | 'on' | 'off'; readonly port: number }
  /** Whether the page is meant for everybody, to reach their own nodes; `auto`: where others reach this node. */
  readonly servePage: 'auto' | 'on' | 'off'
  /** Without a certificate: whether the service of libp2p.direct is asked for one, for the WebSockets of browsers. */
  readonly autoTls: boolean
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined
  /** Bounds of the store. */
  readonly maxEvents: number
  readonly maxBytes: number
  readonly relay: RelayTerms
  readonly tuning: Tuning
}

/** Who may do something at the relay: the owner, those whom the owner listed too, or everybody. */
export type Circle = 'owner' | 'listed' | 'anyone'

/** What the relay endpoint does for others than the owner (specification/relay-access.md). */
export interface RelayTerms {
  /** Whose events are stored. */
  readonly writes: Circle
  /** Who is shown what is not private to the owner. */
  readonly reads: Circle
  /** Bits of proof of work that an event of a stranger needs (NIP-13); 0 for none. */
  readonly pow: number
  /** URLs that others reach this relay by, beside those of this machine. */
  readonly urls: readonly string[]
  readonly guests: GuestBounds
}

/** What others' events may take. */
export interface GuestBounds {
  /** Per cent of the store, in events and in bytes. */
  readonly sharePercent: number
  /** Events of one author. */
  readonly eventsPerAuthor: number
  /** Events that one address may bring in a minute; 0 for as many as it likes. */
  readonly eventsPerMinute: number
  /** Bytes of one event as JSON. */
  readonly eventBytes: number
}

/** What only tests and measurements change. */
export interface Tuning {
  /** Gossip mesh degree: wanted, least, most neighbours in the mesh, and neighbours told by IHAVE (specification/overlay.md). */
  readonly mesh: { readonly d: number; readonly low: number; readonly high: number; readonly lazy: number }
  /** Gossiped messages remembered, so that a late copy is known at a glance. */
  readonly maxSeen: number
  /** Nodes remembered that were heard of, and peers remembered that have gone (specification/overlay.md, O3.3, O1.9). */
  readonly remembered: { readonly nodes: number; readonly peers: number }
  /** Smaller ones than the store's own: deletions and peers remembered; what LevelDB's log holds before it becomes a table. */
  readonly store: {
    readonly maxTombstones?: number
    readonly maxKnownPeers?: number
    readonly writeBufferBytes?: number
  }
  /** Connections that a node makes by itself when it knows enough peers. */
  readonly wantedPeers: number
  readonly maxPeers: number
  /** First wait before a bootstrap is dialled again, doubled up to the last. */
  readonly redialMs: { readonly first: number; readonly last: number }
  /** Least time between two announcements of this node. */
  readonly announceMs: number
  /** Between two comparisons with a neighbour, about; 0: only when the owner asks. */
  readonly repairMs: number
  /** Nodes that this one keeps a place for as a relay. */
  readonly relayPlaces: number
  /** Bytes that this one passes on as a relay, for everybody together. */
  readonly relayBytes: { readonly burst: number; readonly perSecond: number }
  /** `never`: the node behaves as one that cannot be reached. */
  readonly reach: 'check' | 'never'
}

export const DEFAULT_PORT = 20_000

export const DEFAULTS = {
  listen: { host: '127.0.0.1', port: DEFAULT_PORT },
  announce: [],
  mdns: true,
  portMapping: true,
  writable: true,
  nativeVerifier: true,
  servePage: 'auto',
  autoTls: false,
  browsers: { when: 'auto', port: DEFAULT_PORT + 2 },
  /** As in the original. */
  maxEvents: 102_400,
  maxBytes: 512 * 1024 * 1024,
  relay: {
    writes: 'owner',
    reads: 'owner',
    pow: 0,
    urls: [],
    guests: { sharePercent: 25, eventsPerAuthor: 1_000, eventsPerMinute: 60, eventBytes: 64 * 1024 },
  },
  tuning: {
    mesh: { d: 3, low: 3, high: 5, lazy: 6 },
    maxSeen: 100_000,
    remembered: { nodes: 10_000, peers: 1_000 },
    store: {},
    wantedPeers: 8,
    maxPeers: 128,
    redialMs: { first: 1_000, last: 60_000 },
    announceMs: 3_600_000,
    repairMs: 45_000,
    relayPlaces: 100,
    relayBytes: { burst: 16 * 1024 * 1024, perSecond: 512 * 1024 },
    reach: 'check',
  },
} as const satisfies Partial<Config>
