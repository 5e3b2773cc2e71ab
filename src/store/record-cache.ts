/**
 * Records in memory, the oldest entries forgotten first: a few large segments, so that thousands of records are no work
 * for the garbage collector. A segment is only ever written behind its end, and let go of as a whole: whoever still
 * reads a record of it keeps it as it was.
 */
import { randomFillSync } from 'node:crypto'
import { PlaceTable } from './place-table.ts'
import { AT, idOf } from './record.ts'
import type { Position } from './store.ts'

/** Where a record stands. */
export interface RecordPlace {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

export interface RecordCache {
  get(position: Position): RecordPlace | undefined
  /** By the event's id in hex. */
  byId(id: string): { readonly position: Position; readonly place: RecordPlace } | undefined
  /** Keeps a copy; of what is too large, or here already, none. */
  add(position: Position, { bytes, start, end }: RecordPlace): void
  remove(position: Position): void
  clear(): void
  /** Of all segments. */
  bytes(): number
}

export interface RecordCacheBounds {
  readonly segments: number
  readonly segmentBytes: number
}

/** Position and length of each record stand before it. */
const ENTRY_HEAD = { high: 0, low: 4, length: 8, bytes: 12 } as const
/** A larger record would take the place of too many others. */
const MAX_SHARE = 8

export function createRecordCache({ segments: maxSegments, segmentBytes }: RecordCacheBounds): RecordCache {
  const segments: Segment[] = []
  /** The segment that is being written. */
  let current = -1
  const byPosition = new PlaceTable()
  const byHash = new PlaceTable()
  /** Nobody can aim at slots with ids that they make. */
  const secret = randomFillSync(new Int32Array(4))

  function hashOfId(high: number, low: number): number {
    return Math.imul(Math.imul(high ^ secret[0]!, secret[1]! | 1) ^ low ^ secret[2]!, secret[3]! | 1) >>> 0
  }

  /** A place is a number: which segment, where in it, and one more, because 0 is none. */
  const segmentAt = (place: number): Segment => segments[Math.floor((place - 1) / segmentBytes)]!
  const offsetAt = (place: number): number => (place - 1) % segmentBytes

  function find(position: Position): number {
    const hash = hashOfPosition(position)
    for (let slot = byPosition.find(hash); slot !== -1; slot = byPosition.find(hash, slot)) {
      const place = byPosition.at(slot)
      if (positionAt(segmentAt(place).bytes, offsetAt(place)) === position) return place
    }
    return 0
  }

  function recordAt(place: number): RecordPlace {
    const { bytes } = segmentAt(place)
    const start = offsetAt(place) + ENTRY_HEAD.bytes
    return { bytes, start, end: start + bytes.readUInt32LE(start - ENTRY_HEAD.bytes + ENTRY_HEAD.length) }
  }

  function drop(place: number): void {
    const { bytes, start } = recordAt(place)
    byPosition.remove(hashOfPosition(positionAt(bytes, start - ENTRY_HEAD.bytes)), place)
    byHash.remove(hashOfId(bytes.readInt32BE(start + AT.id), bytes.readInt32BE(start + AT.id + 4)), place)
  }

  function turn(): void {
    current = (current + 1) % maxSegments
    const oldest = segments[current]
    for (let at = 0; oldest !== undefined && at < oldest.length; ) {
      drop(current * segmentBytes + at + 1)
      at += ENTRY_HEAD.bytes + oldest.bytes.readUInt32LE(at + ENTRY_HEAD.length)
    }
    segments[current] = { bytes: Buffer.allocUnsafeSlow(segmentBytes), length: 0 }
  }

  return {
    get(position) {
      const place = find(position)
      return place === 0 ? undefined : recordAt(place)
    },
    byId(id) {
      const hash = hashOfId(Number.parseInt(id.slice(0, 8), 16) | 0, Number.parseInt(id.slice(8, 16), 16) | 0)
      for (let slot = byHash.find(hash); slot !== -1; slot = byHash.find(hash, slot)) {
        const place = recordAt(byHash.at(slot))
        const position = positionAt(place.bytes, place.start - ENTRY_HEAD.bytes)
        if (idOf(place.bytes, place.start) === id) return { position, place }
      }
      return undefined
    },
    add(position, { bytes, start, end }) {
      const entryBytes = ENTRY_HEAD.bytes + end - start
      if (entryBytes > segmentBytes / MAX_SHARE || find(position) !== 0) return
      if (current === -1 || segments[current]!.length + entryBytes > segmentBytes) turn()
      const segment = segments[current]!
      const at = segment.length
      segment.length += entryBytes
      segment.bytes.writeUInt32LE(Math.floor(position / 2 ** 32), at + ENTRY_HEAD.high)
      segment.bytes.writeUInt32LE(position % 2 ** 32, at + ENTRY_HEAD.low)
      segment.bytes.writeUInt32LE(end - start, at + ENTRY_HEAD.length)
      bytes.copy(segment.bytes, at + ENTRY_HEAD.bytes, start, end)
      const place = current * segmentBytes + at + 1
      byPosition.add(hashOfPosition(position), place)
      byHash.add(hashOfId(bytes.readInt32BE(start + AT.id), bytes.readInt32BE(start + AT.id + 4)), place)
    },
    remove(position) {
      const place = find(position)
      if (place !== 0) drop(place)
    },
    clear() {
      segments.length = 0
      current = -1
      byPosition.clear()
      byHash.clear()
    },
    bytes: () => segments.length * segmentBytes,
  }
}

interface Segment {
  readonly bytes: Buffer
  /** In use. */
  length: number
}

function positionAt(bytes: Buffer, at: number): Position {
  return bytes.readUInt32LE(at + ENTRY_HEAD.high) * 2 ** 32 + bytes.readUInt32LE(at + ENTRY_HEAD.low)
}

/** Positions follow one another: the golden ratio spreads them (Knuth, 6.4). */
function hashOfPosition(position: Position): number {
  return Math.imul((position % 2 ** 32) ^ Math.floor(position / 2 ** 32), 0x9e3779b1) >>> 0
}
