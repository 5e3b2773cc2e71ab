/**
 * The search index (specification/search.md): segments are made in the background, when enough events have come; what
 * came since is searched without it. So an event costs nothing before it is acknowledged, and a store that has no index
 * yet gets one the same way.
 */
import { isSearchable, wordsOf } from '../event/search.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import type { Database } from './database.ts'
import type { Draft } from './draft.ts'
import { eventKey, metaKey, positionBytes, positionRange, readPosition, TABLE, tableRange } from './keys.ts'
import type { Change } from './mirror.ts'
import { createSlices } from './pace.ts'
import { createdAtOf, decodeRecord, kindOf } from './record.ts'
import { segmentHeadsKey, segmentKey, segmentOf, wordKey } from './search-keys.ts'
import {
  decodeSegment,
  encodeHeads,
  encodeSegment,
  placeOf,
  SEGMENT_EVENTS,
  type Segment,
  type SegmentHead,
  withoutHead,
} from './segments.ts'
import type { Position, StoredEvent } from './store.ts'
import type { Writer } from './writer.ts'

export interface SearchIndex {
  /** Events up to this position are in segments; later ones are not. */
  indexedUpTo(): Position
  /** In receive order. */
  segments(): readonly Segment[]
  /** Takes an event's words out, in the batch in which the event goes. */
  remove(draft: Draft, stored: StoredEvent): void
  /** After a batch was written. */
  apply(changes: readonly Change[]): void
  /** Reads anew what is on the disk. */
  load(): Promise<void>
  /** Makes segments of what waits; resolves when less than a segment is left. */
  catchUp(): Promise<void>
  /** No more segments after the one that is being made. */
  close(): Promise<void>
}

/** Events of any kind after which a smaller segment is made, so that few have to be searched without one. */
const MAX_UNINDEXED = 2_048
const PAGE = 256
const PAGE_BYTES = 256 * 1024
/** So many events at the start are worth a line in the log. */
const MANY = 10_000

interface Entry extends SegmentHead {
  readonly words: readonly string[]
}

