/** The events: put, read one, read in receive order, ask by filter. */
import { isExpired, type VerifiedEvent } from '../event/event.ts'
import { KIND } from '../event/kinds.ts'
import { addressOf } from '../event/order.ts'
import type { Database } from './database.ts'
import type { Draft, Lookup } from './draft.ts'
import { entriesOf, sizeOf } from './indexes.ts'
import { carryOutDeletion, deletesAnything, findById, follow, insertEvent, readEvent, removeEvent } from './insert.ts'
import { addressKey, expiredRange, idKey, POSITION_BYTES, positionRange, readPosition, TABLE } from './keys.ts'
import { isGuests } from './mark.ts'
import type { Slices } from './pace.ts'
import type { Questions } from './reading.ts'
import { decodeRecord, markOf } from './record.ts'
import { wireOf } from './record-wire.ts'
import type { Records } from './records.ts'
import type { Rank, Retention } from './retention.ts'
import type { Runs } from './runs.ts'
import {
  type EventStore,
  POSITIONS_PER_MS,
  type Position,
  type PutOptions,
  type StoredEvent,
  type StoreOptions,
} from './store.ts'
import { forgetTombstones, isDeleted, markAddressDeleted, TOMBSTONE_RANK, type TombstoneRank } from './tombstones.ts'
import type { Vanishing } from './vanished.ts'
import type { Preparation, Writer } from './writer.ts'

/** No event takes more with all its indexes (event/limits.ts): with this much room nothing has to be measured. */
const LARGEST_EVENT_BYTES = 1024 * 1024
/** Read with one call when events are read in receive order. */
const PAGE = 256
const PAGE_BYTES = 128 * 1024
/**
 * Where the clock was set back, positions go on behind the last one. A directory that was put back to an older state has
 * forgotten some, and clients have heard of them: as many events as nobody loses in such a moment are left out.
 */
const GAP = 2 ** 20
/** Expired events removed in one batch. */
const SWEEP = 200

export interface EventParts {
  readonly db: Database
  readonly writer: Writer
  readonly retention: Retention
  readonly options: StoreOptions
  readonly epoch: string
  readonly runs: Runs
  readonly maxTombstones: number
  readonly questions: Questions
  readonly records: Records
  readonly vanishing: Vanishing
  readonly slices: Slices
}

