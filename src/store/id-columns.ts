/**
 * What sets of events are made of (NIP-77), in memory: time and id of every event, and what filters and views mostly ask
 * for, 47 bytes each, sorted by time, then by id.
 */
import { hasTag, isProtected } from '../event/event.ts'
import { hexToBytes } from '../event/hex.ts'
import { ID_BYTES } from '../wire/id-set.ts'
import { authorNumbers } from './columns.ts'
import type { Database } from './database.ts'
import { readPosition, TABLE, tableRange } from './keys.ts'
import { createMirror, type Mirror, type Rows } from './mirror.ts'
import type { Slices } from './pace.ts'
import { authorNumbersOf, createdAtOf, kindOf, recordTraits, traitsByte } from './record.ts'
import type { Position, StoredEvent } from './store.ts'

export interface IdRow {
  readonly position: Position
  readonly createdAt: number
  /** Begins with the 32 bytes of the id. */
  readonly id: Uint8Array
  readonly kind: number
  readonly authorHigh: number
  readonly authorLow: number
  /** See `Traits` (record.ts). */
  readonly traits: number
}

/** Events in one chunk: small enough to move when one comes in between, and to copy when a set still needs it as it was. */
const CHUNK = 1024
/** Neighbours that have no more together become one. */
const JOINED = CHUNK / 2
const PAGE = 256
const PAGE_BYTES = 128 * 1024

export class IdChunk {
  count = 0
  /** A set was made of it: it stays as it is. */
  isShared = false
  readonly createdAt = new Uint32Array(CHUNK)
  readonly ids = new Uint8Array(CHUNK * ID_BYTES)
  readonly kind = new Uint16Array(CHUNK)
  readonly high = new Int32Array(CHUNK)
  readonly low = new Int32Array(CHUNK)
  readonly traits = new Uint8Array(CHUNK)

  /** The first place that is not before this one; oldest first. */
  search(createdAt: number, id: Uint8Array | undefined): number {
    let from = 0
    let to = this.count
    while (from < to) {
      const middle = (from + to) >> 1
      if (this.compare(middle, createdAt, id) < 0) from = middle + 1
      else to = middle
    }
    return from
  }

  /** Without an id: the beginning of the second. */
  compare(at: number, createdAt: number, id: Uint8Array | undefined): number {
    const time = this.createdAt[at]!
    if (time !== createdAt) return time - createdAt
    if (id === undefined) return 1
    for (let i = 0; i < ID_BYTES; i++) {
      const difference = this.ids[at * ID_BYTES + i]! - id[i]!
      if (difference !== 0) return difference
    }
    return 0
  }

  insert(at: number, row: IdRow): void {
    if (at < this.count) {
      for (const column of this.#columns()) column.copyWithin(at + 1, at, this.count)
      this.ids.copyWithin((at + 1) * ID_BYTES, at * ID_BYTES, this.count * ID_BYTES)
    }
    this.createdAt[at] = row.createdAt
    for (let i = 0; i < ID_BYTES; i++) this.ids[at * ID_BYTES + i] = row.id[i]!
    this.kind[at] = row.kind
    this.high[at] = row.authorHigh
    this.low[at] = row.authorLow
    this.traits[at] = row.traits
    this.count++
  }

  remove(at: number): void {
    for (const column of this.#columns()) column.copyWithin(at, at + 1, this.count)
    this.ids.copyWithin(at * ID_BYTES, (at + 1) * ID_BYTES, this.count * ID_BYTES)
    this.count--
  }

  /** A chunk of its own with what stands from here on. */
  copy(from: number): IdChunk {
    const other = new IdChunk()
    other.append(this, from)
    return other
  }

  /** Takes what stands in the next chunk from there on. */
  append(newer: IdChunk, from: number): void {
    const theirs = newer.#columns()
    this.#columns().forEach((column, i) => {
      column.set(theirs[i]!.subarray(from, newer.count), this.count)
    })
    this.ids.set(newer.ids.subarray(from * ID_BYTES, newer.count * ID_BYTES), this.count * ID_BYTES)
    this.count += newer.count - from
  }

  #columns() {
    return [this.createdAt, this.kind, this.high, this.low, this.traits]
  }
}

export class IdColumns implements Rows<IdRow> {
  #chunks: IdChunk[] = []

  clear(): void {
    this.#chunks = []
  }

