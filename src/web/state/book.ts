/**
 * All events that the page knows: each once, the newest of what is replaced, nothing that its author deleted, and no more
 * than a page can hold. Views read from here; what changes them is `version`.
 */
import { type ReadonlySignal, signal } from '@preact/signals'
import { deletes, deletionTargets } from '../../event/deletion.ts'
import { type NostrEvent, tagValues } from '../../event/event.ts'
import { KIND } from '../../event/kinds.ts'
import { type Address, addressOf, newestFirst, supersedes } from '../../event/order.ts'
import { leastWanted } from './forgetting.ts'

export interface Book {
  /** Takes events in any order; those that were new, and stay. */
  add(events: readonly NostrEvent[]): readonly NostrEvent[]
  get(id: string): NostrEvent | undefined
  /** The one event of a replaceable or addressable kind. */
  newest(kind: number, pubkey: string, d?: string): NostrEvent | undefined
  /** Posts and reposts (kinds 1, 6, 16) of everybody, newest first. */
  posts(): readonly NostrEvent[]
  /** Events that name this one by an `e` tag: replies, likes, reposts. In the order they came. */
  naming(id: string): readonly NostrEvent[]
  /** Everything by one kind, in no order. */
  ofKind(kind: number): Iterable<NostrEvent>
  /** This one is shown; what it returns ends that. What is on the screen stays, and goes last afterwards. */
  show(id: string): () => void
  readonly size: number
  /** Counts up when something changed: read its value in a component and it is drawn anew. */
  readonly version: ReadonlySignal<number>
}

export interface BookParts {
  readonly owner?: () => string | undefined
  /** Events that are held. */
  readonly max?: number
  /** Told after some were let go of. */
  readonly onForget?: () => void
}

/** A timeline of 20,000 posts and who wrote them: some 40 MB. */
const MAX_HELD = 25_000
/** So much goes at once: each time the whole book is looked through. */
const GOES = 0.1

