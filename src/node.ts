/** The composition root: builds the parts in order, starts them, and stops them in reverse. */

import { randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { createApp } from './api/app.ts'
import { startServer } from './api/server.ts'
import type { Config } from './config.ts'
import { npubOf, parsePublicKey } from './event/keys.ts'
import { KIND } from './event/kinds.ts'
import { isRejection } from './event/rejection.ts'
import { createAccept } from './flow/accept.ts'
import { createAnswer } from './flow/answer.ts'
import { createClaim } from './flow/claim.ts'
import { createDeliver } from './flow/deliver.ts'
import { createFollows } from './flow/follows.ts'
import { createBindingCheck, createIdentity } from './flow/identity.ts'
import { createLookUp } from './flow/look-up.ts'
import { createPublish } from './flow/publish.ts'
import { createQuery } from './flow/query.ts'
import { createReceive } from './flow/receive.ts'
import { createSpreader } from './flow/spread.ts'
import { createReadStatus, type NodeStatus } from './flow/status.ts'
import { startUpkeep } from './flow/upkeep.ts'
import type { OnActivity } from './observe/activity.ts'
import { type Clock, nowSeconds, systemClock } from './observe/clock.ts'
import { createCounters } from './observe/counters.ts'
import { type Logger, messageOf } from './observe/log.ts'
import { createOverlay, type Overlay } from './overlay/overlay.ts'
import { asStartError, StartError } from './start-error.ts'
import { type DataDirectory, openDataDirectory } from './store/data-directory.ts'
import { openDiskStore } from './store/open.ts'
import { createVerifier, type Verifier } from './verifier/verifier.ts'
import { AGENT, VERSION } from './version.ts'

export { StartError } from './start-error.ts'

/** What a node needs from its surroundings. */
export interface NodeParts {
  readonly log: Logger
  readonly clock?: Clock
  readonly onActivity?: OnActivity
}

/** A running node. */
export interface Node {
  /** Node peer ID. */
  readonly peerId: string
  /** The owner's public key in hex; undefined while the node is unclaimed. */
  owner(): string | undefined
  /** ISO date until which the binding counts; undefined without one. */
  bindingExpires(): string | undefined
  /** Multiaddrs that the overlay listens on, with the peer ID. */
  overlayAddresses(): string[]
  /** `http(s)://host:port` of the client side. */
  readonly clientOrigin: string
  /** The access token of the owner's devices: `clientOrigin + '/k/' + token` is a complete client URL. */
  readonly token: string
  /** The one-time claim token while the node is unclaimed. */
  claimToken(): string | undefined
  status(): Promise<NodeStatus>
  /** Idempotent; ends within 5 s. */
  stop(): Promise<void>
}

/**
 * Opens the data directory, joins the overlay and serves the client side.
 * @throws StartError when port, directory, or certificate are not usable; what was started is stopped again
 */
export async function startNode(config: Config, parts: NodeParts): Promise<Node> {
  const stops: (() => unknown)[] = []
  try {
    return await assemble(config, parts, stops)
  } catch (error) {
    await stopAll(stops, parts.log)
    throw asStartError(error, config)
  }
}

async function assemble(config: Config, parts: NodeParts, stops: (() => unknown)[]): Promise<Node> {
  const { log, clock = systemClock, onActivity = () => {} } = parts
  const counters = createCounters()

  // Store first: its lock keeps a second process out before anything is written.
  const directory = await openDataDirectory(config.dataDir)
  const follows = createFollows(
    () => identity.owner(),
    (pubkey, kind) => store.events.newest(pubkey, kind),
  )
  const store = await openDiskStore(directory.storePath, {
    maxEvents: config.maxEvents,
    maxBytes: config.maxBytes,
    worth: { owner: () => identity.owner(), isFollowed: follows.includes },
    nowMs: clock.nowMs,
    onEvicted: count => counters.add('evicted', '', count),
  })
  stops.push(() => store.close())

  // Keys and tokens, and whose node this is.
  const privateKey = await nodeKey(directory, config)
  const peerId = peerIdFromPrivateKey(privateKey).toString()
  const token = await directory.token()
  const claimToken = randomBytes(16).toString('hex')
  const identity = createIdentity(peerId, await agreedOwner(directory, config), store.events, clock)

  // The one door.
  const verifier = createVerifier({ onShed: () => counters.add('verify_shed') })
  stops.push(() => verifier.stop())
  const verify: Verifier['verify'] = (event, priority) => verifier.verify(event, priority)
  const accept = createAccept({
    events: store.events,
    verify,
    circumstances: () => ({ owner: identity.owner(), writable: config.writable, nowSeconds: nowSeconds(clock) }),
    counters,
    log,
  })

  // From peers, and to peers. The overlay is built below, and started when everything that it calls stands.
  const receive = createReceive({ accept, onActivity, onDeletion: author => void overlay.recheck(author) })
  const deliver = createDeliver({
    outbox: store.outbox,
    events: store.events,
    locate: owner => overlay.locate(owner),
    send: (node, owner, events) => overlay.deliver(node, owner, events),
    clock,
    log,
    counters,
    onActivity,
  })
  const spreader = createSpreader({
    outbox: store.outbox,
    broadcast: event => overlay.broadcast(event),
    isConnected: node => overlay.isConnected(node),
    deliver,
    clock,
    log,
    onActivity,
  })
  const overlay: Overlay = await createOverlay(
    {
      ...config.tuning,
      privateKey,
      listen: [await listenAddress(config.listen)],
      agent: AGENT,
      bootstraps: config.bootstraps,
    },
    {
      identity: () => ({ owner: identity.owner() ?? null, binding: identity.encodedBinding() }),
      provenUntilMs: createBindingCheck(verify, store.events, clock),
      judgeEvent: receive.judgeEvent,
      takeDelivery: receive.takeDelivery,
      answerFilter: createAnswer({ events: store.events, owner: identity.owner, counters }),
      onOwnerSeen: owner => deliver.now(owner),
      onNeighbour: () => void spreader.flush(),
      book: store.peers,
      clock,
      log,
      counters,
      onActivity,
    },
  )
  stops.push(() => overlay.stop())
  stops.push(() => spreader.stop())
  await overlay.start()
  deliver.start()
  stops.push(() => deliver.stop())

  // The client side.
  const publish = createPublish({
    accept,
    spread: spreader.spread,
    onActivity,
    onAccepted: event => {
      if (identity.concerns(event)) void overlay.reintroduce()
      if (event.kind === KIND.deletion) void overlay.recheck(event.pubkey)
    },
  })
  const claim = createClaim({
    node: peerId,
    identity,
    verify,
    keepOwner: owner => directory.keepOwner(npubOf(owner)),
    publish,
    clock,
    onActivity,
  })
  const lookUp = createLookUp({
    locate: owner => overlay.locate(owner),
    fetch: (node, filter) => overlay.fetch(node, filter),
    takeAnswer: receive.takeAnswer,
    clock,
    log,
    counters,
  })
  const readStatus = createReadStatus({
    version: VERSION,
    node: peerId,
    owner: identity.owner,
    bindingExpires: identity.bindingExpires,
    overlay,
    store,
    counters,
    clock,
  })
  const currentClaimToken = () => (identity.owner() === undefined ? claimToken : undefined)
  const app = createApp({
    publish,
    query: createQuery({ events: store.events, lookUp, clock }),
    claim,
    readStatus,
    owner: identity.owner,
    writable: config.writable,
    accessToken: token,
    claimToken: currentClaimToken,
    verify: event => verify(event, 'wanted'),
    counters,
    clock,
    log,
  })
  const server = await startServer({
    host: config.listen.host,
    port: config.clientPort,
    fetch: (request, connection) => app.fetch(request, connection),
    tls: config.tls,
    clock,
    log,
  })
  stops.push(() => server.close())
  stops.push(startUpkeep({ events: store.events, flush: spreader.flush, clock, log }))

  let stopping: Promise<void> | undefined
  return {
    peerId,
    owner: identity.owner,
    bindingExpires: identity.bindingExpires,
    overlayAddresses: () => overlay.addresses(),
    clientOrigin: server.origin,
    token,
    claimToken: currentClaimToken,
    status: readStatus,
    stop() {
      stopping ??= stopAll(stops, log)
      return stopping
    },
  }
}

/** The node's own key, made at the first start. */
async function nodeKey(directory: DataDirectory, { dataDir }: Config): Promise<PrivateKey> {
  const bytes = await directory.nodeKey(async () => privateKeyToProtobuf(await generateKeyPair('Ed25519')))
  try {
    return privateKeyFromProtobuf(bytes)
  } catch (error) {
    const sentence = `The file "node.key" in ${dataDir} holds no key. Restore it from a backup, or remove it: the node gets a new one and needs a new binding then.`
    throw new StartError(sentence, { cause: error })
  }
}

/** The owner by `-p`, which must be the one that the directory belongs to, or the directory's. */
async function agreedOwner(directory: DataDirectory, config: Config): Promise<string | undefined> {
  const kept = await directory.owner()
  if (kept === undefined) {
    if (config.owner !== undefined) await directory.keepOwner(npubOf(config.owner))
    return config.owner
  }
  const owner = parsePublicKey(kept)
  if (isRejection(owner))
    throw new StartError(`The file "owner" in ${config.dataDir} holds no public key. Restore it from a backup.`)
  if (config.owner === undefined || config.owner === owner) return owner
  throw new StartError(
    `${config.dataDir} belongs to ${kept}, not to ${npubOf(config.owner)}. Give each owner a folder with --data-dir.`,
  )
}

async function listenAddress({ host, port }: Config['listen']): Promise<string> {
  const { address, family } = await lookup(host)
  return `/ip${family}/${address}/tcp/${port}`
}

/** In reverse order of starting; a part that fails to stop does not keep the others from it. */
async function stopAll(stops: (() => unknown)[], log: Logger): Promise<void> {
  for (const stop of stops.splice(0).reverse()) {
    try {
      await stop()
    } catch (error) {
      log('warn', 'a part did not stop cleanly', { reason: messageOf(error) })
    }
  }
}
