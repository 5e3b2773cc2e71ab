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
import { createRests, type Slices } from './pace.ts'
import { placeOfWord, SEGMENT_EVENTS, WORD_KEYS, WordList, withoutPlaces } from './postings.ts'
import { createdAtOf, kindOf, textOf } from './record.ts'
import { segmentHeadsKey, segmentKey, segmentOf, wordsKey } from './search-keys.ts'
import {
  decodeSegment,
  encodeHeads,
  encodeSegment,
  GONE,
  headsOf,
  placeOf,
  type Segment,
  type SegmentHead,
  thinRun,
  withoutHeads,
} from './segments.ts'
import type { Position, StoredEvent } from './store.ts'
import type { Writer } from './writer.ts'

export interface SearchIndex {
  /** Events up to this position are in segments; later ones are not. */
  indexedUpTo(): Position
  /** Somebody asks for something else than words: they come first. */
  giveWay(): void
  /** In receive order. */
  segments(): readonly Segment[]
  /** Takes the words of the events that go with this batch out, in the same batch. */
  remove(draft: Draft): Promise<void>
  /** After a batch was written. */
  apply(changes: readonly Change[]): void
  /** Reads anew what is on the disk. */
  load(): Promise<void>
  /** No more segments after the one that is being made. */
  close(): Promise<void>
}

/** Events of any kind after which a smaller segment is made, so that few have to be searched without one. */
const MAX_UNINDEXED = 2_048
/** So many times what a segment took it rests while events or questions come in: they come first, and this when it is quieter. */
const BUSY_REST = 5
const PAGE = 64
const PAGE_BYTES = 64 * 1024
/** A start and its first questions come before what is left over from the last run. */
const START_DELAY_MS = 2_000
/** Whoever has brought so many events is likely to bring more, and waits for them to be stored. */
const QUIET_MS = 200
/** So many events and questions in that time are a flood, which comes first; but not for longer than this. */
const FLOOD = 200
const MAX_FLOOD_MS = 3_000
/** So many events at the start are worth a line in the log. */
const MANY = 10_000
const UP_TO_DATE = 'the search index is up to date'

/** The next events for a segment, at most as many as it takes, in receive order. */
interface Gathered {
  readonly heads: readonly SegmentHead[]
  /** Of the last event that was looked at, searchable or not. */
  readonly end: Position
  readonly seen: number
}

