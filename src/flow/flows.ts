/** The flows of one node, wired to each other: what peers send, what goes to peers, what the client asks. */
import type { RelayTerms } from '../config.ts'
import type { NostrEvent, VerifiedEvent } from '../event/event.ts'
import type { Filter } from '../event/filter.ts'
import { npubOf } from '../event/keys.ts'
import { isRejection, type Rejection } from '../event/rejection.ts'
import type { OnActivity } from '../observe/activity.ts'
import { type Clock, nowSeconds } from '../observe/clock.ts'
import type { Counters } from '../observe/counters.ts'
import type { Logger } from '../observe/log.ts'
import { isGuests } from '../store/mark.ts'
import type { Store } from '../store/store.ts'
import type { Receipt } from '../wire/deliver.ts'
import type { OwnAnswers, OwnQuestions } from '../wire/own.ts'
import type { SyncStream } from '../wire/sync.ts'
import { type Accept, type Accepted, createAccept } from './accept.ts'
import { type Access, createAccess } from './access.ts'
import { type Answer, createAnswer } from './answer.ts'
import { type BindingReader, createBindingReader } from './binding-state.ts'
import { createBindingWatch } from './binding-watch.ts'
import { type CatchUp, createCatchUp } from './catch-up.ts'
import { type Claim, createClaim } from './claim.ts'
import { createConcerns } from './concern.ts'
import { createDeliver } from './deliver.ts'
import { createExport, type MakeExport } from './export.ts'
import { createGuestRules } from './guests.ts'
import type { HouseRules } from './house-rules.ts'
import type { Identity } from './identity.ts'
import { createImport, type Import } from './import.ts'
import { createLive, type Live } from './live.ts'
import { createLookUp } from './look-up.ts'
import { createManage, type Manage } from './manage.ts'
import { type AskForMissing, createAskForMissing } from './missing.ts'
import type { Neighbour } from './neighbours.ts'
import { createNoticeOf, type NoticeOf } from './notices.ts'
import { createOwnAnswer } from './own-answer.ts'
import { createSharedDeliveries } from './own-deliveries.ts'
import { createOwnNodes } from './own-nodes.ts'
import { createPublish, type Publish } from './publish.ts'
import { createQuery, type Query } from './query.ts'
import { createReceive, type Receive } from './receive.ts'
import { createShunnedPeers } from './shunned-peers.ts'
import { createSpreader } from './spread.ts'
import { createSync, type Sync } from './sync.ts'
import { type AnswerSync, createSyncAnswer } from './sync-answer.ts'
import { startUpkeep } from './upkeep.ts'
import { createReadWays, type ReadWays } from './ways.ts'

/** What the flows ask of the overlay; what each does and throws is said there. */
export interface Network {
  broadcast(event: Uint8Array): Promise<readonly string[]>
  isConnected(node: string): boolean
  /** Connected nodes. */
  peers(): readonly { readonly id: string }[]
  locate(owner: string): Promise<string[]>
  deliver(node: string, owner: string, events: readonly Uint8Array[]): Promise<Receipt[]>
  fetch(node: string, filter: Filter): Promise<Uint8Array[]>
  /** Nodes that a binding proves to be this owner's, this one left out. */
  provenOf(owner: string): string[]
  askOwn(node: string, owner: string): OwnQuestions
  openSync(node: string, signal?: AbortSignal): Promise<SyncStream>
  /** Connected nodes with whom this one can compare what it has. */
  neighbours(): readonly Neighbour[]
  /** Tells others that owner or binding have changed. */
  reintroduce(): Promise<void>
  /** Looks at the bindings of this owner's nodes again. */
  recheck(owner: string): Promise<void>
}