export function createEvents({
  db,
  writer,
  retention,
  options,
  epoch,
  runs,
  maxTombstones,
  questions,
  records,
  vanishing,
  slices,
}: EventParts): EventStore {
  const { nowMs } = options
  const committed: Lookup = { get: key => db.getSync(key) }
  const nowSeconds = (): number => Math.floor(nowMs() / 1000)

  /** Evicts, and forgets tombstones, before an event for which there is no room. */
  function roomFor(event: VerifiedEvent, { mark, unlessEvicted }: PutOptions): Preparation {
    const isGuest = isGuests(mark)
    const rank = (): Rank => retention.rankOf(event, mark)
    const bytesOf = (): number => sizeOf(entriesOf({ event, position: 0, mark }))
    return {
      isNeeded(draft) {
        if (event.kind === KIND.deletion && draft.state.tombstones > maxTombstones) return true
        if (retention.hasRoom(draft.state, { events: 1, bytes: LARGEST_EVENT_BYTES }, isGuest)) return false
        if (retention.hasRoom(draft.state, { events: 1, bytes: bytesOf() }, isGuest)) return false
        if (unlessEvicted && isStale(draft, event, rank())) return false
        return draft.get(idKey(event.id)) === undefined && retention.mayHelp(rank())
      },
      async run(commit) {
        await commit(draft => forgetTombstones(db, draft, maxTombstones))
        const bytes = bytesOf()
        if (retention.hasRoom(writer.state(), { events: 1, bytes }, isGuest)) return
        await retention.makeRoom(rank(), bytes, commit)
      },
    }
  }

  /** May be what was evicted, and nothing here hangs on it. */
  function isStale(draft: Draft, event: VerifiedEvent, rank: Rank): boolean {
    if (!retention.mayBeEvicted(draft.state, event, rank)) return false
    return event.kind !== KIND.deletion || !deletesAnything(draft, event)
  }

  /** What it replaced must not come back in its place; it may itself, if only this clock was wrong. */
  function noteExpired(draft: Draft, { event, position, mark }: StoredEvent): void {
    const address = addressOf(event)
    if (address === undefined || event.created_at === 0) return
    const rank = tombstoneRank(retention.rankOf(event, mark))
    markAddressDeleted(draft, address, event.created_at - 1, { rank, position, number: 0 })
  }

  const clockPosition = (): Position => Math.floor(nowMs()) * POSITIONS_PER_MS

  const openedAt = writer.state().lastPosition
  const firstPosition = openedAt > clockPosition() ? openedAt + GAP : 0

  function nextPosition(last: Position): Position {
    return Math.max(last + 1, firstPosition, clockPosition())
  }

  /** Pages of stored events in the order of the range, until `take` has enough. */
  async function walk(from: Position, reverse: boolean, take: (found: StoredEvent, bytes: number) => boolean) {
    const reader = db.iterator({ ...positionRange(TABLE.event, from), reverse, highWaterMarkBytes: PAGE_BYTES })
    try {
      for (;;) {
        const page = await reader.nextv(PAGE)
        if (page.length === 0) return
        for (const [key, record] of page) {
          const event = decodeRecord(record)
          const mark = markOf(record)
          // Nobody follows guests: their events are for who asks for them.
          if (isExpired(event, nowSeconds()) || isGuests(mark)) continue
          if (!take({ event, position: readPosition(key, 1), mark }, record.length)) return
        }
      }
    } finally {
      await reader.close()
    }
  }

  async function collect(from: Position, reverse: boolean, limit: number, maxBytes: number): Promise<StoredEvent[]> {
    const found: StoredEvent[] = []
    let bytes = 0
    if (limit <= 0) return found
    await walk(from, reverse, (stored, recordBytes) => {
      bytes += recordBytes
      return found.push(stored) < limit && bytes < maxBytes
    })
    return found
  }

  return {
    epoch,
    run: runs.current,
    resume: (run, position) => runs.resume(run, position, writer.state().lastPosition),
    async put(event, putOptions) {
      const { durable, pending, mark, vanish, unlessEvicted } = putOptions
      const outcome = await writer.run({
        durable,
        preparation: roomFor(event, putOptions),
        build(draft) {
          const rank = retention.rankOf(event, mark)
          const last = draft.state.lastPosition
          const inserted = insertEvent(draft, {
            event,
            position: nextPosition(last),
            pending,
            mark,
            vanish,
            nowMs: nowMs(),
            rank: tombstoneRank(rank),
            refusalOf(growth, isGuest, guestEvents) {
              if (rank === 'own') return undefined
              if (unlessEvicted && growth.events > 0 && isStale(draft, event, rank)) return 'full'
              if (isGuest && growth.events > 0 && !retention.isWithinQuota(guestEvents())) return 'quota'
              return retention.hasRoom(draft.state, growth, isGuest) ? undefined : 'full'
            },
          })
          if (inserted.result !== 'stored') return inserted
          runs.note(draft, last)
          retention.noteStored(rank)
          if (event.kind !== KIND.deletion) return inserted
          const { position } = inserted
          return carryOutDeletion(draft, event, { position, rank: tombstoneRank(rank) }, slices).then(() => inserted)
        },
      })
      if (vanish === true && outcome.result === 'stored') await vanishing.run()
      return outcome
    },
    has: id => committed.get(idKey(id)) !== undefined,
    async lacking(ids) {
      const places = await db.getMany(ids.map(idKey), {})
      return new Set(ids.filter((_, i) => places[i] === undefined))
    },
    get: id => findById(committed, id)?.event,
    encoded(id) {
      const found = records.byId(id)
      if (found === undefined || found.isExpired(nowSeconds())) return undefined
      return wireOf(found.bytes.subarray(found.start, found.end))
    },
    find: id => findById(committed, id),
    isGuests: id => isGuests(findById(committed, id)?.mark),
    isDeleted: event => isDeleted(committed, event),
    newest: (pubkey, kind, d = '') => follow(committed, addressKey({ kind, pubkey, d })),
    query: async (filter, limit, view) => (await questions.query(filter, limit, view)).map(({ event }) => event),
    read: questions.read,
    count: (filters, countOptions, signal) => questions.count(filters, countOptions?.view, signal),
    setOf: (filter, max, setOptions, signal) => questions.setOf(filter, max, setOptions?.view, signal),
    after: (position, limit, maxBytes) => collect(position, false, limit, maxBytes),
    latest: async (limit, position = 0, maxBytes = Number.POSITIVE_INFINITY) =>
      (await collect(position, true, limit, maxBytes)).reverse(),
    lastPosition: () => writer.state().lastPosition,
    usage() {
      const { events, bytes, guestEvents, guestBytes } = writer.state()
      const guests = {
        events: guestEvents,
        bytes: guestBytes,
        maxEvents: options.guests?.maxEvents ?? 0,
        maxBytes: options.guests?.maxBytes ?? 0,
      }
      return { events, bytes, maxEvents: options.maxEvents, maxBytes: options.maxBytes, guests }
    },
    evictedUntil: whose => retention.evictedUntil(writer.state(), whose),
    async sweepExpired(untilSeconds) {
      let swept = 0
      for (;;) {
        const keys = await db.keys({ ...expiredRange(Math.floor(untilSeconds)), limit: SWEEP }).all()
        if (keys.length === 0) return swept
        swept += await writer.run({
          durable: false,
          preparation: {
            isNeeded: draft => draft.state.tombstones > maxTombstones,
            run: commit => commit(draft => forgetTombstones(db, draft, maxTombstones)),
          },
          async build(draft) {
            let count = 0
            for (const key of keys) {
              if (slices.isOver()) await slices.rest()
              const position = readPosition(key, key.length - POSITION_BYTES)
              const stored = readEvent(draft, position)
              draft.delete(key)
              if (stored === undefined) continue
              removeEvent(draft, stored)
              noteExpired(draft, stored)
              count++
            }
            return count
          },
        })
      }
    },
  }
}

function tombstoneRank(rank: Rank): TombstoneRank {
  if (rank === 'own') return TOMBSTONE_RANK.owner
  if (rank === 'guest') return TOMBSTONE_RANK.guest
  return rank === 'followed' || rank === 'letter' ? TOMBSTONE_RANK.followed : TOMBSTONE_RANK.stranger
}