export function createSearchIndex(
  db: Database,
  writer: Pick<Writer, 'run' | 'state'>,
  slices: Slices,
  log: Logger,
): SearchIndex {
  let segments: Segment[] = []
  let lastNumber = 0
  let upTo: Position = 0
  /** Events after `upTo` that wait, searchable ones and all. */
  let waiting = 0
  let unindexed = 0
  /** Events and questions that came since the start. */
  let came = 0
  let running: Promise<void> | undefined
  let isClosed = false
  const rests = createRests()
  /** Of what was gathered. */
  const words = new WordList()

  function isDue(): boolean {
    return waiting >= SEGMENT_EVENTS || unindexed >= MAX_UNINDEXED
  }

  /** What waits, its words in `words`. */
  async function gather(): Promise<Gathered> {
    const heads: SegmentHead[] = []
    let end = upTo
    let seen = 0
    words.clear()
    const reader = db.iterator({ ...positionRange(TABLE.event, upTo), highWaterMarkBytes: PAGE_BYTES })
    try {
      for (let page = await reader.nextv(PAGE); page.length > 0; page = await reader.nextv(PAGE)) {
        for (const [key, record] of page) {
          if (heads.length === SEGMENT_EVENTS || seen === MAX_UNINDEXED) return { heads, end, seen }
          end = readPosition(key, 1)
          seen++
          if (!isSearchable(kindOf(record))) continue
          const place = heads.push({ position: end, createdAt: createdAtOf(record), kind: kindOf(record) }) - 1
          for (const word of wordsOf(textOf(record))) words.add(placeOfWord(word), place)
          if (slices.isOver()) await slices.rest()
        }
      }
      return { heads, end, seen }
    } finally {
      await reader.close()
    }
  }

  /** What is left of these segments, its words in `words`. */
  async function gatherLeft(run: readonly Segment[]): Promise<SegmentHead[]> {
    const left: SegmentHead[] = []
    words.clear()
    for (const { number } of run) {
      for (const head of headsOf(db.getSync(segmentHeadsKey(number)))) {
        const record = db.getSync(eventKey(head.position))
        if (record === undefined || left.length === SEGMENT_EVENTS) continue
        const place = left.push(head) - 1
        for (const word of wordsOf(textOf(record))) words.add(placeOfWord(word), place)
        if (slices.isOver()) await slices.rest()
      }
    }
    return left
  }

  async function writeSegment(draft: Draft, { heads, end }: Gathered): Promise<void> {
    draft.put(metaKey('search'), positionBytes(end))
    const segment = await putSegment(draft, heads)
    upTo = end
    if (segment !== undefined) segments = [...segments, segment]
  }

  async function putSegment(draft: Draft, heads: readonly SegmentHead[]): Promise<Segment | undefined> {
    // What was deleted since it was gathered stays out.
    const gone = new Set<number>()
    for (const [place, { position }] of heads.entries()) {
      if (draft.get(eventKey(position)) === undefined) gone.add(place)
      if (slices.isOver()) await slices.rest()
    }
    const left = heads.filter((_, place) => !gone.has(place))
    const [first] = left
    if (first === undefined) return undefined
    const number = ++lastNumber
    for (const [slot, postings] of words.encode(gone)) {
      draft.put(wordsKey(slot, number), postings)
      if (slices.isOver()) await slices.rest()
    }
    const times = left.map(({ createdAt }) => createdAt)
    const segment: Segment = {
      number,
      first: first.position,
      last: left.at(-1)!.position,
      oldest: Math.min(...times),
      newest: Math.max(...times),
      live: left.length,
    }
    draft.put(segmentHeadsKey(number), encodeHeads(heads.map((head, place) => (gone.has(place) ? GONE : head))))
    draft.put(segmentKey(number), encodeSegment(segment))
    return segment
  }

  /** In place of these segments, which are neighbours, one with what is left of them. */
  async function join(draft: Draft, run: readonly Segment[], heads: readonly SegmentHead[]): Promise<void> {
    const numbers = new Set(run.map(({ number }) => number))
    for (const number of numbers) dropSegment(draft, number)
    const joined = await putSegment(draft, heads)
    const others = segments.filter(({ number }) => !numbers.has(number))
    segments = joined === undefined ? others : [...others, joined].sort((a, b) => a.first - b.first)
  }

  /** A segment lives as long as one of its events does; without this, thousands with a few events each would gather. */
  async function joinThin(): Promise<void> {
    for (let run = thinRun(segments); run !== undefined && !isClosed; run = thinRun(segments)) {
      const startMs = performance.now()
      const gathered = run
      const heads = await gatherLeft(gathered)
      await writer.run({ durable: false, build: draft => join(draft, gathered, heads) })
      await rests.rest((performance.now() - startMs) * BUSY_REST)
    }
  }

  async function calm(): Promise<void> {
    const endMs = performance.now() + MAX_FLOOD_MS
    for (let before = came; !isClosed && performance.now() < endMs; before = came) {
      await rests.rest(QUIET_MS)
      if (came - before < FLOOD) return
    }
  }

  async function work(delayMs: number): Promise<void> {
    let done = 0
    let reported = 0
    await rests.rest(delayMs)
    await calm()
    while (!isClosed) {
      const startMs = performance.now()
      const cameBefore = came
      const gathered = await gather()
      const { heads, seen } = gathered
      if (heads.length < SEGMENT_EVENTS && seen < MAX_UNINDEXED) {
        waiting = heads.length
        unindexed = seen
        break
      }
      await writer.run({ durable: false, build: draft => writeSegment(draft, gathered) })
      done += seen
      if (done - reported >= MANY) {
        reported = done
        log('info', 'the search index is being made', { events: done, of: writer.state().events })
      }
      // Half of the time belongs to the others, however much there is to do; and more while they are busy.
      await rests.rest((performance.now() - startMs) * (came > cameBefore ? BUSY_REST : 1))
    }
    if (!isClosed) log(reported > 0 ? 'info' : 'debug', UP_TO_DATE)
    await joinThin()
  }

  function kick(delayMs: number): Promise<void> {
    running ??= work(delayMs)
      .catch(error => log('warn', 'the search index could not be written', { error: messageOf(error) }))
      .finally(() => {
        running = undefined
      })
    return running
  }

  /** Takes these events of one segment out of it, all at once: its words are read once, however many there are. */
  async function takeOut(draft: Draft, segment: Segment, events: readonly StoredEvent[]): Promise<void> {
    const { number } = segment
    const heads = draft.get(segmentHeadsKey(number))
    if (heads === undefined) return
    const places = new Set(events.map(({ position }) => placeOf(heads, position)))
    places.delete(-1)
    const live = segment.live - places.size
    if (live === 0) {
      dropSegment(draft, number)
      segments = segments.filter(other => other !== segment)
      return
    }
    const slots = new Set<number>()
    for (const { event } of events) {
      if (slots.size === WORD_KEYS) break
      for (const word of wordsOf(event)) slots.add(placeOfWord(word).slot)
      if (slices.isOver()) await slices.rest()
    }
    for (const slot of slots) {
      const key = wordsKey(slot, number)
      const postings = draft.get(key)
      const left = postings && withoutPlaces(postings, places)
      if (left?.length === 0) draft.delete(key)
      else if (left !== undefined) draft.put(key, left)
      if (slices.isOver()) await slices.rest()
    }
    draft.put(segmentHeadsKey(number), withoutHeads(heads, places))
    const next = { ...segment, live }
    draft.put(segmentKey(number), encodeSegment(next))
    segments = segments.map(other => (other === segment ? next : other))
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
    giveWay: () => void came++,
    segments: () => segments,
    async remove(draft) {
      const gone = new Map<Segment, StoredEvent[]>()
      for (const { isRemoved, stored } of draft.changes) {
        if (!isRemoved || stored.position > upTo || !isSearchable(stored.event.kind)) continue
        const segment = segments[indexOf(stored.position)]
        if (segment === undefined) continue
        const others = gone.get(segment)
        if (others === undefined) gone.set(segment, [stored])
        else others.push(stored)
      }
      for (const [segment, events] of gone) await takeOut(draft, segment, events)
    },
    apply(changes) {
      for (const { isRemoved, stored } of changes) {
        if (isRemoved) continue
        unindexed++
        came++
        if (isSearchable(stored.event.kind)) waiting++
      }
      if (isDue() && !isClosed) void kick(0)
    },
    async load() {
      const stored = db.getSync(metaKey('search'))
      const rows = await db.iterator(tableRange(TABLE.segment)).all()
      segments = rows.map(([key, value]) => decodeSegment(segmentOf(key), value)).sort((a, b) => a.first - b.first)
      lastNumber = segments.reduce((last, { number }) => Math.max(last, number), lastNumber)
      upTo = stored === undefined ? 0 : readPosition(stored, 0)
      unindexed = 0
      waiting = 0
      // How much it is, the work itself finds out.
      if (writer.state().lastPosition > upTo) void kick(START_DELAY_MS)
      else log('debug', UP_TO_DATE)
    },
    async close() {
      isClosed = true
      rests.end()
      await running
    },
  }
}

function dropSegment(draft: Draft, number: number): void {
  for (let slot = 0; slot < WORD_KEYS; slot++) draft.delete(wordsKey(slot, number))
  draft.delete(segmentHeadsKey(number))
  draft.delete(segmentKey(number))
}
