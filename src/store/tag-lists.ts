/**
 * Which events have a tag value, in memory: of values that were asked for lately, so that a thread that is looked at
 * again costs no way to the disk. A list is whole or not there; it goes with the first change to it.
 */
import type { Candidate } from './columns.ts'
import type { Database } from './database.ts'
import { indexedTags } from './indexes.ts'
import { readPosition, TIME_AT, tagPrefix, timeRange } from './keys.ts'
import type { Change } from './mirror.ts'

export interface TagLists {
  /** All events that have the value, read from the disk if need be; undefined where they are many. */
  of(letter: string, value: string): Promise<TagList | undefined>
  /** After a batch was written. */
  apply(changes: readonly Change[]): void
  clear(): void
  /** Lets all go that is in memory, unless something was asked for since the last call. @returns its bytes */
  forgetUnused(): number
}

/** Longer lists are not kept: of those one rarely wants more than their beginning. */
export const MAX_LIST = 512
/** Entries of all lists together; one takes 14 bytes. */
const MAX_ENTRIES = 128 * 1024
/** What a list takes beside its entries, in entries. */
const LIST_COST = 32
const ENTRY_BYTES = 14
const READ_BYTES = 64 * 1024

export function createTagLists(db: Database): TagLists {
  /** The oldest first; `many` where there are more than a list holds. */
  const lists = new Map<string, TagList | 'many'>()
  let entries = 0
  /** Batches so far: what was read while one was written may be of before or after it. */
  let batches = 0
  let isUsed = false

  function keep(name: string, list: TagList | 'many'): void {
    drop(name)
    entries += costOf(list)
    lists.set(name, list)
    for (const oldest of lists.keys()) {
      if (entries <= MAX_ENTRIES) break
      drop(oldest)
    }
  }

  function drop(name: string): void {
    const list = lists.get(name)
    if (list !== undefined) entries -= costOf(list)
    lists.delete(name)
  }

  function clear(): void {
    batches++
    lists.clear()
    entries = 0
  }

  async function read(name: string, letter: string, value: string): Promise<TagList | undefined> {
    const before = batches
    const range = timeRange(tagPrefix(letter, value))
    const reader = db.keys({ ...range, reverse: true, limit: MAX_LIST + 1, highWaterMarkBytes: READ_BYTES })
    const keys = await reader.nextv(MAX_LIST + 1)
    // Nothing waits for it; the database ends it when it closes.
    void reader.close()
    const list = keys.length > MAX_LIST ? 'many' : new TagList(keys)
    if (batches === before) keep(name, list)
    return list === 'many' ? undefined : list
  }

  return {
    async of(letter, value) {
      isUsed = true
      const name = letter + value
      const known = lists.get(name)
      if (known === undefined) return read(name, letter, value)
      return known === 'many' ? undefined : known
    },
    apply(changes) {
      batches++
      if (lists.size === 0) return
      for (const { stored, isRemoved } of changes) {
        for (const [letter, values] of indexedTags(stored.event)) {
          for (const value of values) if (isRemoved || lists.get(letter + value) !== 'many') drop(letter + value)
        }
      }
    },
    clear,
    forgetUnused() {
      const bytes = isUsed ? 0 : entries * ENTRY_BYTES
      isUsed = false
      if (bytes > 0) clear()
      return bytes
    },
  }
}

/** All events that have one value, newest first. */
export class TagList {
  readonly #createdAt: Uint32Array
  readonly #positions: Float64Array
  readonly #kinds: Uint16Array

  /** @param keys of the index of tags, the newest first */
  constructor(keys: readonly Buffer[]) {
    this.#createdAt = Uint32Array.from(keys, key => key.readUInt32BE(TIME_AT.tag))
    this.#positions = Float64Array.from(keys, key => readPosition(key, TIME_AT.tag + 4))
    this.#kinds = Uint16Array.from(keys, key => key.readUInt16BE(key.length - 2))
  }

  get length(): number {
    return this.#positions.length
  }

  /** @param since inclusive, as `until` */
  between(since: number, until: number, kinds: ReadonlySet<number> | undefined): Candidate[] {
    const found: Candidate[] = []
    for (let i = 0; i < this.#positions.length; i++) {
      const createdAt = this.#createdAt[i]!
      if (createdAt < since) break
      if (createdAt > until || kinds?.has(this.#kinds[i]!) === false) continue
      found.push({ createdAt, position: this.#positions[i]! })
    }
    return found
  }
}

function costOf(list: TagList | 'many'): number {
  return LIST_COST + (list === 'many' ? 0 : list.length)
}
