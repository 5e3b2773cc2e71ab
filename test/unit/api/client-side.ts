/** The client side over flows that keep events in an array: real parsing, real signatures, no network, no disk. */
import { type App, type AppParts, createApp } from '../../../src/api/app.ts'
import type { Connection } from '../../../src/api/connection.ts'
import { bindingTemplate, bindsNode } from '../../../src/event/binding.ts'
import type { NostrEvent, VerifiedEvent } from '../../../src/event/event.ts'
import { matches, parseFilter } from '../../../src/event/filter.ts'
import { hexToBytes } from '../../../src/event/hex.ts'
import { keyPairFrom, npubOf } from '../../../src/event/keys.ts'
import { checkWithNoble } from '../../../src/event/noble.ts'
import { isRejection, type Rejection, reject } from '../../../src/event/rejection.ts'
import { signEvent } from '../../../src/event/sign.ts'
import { parseEvent, verifyEvent } from '../../../src/event/verify.ts'
import { routeOf } from '../../../src/flow/route.ts'
import { type Counters, createCounters } from '../../../src/observe/counters.ts'
import { silent } from '../../../src/observe/log.ts'
import { createIsOwnUrl } from '../../../src/relay/own-urls.ts'
import type { NodeStatus } from '../../../src/wire/node-status.ts'
import type { SyncStatus } from '../../../src/wire/sync-status.ts'

export const OWNER = keyPairFrom(hexToBytes('01'.repeat(32)))
export const STRANGER = keyPairFrom(hexToBytes('09'.repeat(32)))
export const ACCESS_TOKEN = 'access-token_0123456789abcdef'
export const CLAIM_TOKEN = 'claim-token_fedcba9876543210'
export const NODE_ID = '12D3KooWHUyeXEpuaqmPuxPdqxHtD8nATCGXrNXKB8jcQjTs1DFx'
/** By which the first device comes from away. */
export const DEVICE_PEER = '12D3KooWJTghSpSbiFqyUbnSxkX1JHVKjuvRgVbDZPpNyRPDUGJZ'
export const NOW_SECONDS = 1_790_000_000

/** The phone client's headers, over loopback. */
export const LOOPBACK: Connection = { remoteAddress: '127.0.0.1', secure: false }
export const ELSEWHERE: Connection = { remoteAddress: '203.0.113.7', secure: false }

export const fill = (used: number) => ({ used, max: 10 * used })
const LIMITS = {
  events: fill(1),
  bytes: fill(2),
  guestEvents: fill(3),
  guestBytes: fill(4),
  tombstones: fill(5),
  settledDeliveries: fill(6),
  peers: fill(7),
  knownNodes: fill(8),
  boundOwners: fill(9),
  dhtRecords: fill(10),
  peerRecords: fill(11),
  seenMessages: fill(12),
  relayPlaces: fill(13),
  gossipScores: fill(17),
  quotas: fill(18),
  vanished: fill(14),
  knownPeers: fill(15),
  relayLists: fill(16),
}

export const SYNC_STATUS: SyncStatus = {
  state: 'idle',
  completeUntil: '2026-09-21T14:05:33.000Z',
  learned: 214,
  sent: 12,
  progress: null,
  rounds: [],
}

export interface TestClock {
  nowSeconds: number
  /** Runs every task that waits, whatever its time. */
  fireAll(): void
  waiting(): number
  readonly clock: AppParts['clock']
}

export function testClock(): TestClock {
  const tasks = new Set<() => void>()
  const test: TestClock = {
    nowSeconds: NOW_SECONDS,
    fireAll() {
      for (const task of [...tasks]) task()
      tasks.clear()
    },
    waiting: () => tasks.size,
    clock: {
      nowMs: () => test.nowSeconds * 1000,
      after(_delayMs, task) {
        tasks.add(task)
        return () => tasks.delete(task)
      },
    },
  }
  return test
}

