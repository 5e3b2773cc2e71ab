/** The composition root: builds the parts in order, starts them, and stops them in reverse. */
import { randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { hostname } from 'node:os'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { createApp } from './api/app.ts'
import { type ApiServer, startServer } from './api/server.ts'
import { createReadVisit, refuseVisit } from './api/upgrade.ts'
import { openWebFiles } from './api/web-files.ts'
import { createAwaySide } from './away.ts'
import type { Config } from './config.ts'
import { doorsParts } from './doors.ts'
import { KIND } from './event/kinds.ts'
import { openDevices } from './flow/devices.ts'
import { createFlows, type Flows } from './flow/flows.ts'
import { createFollows } from './flow/follows.ts'
import { openHouseRules } from './flow/house-rules.ts'
import { createBindingCheck, createIdentity } from './flow/identity.ts'
import type { SettingsDesk } from './flow/settings-desk.ts'
import { createReadStatus } from './flow/status.ts'
import type { Sync } from './flow/sync.ts'
import type { OnActivity } from './observe/activity.ts'
import { type Clock, systemClock } from './observe/clock.ts'
import { createCounters } from './observe/counters.ts'
import { type Logger, messageOf } from './observe/log.ts'
import { scopeOfHost } from './overlay/dial-filter.ts'
import { createOverlay } from './overlay/overlay.ts'
import { agreedOwner, nodeKey } from './own-keys.ts'
import { openPushes } from './push/pushes.ts'
import { createPushService, type ServiceParts } from './push/service.ts'
import { createInformation } from './relay/information.ts'
import { createIsOwnUrl, ownAddresses } from './relay/own-urls.ts'
import { createRelay } from './relay/relay.ts'
import { asStartError } from './start-error.ts'
import { DEVICES_FILE, openDataDirectory, PUSH_FILE } from './store/data-directory.ts'
import { openDiskStore } from './store/open.ts'
import type { Bounds } from './store/store.ts'
import { findNativeLibrary } from './verifier/native.ts'
import { createVerifier, type Verifier } from './verifier/verifier.ts'
import { AGENT, VERSION } from './version.ts'
import type { NodeStatus } from './wire/node-status.ts'
import { PAGE_API } from './wire/version.ts'
import { createActivityLine } from './words/activity-lines.ts'
import { createJournal, toldTwice } from './words/journal.ts'
import { profileName } from './words/names.ts'

export { StartError } from './start-error.ts'
export { SETTINGS_FILE } from './store/data-directory.ts'
export { createLatestWriter, type KeptFile, keptFile, refusedByDisk } from './store/kept-file.ts'

/** What a node needs from its surroundings. */
export interface NodeParts {
  readonly log: Logger
  readonly clock?: Clock
  readonly onActivity?: OnActivity
  /** Where the owner changes the settings of the node; without it they cannot be changed while it runs. */
  readonly settings?: SettingsDesk
  /** Tests only: where pushes may go, and whose certificates are believed there. */
  readonly pushTo?: Pick<ServiceParts, 'mayReach' | 'ca'>
  /** Tests only: whether a gossiped event is lost on its way. */
  readonly losesGossip?: () => boolean
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
  /** The access token of the owner's first device: `clientOrigin + '/k/' + token` is a complete client URL. */
  readonly token: string
  /** The one-time claim token while the node is unclaimed. */
  claimToken(): string | undefined
  status(): Promise<NodeStatus>
  /** Compares public events with another node, and exchanges what one of them lacks. */
  readonly sync: Sync
  /** Takes over what can be changed while the node runs: bootstraps, and the bounds of the store. */
  adapt(config: Pick<Config, 'bootstraps' | 'maxEvents' | 'maxBytes'>): void
  /** Lets go of what is in memory and was not used since the last call. @returns its bytes */
  forgetUnused(): number
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
  const { clock = systemClock } = parts
  const journal = createJournal({ clock, say: createActivityLine(() => identity.owner()) })
  const { log, onActivity } = toldTwice(parts, journal)
  const counters = createCounters()
  const watched = { clock, log, counters, onActivity }

  // Store first: its lock keeps a second process out before anything is written.
  const directory = await openDataDirectory(config.dataDir)
  const follows = createFollows(
    () => identity.owner(),
    (pubkey, kind) => store.events.newest(pubkey, kind),
  )
  const storeOptions = {
    ...storeBounds(config),
    worth: { owner: () => identity.owner(), isFollowed: follows.includes },
    nowMs: clock.nowMs,
    log,
    onEvicted: (count: number) => counters.add('evicted', '', count),
  }
  const store = await openDiskStore(directory.storePath, storeOptions, config.tuning.store)
  stops.push(() => store.close())

  // Keys and tokens, and whose node this is.
  const privateKey = await nodeKey(directory, config)
  const peerId = peerIdFromPrivateKey(privateKey).toString()
  const devices = await openDevices({
    token: directory.token,
    renewToken: directory.renewToken,
    file: directory.file(DEVICES_FILE),
    clock,
    log,
  })
  stops.push(() => devices.stop())
  const awaySide = createAwaySide({
    node: peerId,
    owner: () => identity.owner(),
    devices,
    meetingPoints: () => overlay.meetingPoints(),
    clock,
    counters,
  })
  const claimToken = randomBytes(16).toString('hex')
  const identity = createIdentity(peerId, await agreedOwner(directory, config), store.events, clock)

  const verifier = createVerifier({
    library: config.nativeVerifier ? findNativeLibrary() : undefined,
    onShed: () => counters.add('verify_shed'),
  })
  stops.push(() => verifier.stop())
  if (config.relay.writes !== 'owner') verifier.prepare()
  const verify: Verifier['verify'] = (event, priority) => verifier.verify(event, priority)

  // Overlay and flows call each other; the overlay starts when both stand.
  const overlay = await createOverlay(
    {
      ...config.tuning,
      privateKey,
      listen: await listenAddresses(config.listen),
      agent: AGENT,
      bootstraps: config.bootstraps,
      mdns: config.mdns,
      announce: config.announce,
      portMapping: config.portMapping,
    },
    {
      ...watched,
      identity: () => ({ owner: identity.owner() ?? null, binding: identity.encodedBinding() }),
      checkBinding: createBindingCheck(verify, store.events, clock),
      judgeEvent: async (bytes, peer) =>
        parts.losesGossip?.() === true ? 'ignore' : flows.receive.judgeEvent(bytes, peer),
      takeDelivery: (bytes, peer) => flows.receive.takeDelivery(bytes, peer),
      answerFilter: filter => flows.answer(filter),
      onOwnerSeen: owner => flows.ownerSeen(owner),
      onNeighbour: () => flows.neighbourSeen(),
      onGreeted: () => flows.peerGreeted(),
      answerOwn: {
        ids: (peer, cursor) => flows.answerOwn.ids(peer, cursor),
        events: (peer, ids) => flows.answerOwn.events(peer, ids),
        deliveries: (peer, ids) => flows.answerOwn.deliveries(peer, ids),
        compare: (peer, message) => flows.answerOwn.compare(peer, message),
        gone: (peer, cursor) => flows.answerOwn.gone(peer, cursor),
      },
      answerSync: (stream, peer) => flows.answerSync(stream, peer),
      book: store.peers,
      boundOwners: store.boundOwners,
      away: awaySide.streams,
      doors: doorsParts(config, directory, { clock, log }),
    },
  )
  const rules = await openHouseRules(store.relayLists)
  const flows: Flows = createFlows({
    ...watched,
    node: peerId,
    identity,
    isFollowed: follows.includes,
    followed: follows.list,
    repairMs: config.tuning.repairMs,
    rules,
    relay: config.relay,
    isOwnRelay: url => isOwnUrl(url),
    writable: config.writable,
    keepOwner: directory.keepOwner,
    store,
    network: overlay,
    verify,
  })
  stops.push(flows.listen(({ event }) => follows.noticed(event)))
  const pushing = new AbortController()
  const pushes = await openPushes({
    file: directory.file(PUSH_FILE),
    service: createPushService({ ...(parts.pushTo ?? PUBLIC_SERVICES), signal: pushing.signal }),
    nameOf: pubkey => profileName(store.events.newest(pubkey, KIND.profile)?.event.content ?? ''),
    clock,
    log,
  })
  devices.onRevoked((id, peers) => {
    pushes.forgetDevice(id)
    for (const peer of peers) overlay.cut(peer)
  })
  stops.push(() => {
    pushing.abort()
    return pushes.stop()
  })
  stops.push(
    flows.listen((news, via) => {
      const notice = flows.noticeOf(news, via)
      if (notice !== undefined) pushes.notify(notice)
    }),
  )
  stops.push(() => overlay.stop())
  stops.push(() => flows.stop())
  await overlay.start()
  flows.start()

  // The client side.
  const readStatus = createReadStatus({
    version: VERSION,
    node: peerId,
    owner: identity.owner,
    binding: flows.binding.status,
    overlay,
    store,
    verifier: () => verifier.kind(),
    syncStatus: () => flows.catchUp.status(),
    relay: config.relay,
    relayFigures: () => relay.figures(),
    rules,
    counters,
    clock,
  })
  const currentClaimToken = () => (identity.owner() === undefined ? claimToken : undefined)
  const web = openWebFiles()
  const isPublicPage = () =>
    config.servePage === 'on' || (config.servePage === 'auto' && overlay.reachability().state === 'public')
  const app = createApp({
    ...watched,
    ...flows,
    rules,
    readStatus,
    readBinding: flows.binding.report,
    journal,
    pushes,
    async *doctor(signal) {
      // Most nodes are never asked.
      const { selfExamination } = await import('./doctor/self-examination.ts')
      yield* selfExamination(configInUse(config, overlay.addresses(), server.port), await readStatus(), {
        clock,
        signal,
      })
    },
    information: createInformation({ terms: flows.access.terms, owner: identity.owner, version: VERSION }),
    owner: identity.owner,
    writable: config.writable,
    devices,
    ...awaySide,
    claimToken: currentClaimToken,
    isOwnRelay: url => isOwnUrl(url),
    verify: event => verify(event, 'wanted'),
    settings: parts.settings,
    web,
    whereIs: overlay.whereIs.bind(overlay),
    version: () => ({
      node: peerId,
      program: VERSION,
      page: web?.version ?? null,
      api: PAGE_API,
      isPublicPage: isPublicPage(),
    }),
  })
  const readVisit = createReadVisit({ devices, claimToken: currentClaimToken })
  const isOwnUrl = createIsOwnUrl({
    port: () => server.port,
    addresses: () => ownAddresses(overlay.addresses()),
    names: () => [...server.names(), hostname(), `${hostname()}.local`],
    urls: config.relay.urls,
  })
  const relay = createRelay({
    ...watched,
    access: flows.access,
    publish: (event, visitor, mayClaim) =>
      mayClaim && identity.owner() === undefined ? flows.claim(event) : flows.publish(event, visitor),
    events: store.events,
    askForMissing: flows.askForMissing,
    listen: flows.listen,
    isOwnUrl,
    // Strangers prove keys too, and a flood of proofs must not stand before the owner's events.
    verify: event => verify(event, 'offered'),
  })
  const server: ApiServer = await startServer({
    host: config.listen.host,
    port: config.clientPort,
    fetch: (request, connection) => app.fetch(request, connection),
    upgrade(request, socket, head) {
      const visit = readVisit(request)
      if ('status' in visit) refuseVisit(socket, visit)
      else {
        if (config.relay.writes !== 'owner') verifier.prepare()
        relay.upgrade(request, socket, head, visit)
      }
    },
    tls: config.tls,
    clock,
    log,
  })
  awaySide.serve(server)
  stops.push(() => server.close())
  stops.push(() => relay.stop())
  stops.push(() => journal.close())

  let stopping: Promise<void> | undefined
  return {
    peerId,
    owner: identity.owner,
    bindingExpires: identity.bindingExpires,
    overlayAddresses: () => overlay.addresses(),
    clientOrigin: server.origin,
    get token() {
      return devices.firstToken()
    },
    claimToken: currentClaimToken,
    status: readStatus,
    sync: flows.sync,
    adapt({ bootstraps, maxEvents, maxBytes }) {
      overlay.replaceBootstraps(bootstraps)
      store.resize(storeBounds({ ...config, maxEvents, maxBytes }))
    },
    forgetUnused() {
      verifier.endUnused()
      return store.forgetUnused()
    },
    stop() {
      stopping ??= stopAll(stops, log)
      return stopping
    },
  }
}

const PUBLIC_SERVICES: Pick<ServiceParts, 'mayReach'> = { mayReach: ip => scopeOfHost(ip) === 'public' }

/** The configuration with the ports that were free at the start, where any would do. */
function configInUse(config: Config, addresses: readonly string[], clientPort: number): Config {
  const port = config.listen.port || Number(/\/tcp\/(\d+)/.exec(addresses[0] ?? '')?.[1] ?? 0)
  return { ...config, listen: { ...config.listen, port }, clientPort }
}

/** `::` stands for every address of the machine, of both families; libp2p listens on one family at a time. */
async function listenAddresses({ host, port }: Config['listen']): Promise<string[]> {
  const { address, family } = await lookup(host)
  const listen = `/ip${family}/${address}/tcp/${port}`
  return address === '::' && port > 0 ? [listen, `/ip4/0.0.0.0/tcp/${port}`] : [listen]
}

/** The store's bounds, the guests' part of it among them. */
function storeBounds({ maxEvents, maxBytes, relay }: Pick<Config, 'maxEvents' | 'maxBytes' | 'relay'>): Bounds {
  const { sharePercent, eventsPerAuthor } = relay.guests
  const part = (whole: number): number => Math.floor((whole * sharePercent) / 100)
  const guests = { maxEvents: part(maxEvents), maxBytes: part(maxBytes), maxPerAuthor: eventsPerAuthor }
  return { maxEvents, maxBytes, guests }
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