export interface FlowsParts {
  /** Node peer ID. */
  readonly node: string
  readonly identity: Identity
  /** Whether the owner follows this key. */
  readonly isFollowed: (pubkey: string) => boolean
  /** Public keys of all whom the owner follows. */
  readonly followed: () => readonly string[]
  /** Between two comparisons with a neighbour, about; in milliseconds. */
  readonly repairMs: number
  /** False: the owner may not publish through this node. */
  readonly writable: boolean
  readonly rules: HouseRules
  /** What the relay does for others than the owner. */
  readonly relay: RelayTerms
  /** Whether a URL leads to this node's relay. */
  readonly isOwnRelay: (url: string) => boolean
  /** Writes the owner's npub to the data directory. */
  readonly keepOwner: (npub: string) => Promise<void>
  readonly store: Store
  readonly network: Network
  readonly verify: (event: NostrEvent, priority: 'wanted' | 'offered') => Promise<VerifiedEvent | Rejection>
  readonly clock: Clock
  readonly log: Logger
  readonly counters: Counters
  readonly onActivity: OnActivity
}

export interface Flows {
  readonly receive: Receive
  readonly answer: Answer
  readonly answerOwn: OwnAnswers
  /** Compares what is public here with what a peer holds, and exchanges what one of them lacks. */
  readonly sync: Sync
  readonly catchUp: Pick<CatchUp, 'ask' | 'status'>
  readonly answerSync: AnswerSync
  readonly binding: BindingReader
  readonly publish: Publish
  /** How far the owner's events got. */
  readonly readWays: ReadWays
  readonly makeExport: MakeExport
  readonly importLines: Import
  /** Who may read at the relay, and what. */
  readonly access: Access
  /** Changes what the relay does. */
  readonly manage: Manage
  readonly query: Query
  readonly claim: Claim
  /** What of the new events the owner may want to hear of at once. */
  readonly noticeOf: NoticeOf
  /** Looks in the overlay for what a question shows to be missing here. */
  readonly askForMissing: AskForMissing
  /** Tells of every event that is new here. */
  readonly listen: Live['listen']
  /** A node of this owner was heard of or has come back: what waits for them is tried now. */
  ownerSeen(owner: string): void
  /** A peer gets public events from now on: what nobody got yet is gossiped. */
  neighbourSeen(): void
  /** A connected peer has said who it is: it may have what this node missed. */
  peerGreeted(): void
  /** Begins to work off what is due. */
  start(): void
  stop(): void
}

