/** Segments of the search index: some hundred events that came one after the other; their words are in postings.ts. */
import { POSITION_BYTES, readPosition, writePosition } from './keys.ts'
import { SEGMENT_EVENTS } from './postings.ts'
import type { Position } from './store.ts'

const HEAD_BYTES = POSITION_BYTES + 4 + 2
const SUMMARY_BYTES = 2 * POSITION_BYTES + 4 + 4 + 2

/** What is kept of each segment in memory. */
export interface Segment {
  readonly number: number
  readonly first: Position
  readonly last: Position
  readonly oldest: number
  readonly newest: number
  /** Events that are still there. */
  readonly live: number
}

export interface SegmentHead {
  readonly position: Position
  readonly createdAt: number
  readonly kind: number
}

/** In the place of an event that is gone. */
export const GONE: SegmentHead = { position: 0, createdAt: 0, kind: 0 }

export function encodeSegment({ first, last, oldest, newest, live }: Segment): Buffer {
  const bytes = Buffer.allocUnsafe(SUMMARY_BYTES)
  let at = writePosition(bytes, writePosition(bytes, 0, first), last)
  at = bytes.writeUInt32BE(newest, bytes.writeUInt32BE(oldest, at))
  bytes.writeUInt16BE(live, at)
  return bytes
}

export function decodeSegment(number: number, bytes: Buffer): Segment {
  return {
    number,
    first: readPosition(bytes, 0),
    last: readPosition(bytes, POSITION_BYTES),
    oldest: bytes.readUInt32BE(2 * POSITION_BYTES),
    newest: bytes.readUInt32BE(2 * POSITION_BYTES + 4),
    live: bytes.readUInt16BE(2 * POSITION_BYTES + 8),
  }
}

export function encodeHeads(heads: readonly SegmentHead[]): Buffer {
  const bytes = Buffer.allocUnsafe(heads.length * HEAD_BYTES)
  heads.forEach(({ position, createdAt, kind }, place) => {
    const at = writePosition(bytes, place * HEAD_BYTES, position)
    bytes.writeUInt16BE(kind, bytes.writeUInt32BE(createdAt, at))
  })
  return bytes
}

/** Position 0: the event is gone. */
export function headAt(heads: Buffer, place: number): SegmentHead {
  const at = place * HEAD_BYTES
  return {
    position: readPosition(heads, at),
    createdAt: heads.readUInt32BE(at + POSITION_BYTES),
    kind: heads.readUInt16BE(at + POSITION_BYTES + 4),
  }
}

/** The events of a segment without those at these places. */
export function withoutHeads(heads: Buffer, places: ReadonlySet<number>): Buffer {
  const left = Buffer.from(heads)
  for (const place of places) left.fill(0, place * HEAD_BYTES, (place + 1) * HEAD_BYTES)
  return left
}

/** The place of an event in its segment; -1 if it is not there. */
export function placeOf(heads: Buffer, position: Position): number {
  for (let place = 0; place * HEAD_BYTES < heads.length; place++) {
    if (readPosition(heads, place * HEAD_BYTES) === position) return place
  }
  return -1
}

/** The events of a segment that are still there, in receive order. */
export function headsOf(heads: Buffer | undefined): SegmentHead[] {
  const count = (heads?.length ?? 0) / HEAD_BYTES
  return Array.from({ length: count }, (_, place) => headAt(heads!, place)).filter(({ position }) => position > 0)
}

/** Fewer are not worth the work. */
const LEAST_RUN = 4

/** Neighbours whose events that are left fit into one segment; undefined if there are none. */
export function thinRun(segments: readonly Segment[]): readonly Segment[] | undefined {
  let from = 0
  let live = 0
  for (let to = 0; to < segments.length; to++) {
    live += segments[to]!.live
    if (live <= SEGMENT_EVENTS) continue
    if (to - from >= LEAST_RUN) return segments.slice(from, to)
    while (live > SEGMENT_EVENTS) live -= segments[from++]!.live
  }
  return segments.length - from >= LEAST_RUN ? segments.slice(from) : undefined
}
