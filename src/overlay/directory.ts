/** Owner → nodes: what is known of other nodes, from hellos and announcements. Bounded; what is old goes. */
import type { Clock } from '../observe/clock.ts'
import type { BoundOwners } from './bound-owners.ts'
import type { Scope } from './dial-filter.ts'

export interface NodeEntry {
  /** Node peer ID, base58 text. */
  readonly id: string
  /** Public key in hex; null for an unclaimed node. */
  readonly owner: string | null
  /** Until when a binding by the owner proves the claim, milliseconds since 1970; 0 without one. */
  readonly provenUntilMs: number
  /** The binding that proves it, as an encoded event; null where it is not proven. */
  readonly binding: Uint8Array | null
  /** Why the binding that it shows proves nothing, as a sentence; empty when it does or shows none. */
  readonly doubt: string
  /** Multiaddrs as text, without the peer ID; only those that may be dialled. */
  readonly addresses: readonly string[]
  /** How near the peer was that told them: what names among them stand for is judged by it. */
  readonly heardOver: Scope
  /** When the node said so, seconds since 1970. */
  readonly issuedAt: number
  /** The announcement as it was received, to tell others; undefined before the first one. */
  readonly announcement: Uint8Array | undefined
}

export interface Directory {
  get(id: string): NodeEntry | undefined
  /** Takes what a node says of itself; it replaces what was known of that node. */
  learn(entry: NodeEntry): void
  /**
   * Where to send what is addressed to this owner: the proven nodes if any is known; nobody, if none is and the owner has
   * bound one; otherwise the unproven ones, the latest heard of first, at most four (specification/overlay.md, O3.2, O3.5).
   */
  nodesOf(owner: string): string[]
  /** The nodes that a binding proves to be this owner's. */
  provenOf(owner: string): string[]
  /** Every node that says that it is this owner's. */
  claimsOn(owner: string): NodeEntry[]
  /** The binding of a node counts until then, by what is known now; `doubt` says why it does not. */
  prove(id: string, untilMs: number, doubt: string): void
  /** Entries heard of lately, the latest first. */
  recent(count: number): NodeEntry[]
  size(): number
}

/** Announcements come hourly, less often in a large overlay; who was silent for two days is gone. */
const MAX_AGE_MS = 48 * 3_600_000
/** Nobody can prove that an unbound owner's node is theirs; more claims than this are somebody's game. */
const MAX_UNPROVEN = 4

interface Remembered extends NodeEntry {
  readonly heardMs: number
}

/** @param maxNodes about 1 kB each */
export function createDirectory(
  clock: Clock,
  bound: Pick<BoundOwners, 'includes' | 'note'>,
  maxNodes: number,
): Directory {
  /** In the order of hearing, the latest last. */
  const entries = new Map<string, Remembered>()
  /** Owner → IDs, in the order of hearing too. */
  const byOwner = new Map<string, Set<string>>()

  function forget(entry: Remembered): void {
    entries.delete(entry.id)
    if (entry.owner === null) return
    const ids = byOwner.get(entry.owner)
    ids?.delete(entry.id)
    if (ids?.size === 0) byOwner.delete(entry.owner)
  }

  function dropStale(): void {
    for (const entry of entries.values()) {
      if (entries.size <= maxNodes && clock.nowMs() - entry.heardMs < MAX_AGE_MS) return
      forget(entry)
    }
  }

  function provenOf(owner: string): string[] {
    return [...(byOwner.get(owner) ?? [])].filter(id => entries.get(id)!.provenUntilMs > clock.nowMs())
  }

  return {
    get: id => entries.get(id),
    learn(entry) {
      const known = entries.get(entry.id)
      if (known !== undefined) forget(known)
      entries.set(entry.id, { ...entry, heardMs: clock.nowMs() })
      if (entry.owner !== null) {
        const ids = byOwner.get(entry.owner) ?? new Set()
        byOwner.set(entry.owner, ids.add(entry.id))
        if (entry.provenUntilMs > 0) bound.note(entry.owner, entry.provenUntilMs)
      }
      dropStale()
    },
    nodesOf(owner) {
      dropStale()
      const proven = provenOf(owner)
      if (proven.length > 0) return proven
      return bound.includes(owner) ? [] : [...(byOwner.get(owner) ?? [])].slice(-MAX_UNPROVEN).reverse()
    },
    provenOf,
    claimsOn: owner => [...(byOwner.get(owner) ?? [])].map(id => entries.get(id)!),
    prove(id, untilMs, doubt) {
      const entry = entries.get(id)
      // In its place: nothing was heard of the node.
      if (entry !== undefined) entries.set(id, { ...entry, provenUntilMs: untilMs, doubt })
    },
    recent(count) {
      return [...entries.values()].slice(-count).reverse()
    },
    size: () => entries.size,
  }
}