export interface ClientSide {
  readonly app: App
  readonly events: VerifiedEvent[]
  readonly counters: Counters
  readonly time: TestClock
  /** A request as the phone client sends it, from this machine unless `connection` says otherwise. */
  send(path: string, init?: SendInit): Promise<Response>
}

export interface SendInit {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  readonly connection?: Connection
}

export function createClientSide(changes: Partial<AppParts> & { claimed?: boolean } = {}): ClientSide {
  const events: VerifiedEvent[] = []
  const counters = createCounters()
  const time = testClock()
  let owner: string | undefined = changes.claimed === false ? undefined : OWNER.pubkey

  function admit(input: unknown): VerifiedEvent | Rejection {
    const parsed = parseEvent(input)
    return isRejection(parsed) ? parsed : verifyEvent(parsed, checkWithNoble)
  }

  function keep(event: VerifiedEvent) {
    const result = events.some(({ id }) => id === event.id) ? 'duplicate' : 'stored'
    if (result === 'stored') events.push(event)
    return { id: event.id, result, route: routeOf(event, () => undefined), note: '' } as const
  }

  const app = createApp({
    async publish(input) {
      const event = admit(input)
      if (isRejection(event)) return event
      if (event.pubkey !== owner) return reject('not-owner', 'This node takes the posts of its owner only.')
      return keep(event)
    },
    async query(input) {
      const filter = parseFilter(input)
      if (isRejection(filter)) return filter
      if (filter.kinds?.includes(40_000) !== true) {
        return { events: events.filter(event => matches(filter, event)), more: false }
      }
      const limit = filter.limit ?? 50
      return { events: events.slice(-limit), cursor: 'AAAAAAAAAAAAAAAA', more: events.length > limit }
    },
    async claim(input) {
      const event = admit(input)
      if (isRejection(event)) return event
      if (!bindsNode(event, NODE_ID, time.nowSeconds)) return reject('malformed', 'That is no binding for this node.')
      owner = event.pubkey
      return keep(event)
    },
    catchUp: { ask: () => 7, status: () => SYNC_STATUS },
    readStatus: async () => statusOf(owner, events.length),
    readWays: async () => ({ ways: {} }),
    whereIs: async () => 'unknown',
    version: () => ({ node: NODE_ID, program: '1.2.3', page: null, api: 1, isPublicPage: false }),
    information: isReader => ({ name: 'a relay', isReader }),
    readBinding: () => ({
      owner: owner === undefined ? null : npubOf(owner),
      node: NODE_ID,
      state: 'none',
      expires: null,
      advice: 'Sign.',
      event: bindingTemplate(NODE_ID, time.nowSeconds),
    }),
    pushes: {
      state: async () => ({ publicKey: '', devices: [], max: 0 }),
      subscribe: async () => reject('full', 'No.'),
      unsubscribe: async () => undefined,
    },
    async *doctor() {},
    makeExport: async () => ({ events: 0, lines: (async function* () {})() }),
    importLines: async () => ({
      read: 0,
      stored: 0,
      had: 0,
      refused: 0,
      unnamed: 0,
      done: true,
      reason: null,
      code: null,
    }),
    journal: { last: () => [], follow: () => () => {} },
    manage: async method => ({ result: method }),
    rules: { list: () => [], info: () => undefined },
    isOwnRelay: createIsOwnUrl({
      port: () => 20_001,
      addresses: () => [],
      names: () => ['node.example'],
      urls: ['https://named.example'],
    }),
    owner: () => owner,
    writable: true,
    devices: onlyDevice(ACCESS_TOKEN),
    pairings: {
      make: () => reject('rate-limited', 'No.', { code: 'pairings-full' }),
      takeBack: () => false,
      pair: async () => reject('restricted', 'No.', { code: 'pairing-unknown' }),
    },
    away: () => ({ node: NODE_ID, owner: owner ?? null, addresses: [], home: [], version: '0.1.0' }),
    claimToken: () => (owner === undefined ? CLAIM_TOKEN : undefined),
    verify: async (event: NostrEvent) => verifyEvent(event, checkWithNoble),
    counters,
    clock: time.clock,
    log: silent,
    ...changes,
  })

  return {
    app,
    events,
    counters,
    time,
    async send(path, { method = 'POST', headers, body, connection = LOOPBACK } = {}) {
      const all = new Headers({ host: '127.0.0.1:20001' })
      if (method === 'POST') all.set('content-type', 'application/json; charset=utf-8')
      for (const [name, value] of Object.entries(headers ?? {})) {
        if (value === undefined) all.delete(name)
        else all.set(name, value)
      }
      const payload = bodyOf(body)
      const init = payload === undefined ? { method, headers: all } : { method, headers: all, body: payload }
      return app.request(`http://127.0.0.1:20001${path}`, init, connection)
    },
  }
}

