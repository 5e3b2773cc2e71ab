/**
 * Tombstones for another node of the owner: of what was deleted here, and of which the deletion itself is held no more,
 * so that it does not travel as an event. Rows are keys with their values (specification/storage.md, "Tombstone").
 */
import type { Database } from './database.ts'
import { eventKey, orderRange, placeOf, TABLE, tableRange } from './keys.ts'
import type { Slices } from './pace.ts'
import type { GoneBook, Position } from './store.ts'
import { forgetTombstones, markGone, RANKS, TIME_BYTES, TOMBSTONE_RANK_AT } from './tombstones.ts'
import type { Vanishing } from './vanished.ts'
import type { Writer } from './writer.ts'

/** Tables of what is gone, and how long their keys are. */
const GONE_TABLES: ReadonlyMap<number, number> = new Map([
  [TABLE.deletedId, 33],
  [TABLE.deletedAddress, 35],
  [TABLE.vanished, 33],
])

export interface GoneParts {
  readonly db: Database
  readonly writer: Writer
  readonly slices: Slices
  readonly epoch: string
  readonly maxTombstones: number
  readonly vanishing: Pick<Vanishing, 'bound'>
  /** Rows of one page, and tombstones looked at for it. */
  readonly pageRows?: number
  readonly pageReads?: number
}

/** In the text of a cursor: what was noted after `since` and up to `upTo` is told; after `last`, if it is cut off. */
interface Place {
  readonly since: Position
  readonly upTo: Position
  readonly last: Buffer
}

export function createGoneBook(parts: GoneParts): GoneBook {
  const { db, writer, slices, epoch, maxTombstones, vanishing, pageRows = 1_000, pageReads = 2_000 } = parts

  function parse(cursor: string): Place {
    const [named, since = '', upTo, last = ''] = cursor.split('.')
    const start = named === epoch ? Number.parseInt(since, 36) : 0
    if (upTo === undefined || named !== epoch) return { since: start || 0, upTo: now(), last: NO_KEY }
    return { since: start || 0, upTo: Number.parseInt(upTo, 36) || 0, last: Buffer.from(last, 'hex') }
  }
  const now = () => writer.state().lastPosition

  /** The value is a row's time, its rank, and its key. */
  function rowOf(key: Buffer, value: Buffer): Buffer {
    const rank = key[0] === TABLE.vanished ? 0 : value.readUInt8(TOMBSTONE_RANK_AT)
    return Buffer.concat([value.subarray(0, TIME_BYTES), Buffer.of(rank), key])
  }

  /** Keys in order, with what is told of each: nothing where the deletion is held and comes as an event. */
  function* ranges({ since, upTo }: Place) {
    for (const rank of RANKS) yield orderRange(rank, since + 1, upTo)
    // These have no place in the order; few ask a node to forget them, and the request goes as an event while it is held.
    if (since === 0) yield tableRange(TABLE.vanished)
  }

  function told(key: Buffer, value: Buffer): Buffer | undefined {
    if (key[0] === TABLE.vanished) return rowOf(key, value)
    if (db.getSync(eventKey(placeOf(key))) !== undefined) return undefined
    const tombstone = db.getSync(value)
    return tombstone === undefined ? undefined : rowOf(value, tombstone)
  }

  return {
    async page(cursor) {
      const place = parse(cursor)
      const rows: Uint8Array[] = []
      let reads = 0
      let { last } = place
      for (const range of ranges(place)) {
        if (Buffer.compare(last, range.lt) >= 0) continue
        const after = Buffer.compare(last, range.gte) >= 0 ? { gt: last } : { gte: range.gte }
        const found = await db.iterator({ ...after, lt: range.lt, limit: pageReads - reads }).all()
        for (const [key, value] of found) {
          last = key
          reads++
          const row = told(key, value)
          if (slices.isOver()) await slices.rest()
          if (row !== undefined) rows.push(row)
          if (rows.length === pageRows) break
        }
        if (rows.length === pageRows || reads === pageReads) {
          const text = [epoch, place.since.toString(36), place.upTo.toString(36), last.toString('hex')].join('.')
          return { rows, cursor: text, hasMore: true }
        }
      }
      return { rows, cursor: `${epoch}.${place.upTo.toString(36)}`, hasMore: false }
    },
    async add(rows) {
      await writer.run({
        durable: false,
        preparation: {
          isNeeded: draft => draft.state.tombstones > maxTombstones,
          run: commit => commit(draft => forgetTombstones(db, draft, maxTombstones)),
        },
        async build(draft) {
          // A place of its own, where no deletion is.
          const position = ++draft.state.lastPosition
          for (const [number, row] of rows.entries()) {
            if (slices.isOver()) await slices.rest()
            const bytes = Buffer.from(row)
            const key = bytes.subarray(TIME_BYTES + 1)
            if (bytes.length <= TIME_BYTES || GONE_TABLES.get(key[0] ?? 0) !== key.length) continue
            markGone(draft, key, bytes.readUInt32BE(0), { rank: bytes.readUInt8(TIME_BYTES), position, number })
          }
        },
      })
      if (rows.some(row => row[TIME_BYTES + 1] === TABLE.vanished)) await vanishing.bound()
    },
  }
}

const NO_KEY = Buffer.alloc(0)