export function createBook({ owner, max = MAX_HELD, onForget }: BookParts = {}): Book {
  /** What came or was shown last is last. */
  const byId = new Map<string, NostrEvent>()
  /** What is on the screen, and how often. */
  const shown = new Map<string, number>()
  /** Address → the newest version that ever came, also a deleted one: what is older than that never counts. */
  const versions = new Map<string, NostrEvent>()
  /** Event → who names it. */
  const named = new Map<string, Set<string>>()
  /** `id:pubkey` of what its author deleted, also before it came. */
  const deletedIds = new Set<string>()
  /** Address → date of its deletion. */
  const deletedAddresses = new Map<string, number>()
  const version = signal(0)
  let posts: readonly NostrEvent[] = []

  function take(event: NostrEvent): boolean {
    if (byId.has(event.id)) return false
    const address = addressOf(event)
    if (address !== undefined && !isNewest(keyOf(address), event)) return false
    if (isDeleted(event, address)) return false
    byId.set(event.id, event)
    for (const id of tagValues(event, 'e')) nameIn(id, event.id)
    if (event.kind === KIND.deletion) strike(event)
    return true
  }

  /** Notes the version, and lets the one before go. */
  function isNewest(key: string, event: NostrEvent): boolean {
    const before = versions.get(key)
    if (before !== undefined && !supersedes(event, before)) return false
    versions.set(key, event)
    if (before !== undefined && byId.has(before.id)) drop(before)
    return true
  }

  function isDeleted({ id, pubkey, kind, created_at }: NostrEvent, address: Address | undefined): boolean {
    // A deletion cannot be deleted (NIP-09).
    if (kind === KIND.deletion) return false
    if (deletedIds.has(`${id}:${pubkey}`)) return true
    return address !== undefined && (deletedAddresses.get(keyOf(address)) ?? -1) >= created_at
  }

  function nameIn(id: string, by: string): void {
    const all = named.get(id)
    if (all === undefined) named.set(id, new Set([by]))
    else all.add(by)
  }

  function strike(deletion: NostrEvent): void {
    const { ids, addresses } = deletionTargets(deletion)
    for (const id of ids) {
      deletedIds.add(`${id}:${deletion.pubkey}`)
      const held = byId.get(id)
      if (held !== undefined && deletes(deletion, held)) drop(held)
    }
    for (const address of addresses) {
      const key = keyOf(address)
      deletedAddresses.set(key, Math.max(deletion.created_at, deletedAddresses.get(key) ?? 0))
      const held = byId.get(versions.get(key)?.id ?? '')
      if (held !== undefined && deletes(deletion, held)) drop(held)
    }
  }

  function drop(event: NostrEvent): void {
    byId.delete(event.id)
    for (const id of tagValues(event, 'e')) {
      const by = named.get(id)
      by?.delete(event.id)
      if (by?.size === 0) named.delete(id)
    }
  }

  /** Makes room. What was let go of may come again, as if it had never been here. */
  function forget(): void {
    const isHeld = (id: string) => shown.has(id)
    const excess = byId.size - Math.floor(max * (1 - GOES))
    for (const event of leastWanted(byId.values(), posts, excess, { owner: owner?.(), isHeld })) {
      drop(event)
      const address = addressOf(event)
      if (address !== undefined) versions.delete(keyOf(address))
    }
    // Of what was deleted at most as much is remembered; the latest last.
    trim(deletedIds, max)
    trim(deletedAddresses, max)
    trim(versions, max * 2)
  }

  function touch(id: string): void {
    const event = byId.get(id)
    if (event === undefined) return
    byId.delete(id)
    byId.set(id, event)
  }

  /** @param isLess whether something went: only then the whole list has to be looked through */
  function settle(added: readonly NostrEvent[], isLess: boolean): void {
    const fresh = added.filter(isPost)
    const kept = isLess ? posts.filter(post => byId.has(post.id)) : posts
    if (fresh.length > 0 || kept.length !== posts.length) posts = merge(kept, fresh.sort(newestFirst))
    version.value++
  }

  return {
    add(events) {
      const before = byId.size
      const taken = events.filter(take)
      const stayed = taken.filter(({ id }) => byId.has(id))
      const isLess = byId.size < before + taken.length
      if (taken.length > 0 || isLess) settle(stayed, isLess)
      if (byId.size > max || deletedIds.size > max * 2 || deletedAddresses.size > max * 2) {
        forget()
        settle([], true)
        onForget?.()
      }
      return stayed.filter(({ id }) => byId.has(id))
    },
    get: id => byId.get(id),
    newest: (kind, pubkey, d = '') => byId.get(versions.get(keyOf({ kind, pubkey, d }))?.id ?? ''),
    posts: () => posts,
    naming: id => [...(named.get(id) ?? [])].flatMap(by => byId.get(by) ?? []),
    *ofKind(kind) {
      for (const event of byId.values()) if (event.kind === kind) yield event
    },
    show(id) {
      shown.set(id, (shown.get(id) ?? 0) + 1)
      return () => {
        const left = (shown.get(id) ?? 1) - 1
        if (left > 0) shown.set(id, left)
        else {
          shown.delete(id)
          touch(id)
        }
      }
    },
    get size() {
      return byId.size
    },
    version,
  }
}

function isPost({ kind }: NostrEvent): boolean {
  return kind === KIND.post || kind === KIND.repost || kind === KIND.genericRepost
}

/** Lets go of what came first. */
function trim(held: Set<string> | Map<string, unknown>, max: number): void {
  for (const first of held.keys()) {
    if (held.size <= max) return
    held.delete(first)
  }
}

function keyOf({ kind, pubkey, d }: Address): string {
  return `${kind}:${pubkey}:${d}`
}

/** Two lists, each newest first, as one. */
function merge(a: readonly NostrEvent[], b: readonly NostrEvent[]): readonly NostrEvent[] {
  if (b.length === 0) return a
  const merged: NostrEvent[] = []
  let at = 0
  for (const event of a) {
    while (at < b.length && newestFirst(b[at]!, event) < 0) merged.push(b[at++]!)
    merged.push(event)
  }
  while (at < b.length) merged.push(b[at++]!)
  return merged
}
