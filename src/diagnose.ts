/** The second composition root: what `nostrp2p doctor` looks at, built from parts of a node without starting one. */
import { join } from 'node:path'
import { privateKeyFromProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import type { Config } from './config.ts'
import { bindingName } from './event/binding.ts'
import { expirationOf } from './event/event.ts'
import { KIND } from './event/kinds.ts'
import { createBindingReader } from './flow/binding-state.ts'
import { createIdentity } from './flow/identity.ts'
import { type Clock, nowSeconds } from './observe/clock.ts'
import { silent } from './observe/log.ts'
import { scopeOfHost } from './overlay/dial-filter.ts'
import { createPortMapper, type PortMapping } from './overlay/nat/port-mapping.ts'
import { createVisitor as createBareVisitor, type Visitor } from './overlay/streams/visitor.ts'
import { STORE_DIR } from './store/data-directory.ts'
import { StoreUnusable } from './store/fault.ts'
import { type DirectoryFacts, inspectDataDirectory } from './store/inspect.ts'
import { openDiskStore } from './store/open.ts'
import type { KnownPeer, Store } from './store/store.ts'
import { AGENT } from './version.ts'
import type { BindingState } from './wire/binding-report.ts'

export type { PortMapping } from './overlay/nat/port-mapping.ts'
export { askStun, type NatKind, natKindOf, type StunAnswer } from './overlay/nat/stun-client.ts'
export type { FailedVisit, Visit, Visitor, WayIn } from './overlay/streams/visitor.ts'
export type { DirectoryFacts } from './store/inspect.ts'

/** Whether an IP address means the same everywhere. */
export function isPublicAddress(ip: string): boolean {
  return scopeOfHost(ip) === 'public'
}

/** The data directory as it lies there. */
export interface InspectedDirectory extends DirectoryFacts {
  /** Peer ID of the node that lives there; undefined before the first start, and when its key cannot be read. */
  readonly node: string | undefined
}

/** Looks at the data directory without making, mending or locking anything. */
export async function inspectDirectory(path: string): Promise<InspectedDirectory> {
  const facts = await inspectDataDirectory(path)
  return { ...facts, node: facts.nodeKey === undefined ? undefined : peerIdOf(facts.nodeKey) }
}

function peerIdOf(key: Uint8Array): string | undefined {
  try {
    return peerIdFromPrivateKey(privateKeyFromProtobuf(key)).toString()
  } catch {
    return undefined
  }
}

/** How it stands with the binding of a node. */
export interface HeldBinding {
  readonly state: BindingState | 'expired'
  /** ISO date at which it ends, or ended; null when there is none. */
  readonly expires: string | null
}

/** What the store of a node that does not run knows. */
export type StoreLook =
  | { readonly state: 'none' }
  | { readonly state: 'in-use' }
  /** The directory belongs to another user, and is left alone. */
  | { readonly state: 'not-ours' }
  /** Damaged, not readable, or of a later version; `reason` is a sentence that says what to do. */
  | { readonly state: 'unusable'; readonly reason: string }
  | { readonly state: 'read'; readonly binding: HeldBinding; readonly known: readonly KnownPeer[] }

/**
 * Opens the store, as a start of the node would, reads, and closes it again; so it is for a node that does not run.
 * @param owner the owner's public key in hex, if there is one
 */
export async function lookIntoStore(
  config: Config,
  { hasStore, node }: InspectedDirectory,
  owner: string | undefined,
  clock: Clock,
): Promise<StoreLook> {
  // Opening makes what is missing.
  if (!hasStore || node === undefined) return { state: 'none' }
  try {
    const store = await openDiskStore(join(config.dataDir, STORE_DIR), {
      // Whoever only looks throws nothing away.
      maxEvents: Number.MAX_SAFE_INTEGER,
      maxBytes: Number.MAX_SAFE_INTEGER,
      worth: { owner: () => owner, isFollowed: () => true },
      nowMs: clock.nowMs,
    })
    try {
      return { state: 'read', binding: heldBinding(store, node, owner, clock), known: await store.peers.list() }
    } finally {
      await store.close()
    }
  } catch (error) {
    if (!(error instanceof StoreUnusable)) throw error
    return error.fault === 'locked' ? { state: 'in-use' } : { state: 'unusable', reason: error.message }
  }
}

function heldBinding({ events }: Store, node: string, owner: string | undefined, clock: Clock): HeldBinding {
  const identity = createIdentity(node, owner, events, clock)
  const { state, expires } = createBindingReader({ node, identity, events, clock }).status()
  const held = owner === undefined ? undefined : events.newest(owner, KIND.appData, bindingName(node))?.event
  const endedAt = held === undefined ? undefined : expirationOf(held)
  // What has ended stays in the store until it is swept.
  if (state !== 'none' || endedAt === undefined || endedAt > nowSeconds(clock)) return { state, expires }
  return { state: 'expired', expires: new Date(endedAt * 1000).toISOString() }
}

/**
 * A host of a moment that meets nodes and asks them.
 * @param listen where it is to listen; throws when that is not to be had
 */
export function createVisitor(clock: Clock, listen?: Config['listen']): Promise<Visitor> {
  const addresses =
    listen === undefined ? [] : [`/ip${listen.host.includes(':') ? 6 : 4}/${listen.host}/tcp/${listen.port}`]
  return createBareVisitor({ agent: `${AGENT} doctor`, clock, listen: addresses })
}

/** Asks the router to let others in at this port, and takes it back at once; undefined when it does not. Ends in 8 s. */
export async function tryPortMapping(port: number, clock: Clock): Promise<PortMapping | undefined> {
  const mapper = createPortMapper({ port: () => port, clock, log: silent, onChange: () => {} })
  mapper.start()
  try {
    return await mapper.asked()
  } finally {
    await mapper.stop()
  }
}
