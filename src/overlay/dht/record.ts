/** What a DHT record must hold to count: announcements of nodes that the owner named by the key has bound. */
import { isRejection, type Rejection, reject } from '../../event/rejection.ts'
import { type Clock, nowSeconds } from '../../observe/clock.ts'
import { MAX_BINDING_BYTES } from '../../wire/limits.ts'
import { decodeNodeRecord, encodeNodeRecord, ownerOfKey } from '../../wire/node-record.ts'
import { MAX_AGE_SECONDS, openAnnouncement } from '../announce.ts'

export interface RecordParts {
  /** Until when an encoded binding proves that the node is the owner's, milliseconds since 1970; or why it does not. */
  readonly checkBinding: (binding: Uint8Array, owner: string, node: string) => Promise<number | Rejection>
  readonly clock: Clock
}

/** One node of a record. */
export interface RecordEntry {
  /** Node peer ID. */
  readonly node: string
  /** Seconds since 1970. */
  readonly issuedAt: number
  /** Until when it counts, milliseconds since 1970: announcements age, bindings expire. */
  readonly untilMs: number
  readonly announcement: Uint8Array
}

export interface NodeRecord {
  /** Public key in hex. */
  readonly owner: string
  readonly entries: readonly RecordEntry[]
}

/** Opens a record and checks all of it: key, size, each announcement's age and signature, its owner, its binding. */
export async function openRecord(
  key: Uint8Array,
  value: Uint8Array,
  parts: RecordParts,
): Promise<NodeRecord | Rejection> {
  const owner = ownerOfKey(key)
  if (owner === undefined) return reject('malformed', 'The key names no owner.')
  const announcements = decodeNodeRecord(value)
  if (isRejection(announcements)) return announcements
  const entries: RecordEntry[] = []
  for (const announcement of announcements) {
    const entry = await openEntry(owner, announcement, parts)
    if (isRejection(entry)) return entry
    entries.push(entry)
  }
  return { owner, entries }
}

async function openEntry(owner: string, bytes: Uint8Array, parts: RecordParts): Promise<RecordEntry | Rejection> {
  const announcement = await openAnnouncement(bytes, nowSeconds(parts.clock))
  if (isRejection(announcement)) return announcement
  const { peer, issuedAt, binding } = announcement
  if (announcement.owner !== owner) return reject('not-owner', 'The announcement is of a node of somebody else.')
  if (binding === null || binding.length > MAX_BINDING_BYTES) return reject('not-owner', 'No binding proves the node.')
  const proven = await parts.checkBinding(binding, owner, peer.toString())
  if (isRejection(proven)) return proven
  if (proven <= parts.clock.nowMs()) return reject('expired', 'The binding proves nothing any more.')
  const untilMs = Math.min(proven, (issuedAt + MAX_AGE_SECONDS) * 1_000)
  // A copy: what was decoded is a part of a larger message.
  return { node: peer.toString(), issuedAt, untilMs, announcement: Uint8Array.from(bytes) }
}

/** Of each node its latest entry, the latest first, so that two nodes of one owner do not overwrite each other. */
export function mergeEntries(entries: readonly RecordEntry[]): RecordEntry[] {
  const latest = new Map<string, RecordEntry>()
  for (const entry of entries) {
    const other = latest.get(entry.node)
    if (other === undefined || other.issuedAt < entry.issuedAt) latest.set(entry.node, entry)
  }
  return [...latest.values()].sort((a, b) => b.issuedAt - a.issuedAt)
}

/** The record as the DHT stores it. */
export function recordValue(entries: readonly RecordEntry[]): Uint8Array {
  return encodeNodeRecord(entries.map(({ announcement }) => announcement))
}

/** Of several records of one key, all of which are good: the number of the one with the latest announcement. */
export async function latestRecord(values: readonly Uint8Array[]): Promise<number> {
  const times = await Promise.all(values.map(latestIssuedAt))
  return times.indexOf(Math.max(...times))
}

async function latestIssuedAt(value: Uint8Array): Promise<number> {
  const announcements = decodeNodeRecord(value)
  if (isRejection(announcements)) return 0
  const opened = await Promise.all(announcements.map(bytes => openAnnouncement(bytes, undefined)))
  return Math.max(0, ...opened.map(announcement => (isRejection(announcement) ? 0 : announcement.issuedAt)))
}
