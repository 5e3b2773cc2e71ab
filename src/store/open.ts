/** Opens a store: over any database, or over LevelDB in a directory. */
import { silent } from '../observe/log.ts'
import { knowingAbsence } from './absence.ts'
import { createCompletenessBook } from './complete.ts'
import type { Database } from './database.ts'
import { createEvents } from './events.ts'
import { createGoneBook } from './gone.ts'
import { createHeads } from './heads.ts'
import { createIds } from './id-columns.ts'
import { TABLE, type Table, tableRange } from './keys.ts'
import { openLevel, reopenLevel, settleLevel } from './level.ts'
import { prepareSchema } from './migrations.ts'
import { createOutbox, MAX_SETTLED } from './outbox.ts'
import { createBoundOwnerBook, createOwnCursors } from './owners.ts'
import { createSlices } from './pace.ts'
import { createPeers, MAX_KNOWN_PEERS } from './peers.ts'
import { createQuestions } from './reading.ts'
import { needsRebuild, rebuild } from './rebuild.ts'
import type { RecordCacheBounds } from './record-cache.ts'
import { createRecords } from './records.ts'
import { createRelayLists } from './relay-lists.ts'
import { createRetention } from './retention.ts'
import { createRuns } from './runs.ts'
import { createSearchIndex, type SearchIndex } from './search-index.ts'
import type { Store, StoreOptions } from './store.ts'
import { createTagLists } from './tag-lists.ts'
import { MAX_TOMBSTONES } from './tombstones.ts'
import { createVanishing, MAX_VANISHED } from './vanished.ts'
import { createWriter, type Memory } from './writer.ts'

/** Events that came or were asked for lately: some 100,000. A segment is let go of in under a millisecond. */
const RECORD_CACHE = { segments: 128, segmentBytes: 256 * 1024 }
/** Of what a small store may hold at most, no more than this share is in memory, but for a few segments. */
const MAX_CACHED_SHARE = 1 / 8
const MIN_SEGMENTS = 4

export interface OpenParts {
  /** Brings the database back after a failed write; throws while the disk is full. */
  readonly reopen?: () => Promise<void>
  /** Before the database is closed. */
  readonly settle?: () => Promise<void>
  readonly maxTombstones?: number | undefined
  readonly maxKnownPeers?: number | undefined
  readonly maxVanished?: number
  readonly recordCache?: RecordCacheBounds
}

function recordCacheOf({ maxBytes }: StoreOptions): RecordCacheBounds {
  const { segments, segmentBytes } = RECORD_CACHE
  const share = Math.floor((maxBytes * MAX_CACHED_SHARE) / segmentBytes)
  return { segments: Math.min(segments, Math.max(MIN_SEGMENTS, share)), segmentBytes }
}

/**
 * @param database keys and values must be buffers (`keyEncoding` and `valueEncoding` 'buffer'); the store closes it
 * @throws StoreUnusable `newer`
 */
export async function openStore(database: Database, given: StoreOptions, parts: OpenParts = {}): Promise<Store> {
  const options = { ...given }
  await database.open()
  const epoch = await prepareSchema(database)
  if (needsRebuild(database)) await rebuild(database, options.nowMs())
  const db = await knowingAbsence(database)
  const slices = createSlices()
  const heads = createHeads(db, slices)
  const ids = createIds(db, slices)
  const runs = createRuns(db)
  const records = createRecords(db, parts.recordCache ?? recordCacheOf(options))
  const tags = createTagLists(db)
  const memory: Memory = {
    apply(changes) {
      heads.apply(changes)
      ids.apply(changes)
      index.apply(changes)
      records.apply(changes)
      tags.apply(changes)
    },
    forget() {
      heads.forget()
      ids.forget()
      records.clear()
      tags.clear()
      runs.forget()
    },
    reload: () => index.load(),
    beforeWriting: draft => index.remove(draft),
  }
  const writer = createWriter(db, slices, parts.reopen ?? (async () => {}), memory)
  const index: SearchIndex = createSearchIndex(db, writer, slices, options.log ?? silent)
  await index.load()
  const retention = createRetention(db, options, slices)
  const questions = createQuestions({
    db,
    heads,
    ids,
    records,
    tags,
    index,
    slices,
    nowSeconds: () => Math.floor(options.nowMs() / 1000),
    lastPosition: () => writer.state().lastPosition,
    settled: () => writer.settled(),
  })
  const vanishing = createVanishing(db, writer, options.worth, slices, parts.maxVanished)
  await vanishing.run()
  const maxTombstones = parts.maxTombstones ?? MAX_TOMBSTONES
  const maxKnownPeers = parts.maxKnownPeers ?? MAX_KNOWN_PEERS
  const events = createEvents({
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
  })
  return {
    events,
    outbox: createOutbox({ db, writer, nowMs: options.nowMs }),
    peers: createPeers({ db, writer, max: maxKnownPeers }),
    boundOwners: createBoundOwnerBook({ db, writer }),
    ownCursors: createOwnCursors({ db, writer }),
    completeness: createCompletenessBook({ db, writer }),
    gone: createGoneBook({ db, writer, slices, epoch, maxTombstones, vanishing }),
    relayLists: createRelayLists({ db, writer }),
    resize: bounds => void Object.assign(options, bounds),
    async fill() {
      const { tombstones, settled } = writer.state()
      const { events: used, bytes, maxEvents, maxBytes, guests } = events.usage()
      return {
        events: { used, max: maxEvents },
        bytes: { used: bytes, max: maxBytes },
        guestEvents: { used: guests.events, max: guests.maxEvents },
        guestBytes: { used: guests.bytes, max: guests.maxBytes },
        tombstones: { used: tombstones, max: maxTombstones },
        vanished: { used: await countRows(database, TABLE.vanished), max: parts.maxVanished ?? MAX_VANISHED },
        settledDeliveries: { used: settled, max: MAX_SETTLED },
        knownPeers: { used: await countRows(database, TABLE.peer), max: maxKnownPeers },
      }
    },
    forgetUnused: () => records.forgetUnused() + tags.forgetUnused(),
    async close() {
      await index.close()
      await writer.close()
      await parts.settle?.()
      await db.close()
    },
  }
}

/** Of a table that has no counter in `state`: some thousand rows at most. */
async function countRows(db: Database, table: Table): Promise<number> {
  return (await db.keys({ ...tableRange(table), highWaterMarkBytes: 1024 * 1024 }).all()).length
}

/** Where they are not the usual ones. */
export interface DiskBounds extends Pick<OpenParts, 'maxTombstones' | 'maxKnownPeers'> {
  /** What LevelDB's log holds before it becomes a table. */
  readonly writeBufferBytes?: number | undefined
}

/**
 * The store in this directory, which is made if it is missing. A damaged database is repaired once.
 * @throws StoreUnusable with a sentence for the person who started the node
 */
export async function openDiskStore(
  path: string,
  options: StoreOptions,
  { writeBufferBytes, ...bounds }: DiskBounds = {},
): Promise<Store> {
  const db = await openLevel(path, writeBufferBytes)
  try {
    const reopen = () => reopenLevel(db, path)
    return await openStore(db, options, { ...bounds, reopen, settle: () => settleLevel(db) })
  } catch (error) {
    await db.close()
    throw error
  }
}
