/** The keys of the search index (specification/storage.md, "Keys"); all others are in keys.ts. */
import type { Range } from './database.ts'
import { TABLE } from './keys.ts'

export function segmentKey(number: number): Buffer {
  return numberKey(TABLE.segment, number)
}

export function segmentHeadsKey(number: number): Buffer {
  return numberKey(TABLE.segmentHeads, number)
}

/** The number in a key of the tables `segment` and `words`. */
export function segmentOf(key: Buffer): number {
  return key.readUInt32BE(key.length - 4)
}

/** @param slot of the words' hashes (postings.ts) */
export function wordsKey(slot: number, number: number): Buffer {
  const key = Buffer.allocUnsafe(1 + 1 + 4)
  key[0] = TABLE.words
  key[1] = slot
  key.writeUInt32BE(number, 2)
  return key
}

/** The words of one slot in all segments. */
export function wordsRange(slot: number): Range {
  return { gte: wordsKey(slot, 0), lte: wordsKey(slot, 0xffff_ffff) }
}

function numberKey(table: number, number: number): Buffer {
  const key = Buffer.allocUnsafe(1 + 4)
  key[0] = table
  key.writeUInt32BE(number, 1)
  return key
}