export function createSearchIndex(db: Database, writer: Pick<Writer, 'run' | 'state'>, log: Logger): SearchIndex {
  let segments: Segment[] = []
  let upTo: Position = 0
  /** Events after `upTo` that wait, searchable ones and all. */
  let waiting = 0
  let unindexed = 0
  let running: Promise<void> | undefined
  let isClosed = false

  function isDue(): boolean {
    return waiting >= SEGMENT_EVENTS || unindexed >= MAX_UNINDEXED
  }

  /** The next events that wait: at most a segment's, in receive order, and where they end. */
  async function gather(): Promise<{ entries: Entry[]; end: Position; seen: number }> {
    const slices = createSlices()
    const entries: Entry[] = []
    let end = upTo
    let seen = 0
    const reader = db.iterator({ ...positionRange(TABLE.event, upTo), highWaterMarkBytes: PAGE_BYTES })
    try {
      for (let page = await reader.nextv(PAGE); page.length > 0; page = await reader.nextv(PAGE)) {
        for (const [key, record] of page) {
          if (entries.length === SEGMENT_EVENTS || seen === MAX_UNINDEXED) return { entries, end, seen }
          end = readPosition(key, 1)
          seen++
          if (!isSearchable(kindOf(record))) continue
          const words = [...wordsOf(decodeRecord(record))]
          entries.push({ position: end, createdAt: createdAtOf(record), kind: kindOf(record), words })
          if (slices.isOver()) await slices.rest()
        }
      }
      return { entries, end, seen }
    } finally {
      await reader.close()
    }
  }

  function writeSegment(draft: Draft, all: readonly Entry[], end: Position): void {
    // What was deleted since it was gathered stays out.
    const entries = all.filter(({ position }) => draft.get(eventKey(position)) !== undefined)
    draft.put(metaKey('search'), positionBytes(end))
    upTo = end
    const [first] = entries
    if (first === undefined) return
    const number = (segments.at(-1)?.number ?? 0) + 1
    const places = new Map<string, number[]>()
    entries.forEach(({ words }, place) => {
      for (const word of words) {
        const known = places.get(word)
        if (known === undefined) places.set(word, [place])
        else known.push(place)
      }
    })
    for (const [word, list] of places) draft.put(wordKey(word, number), Buffer.from(list))
    const times = entries.map(({ createdAt }) => createdAt)
    const segment: Segment = {
      number,
      first: first.position,
      last: entries.at(-1)!.position,
      oldest: Math.min(...times),
      newest: Math.max(...times),
      live: entries.length,
    }
    draft.put(segmentHeadsKey(number), encodeHeads(entries))
    draft.put(segmentKey(number), encodeSegment(segment))
    segments = [...segments, segment]
  }

  async function work(): Promise<void> {
    let done = 0
    let reported = 0
    while (!isClosed) {
      const { entries, end, seen } = await gather()
      if (entries.length < SEGMENT_EVENTS && seen < MAX_UNINDEXED) {
        waiting = entries.length
        unindexed = seen
        break
      }
      await writer.run({ durable: false, build: draft => writeSegment(draft, entries, end) })
      done += seen
      if (done - reported < MANY) continue
      reported = done
      log('info', 'the search index is being made', { events: done, of: writer.state().events })
    }
    if (reported > 0 && !isClosed) log('info', 'the search index is complete', { events: done })
  }

  function kick(): Promise<void> {
    running ??= work()
      .catch(error => log('warn', 'the search index could not be written', { error: messageOf(error) }))
      .finally(() => {
        running = undefined
      })
    return running
  }

  /** The segment that has this position; a binary search. */
  function indexOf(position: Position): number {
    let from = 0
    let to = segments.length
    while (from < to) {
      const middle = (from + to) >> 1
      if (segments[middle]!.last < position) from = middle + 1
      else to = middle
    }
    return segments[from] !== undefined && segments[from]!.first <= position ? from : -1
  }

  return {
    indexedUpTo: () => upTo,
    segments: () => segments,
    remove(draft, { event, position }) {
      if (position > upTo || !isSearchable(event.kind)) return
      const index = indexOf(position)
      const segment = segments[index]
      const heads = segment && draft.get(segmentHeadsKey(segment.number))
      const place = heads === undefined ? -1 : placeOf(heads, position)
      if (segment === undefined || heads === undefined || place === -1) return
      for (const word of wordsOf(event)) takeOut(draft, wordKey(word, segment.number), place)
      const live = segment.live - 1
      if (live === 0) {
        draft.delete(segmentHeadsKey(segment.number))
        draft.delete(segmentKey(segment.number))
        segments = segments.toSpliced(index, 1)
        return
      }
      draft.put(segmentHeadsKey(segment.number), withoutHead(heads, place))
      const next = { ...segment, live }
      draft.put(segmentKey(segment.number), encodeSegment(next))
      segments = segments.with(index, next)
    },
    apply(changes) {
      for (const { isRemoved, stored } of changes) {
        if (isRemoved) continue
        unindexed++
        if (isSearchable(stored.event.kind)) waiting++
      }
      if (isDue() && !isClosed) void kick()
    },
    async load() {
      const stored = db.getSync(metaKey('search'))
      const rows = await db.iterator(tableRange(TABLE.segment)).all()
      segments = rows.map(([key, value]) => decodeSegment(segmentOf(key), value))
      upTo = stored === undefined ? 0 : readPosition(stored, 0)
      const later = { ...positionRange(TABLE.event, upTo), limit: MAX_UNINDEXED }
      unindexed = (await db.keys(later).all()).length
      waiting = 0
      if (isDue()) void kick()
    },
    async catchUp() {
      await kick()
    },
    async close() {
      isClosed = true
      await running
    },
  }
}

function takeOut(draft: Draft, key: Buffer, place: number): void {
  const places = draft.get(key)
  const left = places?.filter(one => one !== place)
  if (left === undefined || left.length === 0) draft.delete(key)
  else draft.put(key, Buffer.from(left))
}