function bodyOf(body: unknown): string | Uint8Array<ArrayBuffer> | undefined {
  if (body === undefined || typeof body === 'string') return body
  return body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body)
}

/** The first device and no other; what changes devices is not for these tests. */
function onlyDevice(token: string): AppParts['devices'] {
  const device = { id: 'first', revoked: new AbortController().signal, seen() {} }
  const none = async () => undefined
  return {
    find: given => (given === token ? device : undefined),
    findPeer: peer => (peer === DEVICE_PEER ? device : undefined),
    hasPeer: peer => peer === DEVICE_PEER,
    addPeer: none,
    list: () => [],
    firstToken: () => token,
    add: async () => reject('full', 'There are enough devices.'),
    rename: none,
    revoke: none,
    onRevoked: () => {},
    stop: async () => {},
  }
}

/** A post of the owner's. */
export function post(content: string, secondsAgo = 0): VerifiedEvent {
  return signEvent({ kind: 1, created_at: NOW_SECONDS - secondsAgo, tags: [], content }, OWNER.secretKey)
}

export const PULL = { kinds: [40_000], since: -1, until: -1, limit: 300 }

export function statusOf(owner: string | undefined, events: number): NodeStatus {
  return {
    version: '0.1.0',
    owner: owner === undefined ? null : npubOf(owner),
    ownerPeerId: owner === undefined ? null : '16Uiu2HAkOwner',
    node: NODE_ID,
    bindingExpires: null,
    binding: { state: 'none', expires: null, advice: 'Sign.' },
    uptimeSeconds: 4_000,
    overlay: {
      addresses: ['/ip4/127.0.0.1/tcp/20000'],
      bootstraps: [{ address: '/dns4/<b>evil</b>/tcp/1', state: 'unreachable', lastError: 'refused & "gone"' }],
    },
    verifier: 'wasm',
    reachability: { state: 'unknown', addresses: [], relays: [], mapping: null, router: 'unasked' },
    peers: [
      {
        id: NODE_ID,
        direction: 'outbound',
        transport: 'tcp',
        way: 'direct',
        address: '/ip4/203.0.113.9/tcp/20000',
        agent: 'nostrp2p/0.1.0',
        owner: npubOf(STRANGER.pubkey),
        proven: true,
        doubt: '',
        connectedSinceMs: NOW_SECONDS * 1000,
        since: new Date(NOW_SECONDS * 1000).toISOString(),
        rttMs: null,
      },
    ],
    browsers: { state: 'off', port: null, addresses: [] },
    knownNodes: 3,
    store: {
      events,
      bytes: 2_048,
      maxEvents: 102_400,
      maxBytes: 536_870_912,
      guests: { events: 0, bytes: 0, maxEvents: 25_600, maxBytes: 134_217_728 },
    },
    limits: LIMITS,
    sync: SYNC_STATUS,
    relay: { reads: 'owner', writes: 'owner', connections: 0, subscriptions: 0 },
    outbox: { waiting: 0, delivered: 2, expired: 0, deliveries: [] },
    counters: {},
  }
}
