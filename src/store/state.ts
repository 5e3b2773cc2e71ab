/** The counters of a store, written in every batch, so that they are exact after a crash and opening need not count. */
import { POSITION_BYTES, readPosition, writePosition } from './keys.ts'
import type { Position } from './store.ts'

export interface State {
  /** The highest position given so far. */
  lastPosition: Position
  events: number
  /** Keys and values of events and their indexes. */
  bytes: number
  tombstones: number
  /** Deliveries by state. */
  waiting: number
  delivered: number
  expired: number
  /** Deliveries that nothing more is tried for; each of them also counts under its state. */
  settled: number
  /** Of the events, those of guests. */
  guestEvents: number
  guestBytes: number
  /** The highest `created_at` of public events that went for want of room: of all, and of followed authors. */
  evictedUntil: number
  evictedFollowedUntil: number
}

/** In the order of the record. */
const FIELDS = [
  'lastPosition',
  'events',
  'bytes',
  'tombstones',
  'waiting',
  'delivered',
  'expired',
  'settled',
  'guestEvents',
  'guestBytes',
  'evictedUntil',
  'evictedFollowedUntil',
] as const satisfies readonly (keyof State)[]

export function emptyState(): State {
  return {
    lastPosition: 0,
    events: 0,
    bytes: 0,
    tombstones: 0,
    waiting: 0,
    delivered: 0,
    expired: 0,
    settled: 0,
    guestEvents: 0,
    guestBytes: 0,
    evictedUntil: 0,
    evictedFollowedUntil: 0,
  }
}

export function encodeState(state: State): Buffer {
  const bytes = Buffer.allocUnsafe(FIELDS.length * POSITION_BYTES)
  FIELDS.forEach((field, i) => {
    writePosition(bytes, i * POSITION_BYTES, state[field])
  })
  return bytes
}

export function decodeState(bytes: Buffer | undefined): State {
  const state = emptyState()
  if (bytes === undefined) return state
  FIELDS.forEach((field, i) => {
    // Older versions wrote fewer.
    if (bytes.length > i * POSITION_BYTES) state[field] = readPosition(bytes, i * POSITION_BYTES)
  })
  return state
}