  add(row: IdRow): void {
    const index = Math.max(0, this.#chunkOf(row.createdAt, row.id))
    if (this.#chunks.length === 0) this.#chunks.push(new IdChunk())
    const full = this.#chunks[index]!
    const at = full.search(row.createdAt, row.id)
    if (at < full.count && full.compare(at, row.createdAt, row.id) === 0) return
    if (full.count < CHUNK) {
      this.#own(index).insert(at, row)
      return
    }
    // What comes in order begins a new chunk; the full ones stay full.
    if (at === CHUNK && index === this.#chunks.length - 1) {
      const newest = new IdChunk()
      newest.insert(0, row)
      this.#chunks.push(newest)
      return
    }
    const half = CHUNK >> 1
    const newer = full.copy(half)
    this.#chunks.splice(index + 1, 0, newer)
    const older = this.#own(index)
    older.count = half
    if (at > half) newer.insert(at - half, row)
    else older.insert(at, row)
  }

  remove({ createdAt, id }: IdRow): void {
    const index = this.#chunkOf(createdAt, id)
    const chunk = this.#chunks[index]
    if (chunk === undefined) return
    const at = chunk.search(createdAt, id)
    if (at === chunk.count || chunk.compare(at, createdAt, id) !== 0) return
    if (chunk.count === 1) this.#chunks.splice(index, 1)
    else {
      this.#own(index).remove(at)
      if (!this.#join(index)) this.#join(index - 1)
    }
  }

  /** Few stay of many: chunks with a few rows each would take the memory of all that have gone. */
  #join(index: number): boolean {
    const [older, newer] = [this.#chunks[index], this.#chunks[index + 1]]
    if (older === undefined || newer === undefined || older.count + newer.count > JOINED) return false
    this.#own(index).append(newer, 0)
    this.#chunks.splice(index + 1, 1)
    return true
  }

  /** The chunks with what is of these seconds, both inclusive, oldest first, as they are now and stay. */
  share(since: number, until: number): readonly IdChunk[] {
    const first = Math.max(0, this.#chunkOf(since, undefined))
    const last = this.#chunkOf(until + 1, undefined)
    const shared = this.#chunks.slice(first, last + 1)
    for (const chunk of shared) chunk.isShared = true
    return shared
  }

  /** A chunk that may be written to. */
  #own(index: number): IdChunk {
    const chunk = this.#chunks[index]!
    if (!chunk.isShared) return chunk
    const copy = chunk.copy(0)
    this.#chunks[index] = copy
    return copy
  }

  /** The last chunk that begins at this place or before; -1 if all begin behind it. */
  #chunkOf(createdAt: number, id: Uint8Array | undefined): number {
    let from = 0
    let to = this.#chunks.length
    while (from < to) {
      const middle = (from + to) >> 1
      if (this.#chunks[middle]!.compare(0, createdAt, id) <= 0) from = middle + 1
      else to = middle
    }
    return from - 1
  }
}

/** The ids of all events, in step with the disk. */
export function createIds(db: Database, slices: Slices): Mirror<IdColumns> {
  return createMirror({ rows: new IdColumns(), pages: () => pagesOf(db), rowOf, slices })
}

async function* pagesOf(db: Database): AsyncGenerator<readonly IdRow[]> {
  const reader = db.iterator({ ...tableRange(TABLE.event), highWaterMarkBytes: PAGE_BYTES })
  try {
    for (let page = await reader.nextv(PAGE); page.length > 0; page = await reader.nextv(PAGE)) {
      yield page.map(([key, record]) => new RecordRow(readPosition(key, 1), record))
    }
  } finally {
    await reader.close()
  }
}

/** A row as it stands on the disk: what is kept of it is copied. */
class RecordRow implements IdRow {
  readonly position: Position
  readonly id: Buffer

  constructor(position: Position, record: Buffer) {
    this.position = position
    this.id = record
  }

  get createdAt(): number {
    return createdAtOf(this.id)
  }

  get kind(): number {
    return kindOf(this.id)
  }

  get authorHigh(): number {
    return authorNumbersOf(this.id).authorHigh
  }

  get authorLow(): number {
    return authorNumbersOf(this.id).authorLow
  }

  get traits(): number {
    return recordTraits(this.id)
  }
}

function rowOf({ event, position, mark }: StoredEvent): IdRow {
  return {
    position,
    createdAt: event.created_at,
    id: hexToBytes(event.id),
    kind: event.kind,
    ...authorNumbers(event.pubkey),
    traits: traitsByte({ mark, isProtected: isProtected(event), mayExpire: hasTag(event, 'expiration') }),
  }
}
