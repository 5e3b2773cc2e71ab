/** The flows of one node, wired to each other: what peers send, what goes to peers, what the client asks. */
import type { NostrEvent, VerifiedEvent } from '../event/event.ts'
import type { Filter } from '../event/filter.ts'
import { npubOf } from '../event/keys.ts'
import { KIND } from '../event/kinds.ts'
import type { Rejection } from '../event/rejection.ts'
import type { OnActivity } from '../observe/activity.ts'
import { type Clock, nowSeconds } from '../observe/clock.ts'
import type { Counters } from '../observe/counters.ts'
import type { Logger } from '../observe/log.ts'
import type { Store } from '../store/store.ts'
import type { Receipt } from '../wire/deliver.ts'
import { createAccept } from './accept.ts'
import { type Answer, createAnswer } from './answer.ts'
import { type Claim, createClaim } from './claim.ts'
import { createDeliver } from './deliver.ts'
import type { Identity } from './identity.ts'
import { createLookUp } from './look-up.ts'
import { createPublish, type Publish } from './publish.ts'
import { createQuery, type Query } from './query.ts'
import { createReceive, type Receive } from './receive.ts'
import { createSpreader } from './spread.ts'
import { startUpkeep } from './upkeep.ts'

/** What the flows ask of the overlay; what each does and throws is said there. */
export interface Network {
  broadcast(event: Uint8Array): Promise<readonly string[]>
  isConnected(node: string): boolean
  locate(owner: string): Promise<string[]>
  deliver(node: string, owner: string, events: readonly Uint8Array[]): Promise<Receipt[]>
  fetch(node: string, filter: Filter): Promise<Uint8Array[]>
  /** Tells others that owner or binding have changed. */
  reintroduce(): Promise<void>
  /** Looks at the bindings of this owner's nodes again. */
  recheck(owner: string): Promise<void>
}

export interface FlowsParts {
  /** Node peer ID. */
  readonly node: string
  readonly identity: Identity
  /** False: the owner may not publish through this node. */
  readonly writable: boolean
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
  readonly publish: Publish
  readonly query: Query
  readonly claim: Claim
  /** A node of this owner was heard of or has come back: what waits for them is tried now. */
  ownerSeen(owner: string): void
  /** A peer gets public events from now on: what nobody got yet is gossiped. */
  neighbourSeen(): void
  /** Begins to work off what is due. */
  start(): void
  stop(): void
}

export function createFlows(parts: FlowsParts): Flows {
  const { node, identity, writable, keepOwner, store, network, verify, onActivity, clock } = parts
  const { events, outbox } = store

  const accept = createAccept({
    ...parts,
    events,
    circumstances: () => ({ owner: identity.owner(), writable, nowSeconds: nowSeconds(clock) }),
  })
  const recheckBindings = (author: string) => void network.recheck(author)
  const receive = createReceive({ accept, onActivity, onDeletion: recheckBindings })

  const deliver = createDeliver({
    ...parts,
    outbox,
    events,
    locate: owner => network.locate(owner),
    send: (to, owner, encoded) => network.deliver(to, owner, encoded),
  })
  const spreader = createSpreader({
    ...parts,
    outbox,
    broadcast: event => network.broadcast(event),
    isConnected: peer => network.isConnected(peer),
    deliver,
  })
  const publish = createPublish({
    accept,
    spread: spreader.spread,
    onActivity,
    onAccepted: event => {
      if (identity.concerns(event)) void network.reintroduce()
      if (event.kind === KIND.deletion) recheckBindings(event.pubkey)
    },
  })
  const lookUp = createLookUp({
    ...parts,
    locate: owner => network.locate(owner),
    fetch: (of, filter) => network.fetch(of, filter),
    takeAnswer: receive.takeAnswer,
  })
  let stopUpkeep = () => {}
  return {
    receive,
    answer: createAnswer({ ...parts, events, owner: identity.owner }),
    publish,
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
    ownerSeen: owner => deliver.now(owner),
    neighbourSeen: () => void spreader.flush(),
    start() {
      deliver.start()
      stopUpkeep = startUpkeep({ ...parts, events, flush: spreader.flush })
    },
    stop() {
      stopUpkeep()
      deliver.stop()
      spreader.stop()
    },
  }
}