export function createFlows(parts: FlowsParts): Flows {
  const { node, identity, writable, keepOwner, rules, relay, store, network, verify, onActivity, clock } = parts
  const { events, outbox } = store
  const takesGuests = relay.writes !== 'owner'

  const owned = ownNodesOf(identity, network)
  const live = createLive(parts.log)
  const ownAnswer = createOwnAnswer({
    ...parts,
    store: events,
    gone: store.gone,
    owner: identity.owner,
    isOwn: owned.includes,
  })
  const door = createAccept({
    ...parts,
    events,
    circumstances: () => ({ owner: identity.owner(), writable, nowSeconds: nowSeconds(clock) }),
    guests: createGuestRules({ ...parts, owner: identity.owner }),
  })
  const accept: Accept = async (event, source) => {
    const accepted = await door(event, source)
    if (isRejection(accepted)) return accepted
    if (accepted.result === 'stored' && !isGuests(accepted.mark)) ownAnswer.stored(accepted, source)
    live.tell(accepted, source.via)
    return accepted
  }
  const binding = createBindingReader({ node, identity, events, clock })
  const watch = createBindingWatch({
    ...parts,
    binding,
    owner: identity.owner,
    reintroduce: () => network.reintroduce(),
    onBound: () => ownNodes.seen(),
  })
  /** A binding or a deletion may change whose nodes are proven, and what this one shows. */
  const noteChange = (author: string) => {
    void network.recheck(author)
    if (author === identity.owner()) watch.look()
  }
  const noteEvent = (event: NostrEvent) => {
    if (identity.concerns(event)) noteChange(event.pubkey)
  }
  const receive = createReceive({ accept, onActivity, onDeletion: noteChange })

  const deliver = createDeliver({
    ...parts,
    outbox,
    events,
    locate: owner => network.locate(owner),
    isServing: own => ownNodes.isServing(own),
    onActivity(activity) {
      if (activity.what === 'delivered' || activity.what === 'expired') ownAnswer.settled()
      onActivity(activity)
    },
    send: (to, owner, encoded) => network.deliver(to, owner, encoded),
  })
  const spreader = createSpreader({
    ...parts,
    outbox,
    broadcast: event => network.broadcast(event),
    isConnected: peer => network.isConnected(peer),
    deliver,
  })
  const bringing = {
    owner: identity.owner,
    takesGuests,
    concerns: createConcerns({ ...parts, owner: identity.owner, events, takesGuests }),
  }
  const publish = createPublish({
    ...bringing,
    accept,
    spread: spreader.spread,
    onActivity,
    onAccepted: noteEvent,
  })
  const askOwn = (of: string) => network.askOwn(of, owned.owner())
  const shared = createSharedDeliveries({
    node,
    outbox,
    nodes: owned.list,
    isOwn: owned.includes,
    ask: askOwn,
    deliver: deliver.now,
    clock,
  })
  const ownNodes = createOwnNodes({
    ...parts,
    nodes: owned.list,
    ask: askOwn,
    gone: store.gone,
    takeCopy: receive.takeCopy,
    compareDeliveries: shared.compare,
    events,
    cursors: store.ownCursors,
    onCopied: accepted => {
      noteEvent(accepted.event)
      if (accepted.pending?.broadcast) spreader.spread({ ...accepted, route: { broadcast: true, to: [] } })
    },
  })
  const lookUp = createLookUp({
    ...parts,
    locate: owner => network.locate(owner),
    neighbours: () => network.peers().map(({ id }) => id),
    fetch: (of, filter) => network.fetch(of, filter),
    takeAnswer: receive.takeAnswer,
  })
  const syncParts = {
    ...parts,
    events,
    takeMissing: receive.takeMissing,
    onLearned: (accepted: Accepted) => noteEvent(accepted.event),
    shunned: createShunnedPeers(clock),
  }
  const sync = createSync({ ...syncParts, open: (peer, signal) => network.openSync(peer, signal) })
  const catchUp = createCatchUp({
    ...parts,
    sync,
    neighbours: () => network.neighbours(),
    authors: () => [identity.owner() ?? [], parts.followed()].flat(),
    book: store.completeness,
  })
  let stopUpkeep = () => {}
  return {
    receive,
    listen: live.listen,
    noticeOf: createNoticeOf({ ...parts, owner: identity.owner, events }),
    askForMissing: createAskForMissing({ events, owner: identity.owner, lookUp, clock }),
    answer: createAnswer({ ...parts, events, owner: identity.owner }),
    answerOwn: { ...ownAnswer, deliveries: shared.answer },
    sync,
    catchUp,
    answerSync: createSyncAnswer({ ...syncParts, onAnswered: report => catchUp.answered(report) }),
    binding,
    publish,
    readWays: createReadWays({ owner: identity.owner, events, outbox, passing: spreader.passing }),
    makeExport: createExport({ owner: identity.owner, events }),
    importLines: createImport({
      ...bringing,
      accept,
      onAccepted: noteEvent,
      deliver: owner => deliver.now(owner),
      flush: () => void spreader.flush(),
      onActivity,
    }),
    manage: createManage({ rules, owner: identity.owner }),
    access: createAccess({ owner: identity.owner, rules, relay }),
    query: createQuery({ events, lookUp, clock }),
    claim: createClaim({
      node,
      identity,
      verify,
      keepOwner: owner => keepOwner(npubOf(owner)),
      publish,
      clock,
      onActivity,
    }),
    ownerSeen(owner) {
      deliver.now(owner)
      if (owner === identity.owner()) ownNodes.seen()
    },
    neighbourSeen: () => void spreader.flush(),
    peerGreeted: () => catchUp.neighbourSeen(),
    start() {
      deliver.start()
      watch.start()
      catchUp.start()
      stopUpkeep = startUpkeep({ ...parts, events, flush: spreader.flush })
    },
    stop() {
      stopUpkeep()
      catchUp.stop()
      watch.stop()
      ownNodes.stop()
      ownAnswer.stop()
      deliver.stop()
      spreader.stop()
    },
  }
}

/** The owner's other nodes: bound ones, and only while this node is bound too. */
function ownNodesOf(identity: Identity, network: Network) {
  const list = () => (identity.binding() === undefined ? [] : network.provenOf(identity.owner() ?? ''))
  return { list, includes: (node: string) => list().includes(node), owner: () => identity.owner() ?? '' }
}
